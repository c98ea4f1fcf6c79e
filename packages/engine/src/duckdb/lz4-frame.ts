// LZ4 frames back to bytes, as Feather files have them by default. Every length in a frame is a claim: nothing is read
// or written beyond the ends.

const MAGIC = 0x184d2204

/** Throws where the bytes are no whole frame, or hold more than `limit` bytes. Checksums are not compared. */
export function readLz4Frame(bytes: Uint8Array, limit: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('no LZ4 frame')
  const flags = view.getUint8(4)
  const [hasBlockChecksum, hasSize, hasDictionary] = [(flags & 0x10) !== 0, (flags & 0x08) !== 0, (flags & 0x01) !== 0]
  if (flags >> 6 !== 1 || hasDictionary) throw new RangeError('another LZ4 frame')
  const output = new Output(limit, hasSize ? Number(view.getBigUint64(6, true)) : bytes.length * 4)
  let at = 6 + (hasSize ? 8 : 0) + 1
  for (;;) {
    const size = view.getUint32(at, true)
    at += 4
    if (size === 0) return output.all()
    const length = size & 0x7fffffff
    if (at + length > bytes.length) throw new RangeError('cut short')
    const block = bytes.subarray(at, at + length)
    if (size > 0x7fffffff) output.append(block, 0, length)
    else readBlock(block, output)
    at += length + (hasBlockChecksum ? 4 : 0)
  }
}

function readBlock(block: Uint8Array, output: Output): void {
  let at = 0
  const next = (): number => {
    const byte = block[at]
    if (byte === undefined) throw new RangeError('cut short')
    at += 1
    return byte
  }
  const lengthFrom = (nibble: number): number => {
    let length = nibble
    for (let more = nibble === 15 ? 255 : 0; more === 255; length += more) more = next()
    return length
  }
  while (at < block.length) {
    const token = next()
    const literals = lengthFrom(token >> 4)
    if (at + literals > block.length) throw new RangeError('cut short')
    output.append(block, at, literals)
    at += literals
    // The last sequence has literals only.
    if (at === block.length) return
    const distance = next() | (next() << 8)
    output.repeat(distance, lengthFrom(token & 15) + 4)
  }
}

class Output {
  readonly #limit: number
  #bytes: Uint8Array
  #length = 0

  constructor(limit: number, expected: number) {
    this.#limit = limit
    this.#bytes = new Uint8Array(Math.min(limit, expected))
  }

  append(source: Uint8Array, from: number, length: number): void {
    this.#makeRoom(length)
    this.#bytes.set(source.subarray(from, from + length), this.#length)
    this.#length += length
  }

  /** A match may run into what it writes itself. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new RangeError('a match before the beginning')
    this.#makeRoom(length)
    const start = this.#length
    if (distance >= length) this.#bytes.copyWithin(start, start - distance, start - distance + length)
    else for (let i = 0; i < length; i += 1) this.#bytes[start + i] = this.#bytes[start - distance + i] as number
    this.#length += length
  }

  all(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #makeRoom(length: number): void {
    const needed = this.#length + length
    if (needed > this.#limit) throw new RangeError('too large')
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#bytes.length * 2)))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
