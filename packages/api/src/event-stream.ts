// Server-sent events: values to text and text to values, whatever pieces the network makes of it.

/** One event of a stream. `event` is `message` where the server named none. */
export interface StreamEvent { readonly event: string; readonly data: string }

export const STREAM_TYPE = 'text/event-stream'

/** A line that keeps proxies from closing an idle stream; readers skip it. */
export const KEEP_ALIVE = ': still here\n\n'

/** Prints an event; JSON has no bare line breaks, so `data` is one line. */
export const printEvent = (event: string, value: unknown): string => `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`

/** Reads events from bytes as they come. An event cut short by the end of the stream is dropped, as the standard says. */
export async function* readEvents(bytes: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  const reader = bytes.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let event = ''
  let data: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      rest += decoder.decode(value, { stream: true })
      // A lone \r may be the first half of \r\n, so a final one waits for what follows it.
      const lines = rest.split(/\r\n|\n|\r(?!$)/)
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield { event: event === '' ? 'message' : event, data: data.join('\n') }
          event = ''
          data = []
          continue
        }
        const field = /^([^:]*):? ?(.*)$/s.exec(line)
        if (field?.[1] === 'event') event = field[2] ?? ''
        if (field?.[1] === 'data') data.push(field[2] ?? '')
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
