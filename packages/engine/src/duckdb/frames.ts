// Frames on the pipe between Tulle and a worker: two lengths, a JSON head, and the bytes that belong to it. The peer is
// not trusted: a frame beyond the limits ends the conversation.

const HEAD_LIMIT = 64 * 1024 * 1024
const BODY_LIMIT = 256 * 1024 * 1024

export interface Frame { readonly head: unknown; readonly body: Uint8Array }

/** A message as it goes over the pipe, in pieces, so that a large body is not copied. */
export function frameOf(head: unknown, body: Uint8Array = new Uint8Array(0)): readonly Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head), 'utf8')
  const lengths = Buffer.allocUnsafe(8)
  lengths.writeUInt32LE(text.length, 0)
  lengths.writeUInt32LE(body.length, 4)
  return body.length === 0 ? [Buffer.concat([lengths, text])] : [Buffer.concat([lengths, text]), body]
}

/** Cuts a byte stream into frames, whatever the sizes of its chunks. `onBroken` is called once, and nothing after it. */
export function frameReader(onFrame: (frame: Frame) => void, onBroken: (why: string) => void): (chunk: Uint8Array) => void {
  let pieces: Uint8Array[] = []
  let held = 0
  let wanted = 8
  let lengths: { head: number; body: number } | undefined
  let broken = false
  const breakOff = (why: string): void => {
    broken = true
    pieces = []
    onBroken(why)
  }
  return (chunk) => {
    if (broken) return
    pieces.push(chunk)
    held += chunk.length
    while (held >= wanted) {
      const joined = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, held)
      const piece = Buffer.from(joined.buffer, joined.byteOffset, wanted)
      pieces = joined.length === wanted ? [] : [joined.subarray(wanted)]
      held -= wanted
      if (lengths === undefined) {
        lengths = { head: piece.readUInt32LE(0), body: piece.readUInt32LE(4) }
        if (lengths.head > HEAD_LIMIT || lengths.body > BODY_LIMIT) return breakOff('a frame is larger than allowed')
        wanted = lengths.head + lengths.body
      } else {
        const head = headOf(piece.subarray(0, lengths.head))
        if (head === undefined) return breakOff('a frame is not JSON')
        const body = piece.subarray(lengths.head)
        lengths = undefined
        wanted = 8
        onFrame({ head, body })
        if (broken) return
      }
    }
  }
}

function headOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
