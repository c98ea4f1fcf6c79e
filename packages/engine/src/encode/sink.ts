// A growing run of bytes that is handed over and begun anew for each batch.

export interface Sink {
  readonly length: () => number
  bytes(piece: Uint8Array): void
  text(text: string): void
  byte(value: number): void
  int16(value: number): void
  int32(value: number): void
  int64(value: bigint): void
  float32(value: number): void
  float64(value: number): void
  /** Leaves room for a length and answers where; `patch` fills in how many bytes followed (plus `extra`). */
  hole(): number
  patch(at: number, extra?: number): void
  take(): Uint8Array
}

export function createSink(): Sink {
  let buffer = Buffer.allocUnsafe(64 * 1024)
  let at = 0
  const room = (bytes: number): void => {
    if (at + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + bytes))
    buffer.copy(larger, 0, 0, at)
    buffer = larger
  }
  return {
    length: () => at,
    bytes: (piece) => {
      room(piece.length)
      buffer.set(piece, at)
      at += piece.length
    },
    text: (text) => {
      room(text.length * 3)
      at += buffer.write(text, at, 'utf8')
    },
    byte: (value) => {
      room(1)
      buffer[at] = value
      at += 1
    },
    int16: (value) => {
      room(2)
      at = buffer.writeInt16BE(value, at)
    },
    int32: (value) => {
      room(4)
      at = buffer.writeInt32BE(value, at)
    },
    int64: (value) => {
      room(8)
      at = buffer.writeBigInt64BE(value, at)
    },
    float32: (value) => {
      room(4)
      at = buffer.writeFloatBE(value, at)
    },
    float64: (value) => {
      room(8)
      at = buffer.writeDoubleBE(value, at)
    },
    hole: () => {
      room(4)
      at += 4
      return at - 4
    },
    patch: (hole, extra = 0) => {
      buffer.writeInt32BE(at - hole - 4 + extra, hole)
    },
    take: () => {
      const taken = buffer.subarray(0, at)
      buffer = Buffer.allocUnsafe(Math.max(64 * 1024, Math.min(buffer.length, 8 * 1024 * 1024)))
      at = 0
      return taken
    },
  }
}
