// The frames of Kafka's protocol in their older, plain spelling: what is asked is read, what is answered is written.

export class Request {
  private readonly buffer: Buffer
  private at = 0
  constructor(buffer: Buffer) { this.buffer = buffer }

  private step(bytes: number): number {
    this.at += bytes
    return this.at - bytes
  }
  int8(): number { return this.buffer.readInt8(this.step(1)) }
  int16(): number { return this.buffer.readInt16BE(this.step(2)) }
  int32(): number { return this.buffer.readInt32BE(this.step(4)) }
  int64(): bigint { return this.buffer.readBigInt64BE(this.step(8)) }
  text(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.buffer.toString('utf8', this.step(length), this.at)
  }
  bytes(): Buffer | null {
    const length = this.int32()
    return length < 0 ? null : this.buffer.subarray(this.step(length), this.at)
  }
  nullableArray<T>(read: () => T): readonly T[] | undefined {
    const length = this.int32()
    return length < 0 ? undefined : Array.from({ length }, read)
  }
  array<T>(read: () => T): readonly T[] { return this.nullableArray(read) ?? [] }
}

export class Answer {
  private readonly parts: Buffer[] = []

  private push(bytes: number, write: (buffer: Buffer) => void): this {
    const buffer = Buffer.alloc(bytes)
    write(buffer)
    this.parts.push(buffer)
    return this
  }
  int8(value: number): this { return this.push(1, (buffer) => buffer.writeInt8(value)) }
  int16(value: number): this { return this.push(2, (buffer) => buffer.writeInt16BE(value)) }
  int32(value: number): this { return this.push(4, (buffer) => buffer.writeInt32BE(value)) }
  int64(value: bigint): this { return this.push(8, (buffer) => buffer.writeBigInt64BE(value)) }
  text(value: string | null): this {
    if (value === null) return this.int16(-1)
    const bytes = Buffer.from(value)
    this.int16(bytes.length).parts.push(bytes)
    return this
  }
  bytes(value: Buffer): this {
    this.int32(value.length).parts.push(value)
    return this
  }
  array<T>(list: readonly T[], write: (one: T) => unknown): this {
    this.int32(list.length)
    for (const one of list) write(one)
    return this
  }
  frame(correlation: number): Buffer {
    const body = Buffer.concat(this.parts)
    const head = Buffer.alloc(8)
    head.writeInt32BE(body.length + 4, 0)
    head.writeInt32BE(correlation, 4)
    return Buffer.concat([head, body])
  }
}
