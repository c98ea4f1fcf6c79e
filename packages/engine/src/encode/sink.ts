// A growing run of bytes that is handed over and begun anew for each batch. Writers call `room` first and then write
// where `at` stands; the fields are open because a call per byte would cost more than the byte.

const START = 64 * 1024
const KEEP = 8 * 1024 * 1024

export class Sink {
  bytes: Buffer = Buffer.allocUnsafe(START)
  /** The same memory. */
  view: DataView = viewOf(this.bytes)
  at = 0

  /** Makes sure that so many bytes can be written. */
  room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + bytes))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
    this.view = viewOf(larger)
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.at] = value
    this.at += 1
  }

  int16(value: number): void {
    this.room(2)
    const { bytes, at } = this
    bytes[at] = value >>> 8
    bytes[at + 1] = value
    this.at = at + 2
  }

  int32(value: number): void {
    this.room(4)
    const { bytes, at } = this
    bytes[at] = value >>> 24
    bytes[at + 1] = value >>> 16
    bytes[at + 2] = value >>> 8
    bytes[at + 3] = value
    this.at = at + 4
  }

  int64(value: bigint): void {
    this.room(8)
    this.at = this.bytes.writeBigInt64BE(value, this.at)
  }

  text(text: string): void {
    this.room(text.length * 3)
    this.at += this.bytes.write(text, this.at, 'utf8')
  }

  /** Text of ASCII alone, without asking the encoder. */
  ascii(text: string): void {
    this.room(text.length)
    const { bytes, at } = this
    for (let i = 0; i < text.length; i += 1) bytes[at + i] = text.charCodeAt(i)
    this.at = at + text.length
  }

  /** A part of other bytes; short ones are copied here, because a native call costs more than they do. */
  part(source: Uint8Array, from: number, length: number): void {
    this.room(length)
    const { bytes, at } = this
    if (length <= 40) for (let i = 0; i < length; i += 1) bytes[at + i] = source[from + i] as number
    else bytes.set(source.subarray(from, from + length), at)
    this.at = at + length
  }

  /** Leaves room for a length and answers where; `patch` fills in how many bytes followed (plus `extra`). */
  hole(): number {
    this.room(4)
    this.at += 4
    return this.at - 4
  }

  patch(hole: number, extra = 0): void {
    const { bytes } = this
    const length = this.at - hole - 4 + extra
    bytes[hole] = length >>> 24
    bytes[hole + 1] = length >>> 16
    bytes[hole + 2] = length >>> 8
    bytes[hole + 3] = length
  }

  take(): Uint8Array {
    const taken = this.bytes.subarray(0, this.at)
    this.renew(Math.max(START, Math.min(this.bytes.length, KEEP)))
    return taken
  }

  /** Begins anew in the same memory, over what was written. */
  rewind(): void {
    this.at = 0
    if (this.bytes.length > KEEP) this.renew(KEEP)
  }

  private renew(size: number): void {
    this.bytes = Buffer.allocUnsafe(size)
    this.view = viewOf(this.bytes)
    this.at = 0
  }
}

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
