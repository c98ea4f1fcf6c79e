// The event stream format (HTML Living Standard, section 9.2.6): fields line by line, an event at each empty line.

export interface StreamEvent {
  /** The last id that the stream named, with this event or before it; empty where it named none. */
  readonly id: string
  readonly event: string
  readonly data: string
}

/** Longer ones are given up. */
export const LONGEST_EVENT = 16 * 1024 * 1024

/** Throws where an event is too long. An event that the stream did not end is none. */
export class EventReader {
  readonly #decoder = new TextDecoder('utf-8')
  #rest = ''
  #id: string
  #event = ''
  #data: string[] = []
  #characters = 0

  /** `id`: where the stream is taken up. */
  constructor(id = '') {
    this.#id = id
  }

  read(piece: Uint8Array): readonly StreamEvent[] {
    const text = this.#rest + this.#decoder.decode(piece, { stream: true })
    const events: StreamEvent[] = []
    let from = 0
    for (let at = 0; at < text.length; at += 1) {
      const c = text[at]
      if (c !== '\n' && c !== '\r') continue
      // Whether a line feed follows is not known yet.
      if (c === '\r' && at + 1 === text.length) break
      const event = this.#take(text.slice(from, at))
      if (event !== undefined) events.push(event)
      if (c === '\r' && text[at + 1] === '\n') at += 1
      from = at + 1
    }
    this.#rest = text.slice(from)
    if (this.#rest.length + this.#characters > LONGEST_EVENT) throw new Error(`an event has more than ${LONGEST_EVENT} characters`)
    return events
  }

  #take(line: string): StreamEvent | undefined {
    if (line === '') {
      const event = this.#data.length === 0 ? undefined : { id: this.#id, event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n') }
      this.#event = ''
      this.#data = []
      this.#characters = 0
      return event
    }
    const colon = line.indexOf(':')
    if (colon === 0) return undefined
    const [field, value] = colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))]
    if (field === 'data') {
      this.#data.push(value)
      this.#characters += value.length
    } else if (field === 'event') this.#event = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }
}
