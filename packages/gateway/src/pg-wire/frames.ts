// Cuts a client's bytes into protocol frames. Never looks inside a frame, and never holds more than its limit.

/** One frame: its type byte, or 0 for the untyped frames that open a connection. The body is without the length word. */
export interface Frame { readonly type: number; readonly body: Buffer }

export interface FrameReader {
  /** What the next frame looks like: `startup` frames carry no type byte. */
  mode: 'startup' | 'typed'
  /** The longest body that is taken. */
  limit: number
  /** Bytes that wait to become frames. */
  readonly waiting: number
  feed(chunk: Buffer): void
  /** The next whole frame; undefined where bytes are missing; `too-long` and `too-short` where the length word lies. */
  next(): Frame | 'too-long' | 'too-short' | undefined
}

export function frameReader(limit: number): FrameReader {
  let chunks: Buffer[] = []
  let size = 0

  const gather = (wanted: number): Buffer => {
    if (chunks.length > 1 && (chunks[0] as Buffer).length < wanted) chunks = [Buffer.concat(chunks)]
    return chunks[0] as Buffer
  }
  const drop = (count: number): void => {
    const head = chunks[0] as Buffer
    if (head.length === count) chunks.shift()
    else chunks[0] = head.subarray(count)
    size -= count
  }

  return {
    mode: 'startup',
    limit,
    get waiting() {
      return size
    },
    feed(chunk) {
      if (chunk.length === 0) return
      chunks.push(chunk)
      size += chunk.length
    },
    next() {
      const header = this.mode === 'typed' ? 5 : 4
      if (size < header) return undefined
      const head = gather(header)
      const length = head.readInt32BE(header - 4)
      if (length < 4) return 'too-short'
      if (length - 4 > this.limit) return 'too-long'
      const whole = header + length - 4
      if (size < whole) return undefined
      const bytes = gather(whole)
      const frame: Frame = { type: this.mode === 'typed' ? bytes.readUInt8(0) : 0, body: bytes.subarray(header, whole) }
      drop(whole)
      return frame
    },
  }
}
