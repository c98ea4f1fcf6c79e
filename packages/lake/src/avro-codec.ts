// Avro's binary form, compiled from a schema to a reader and a writer of values. It stands in for a library because manifests
// are hostile input: every read is bounded by the bytes that are there, no count is believed, and longs stay exact.

import { Bug } from '@tulle/kernel'
import type { AvroComplex, AvroField, AvroRecord, AvroSchema, AvroValue } from './avro-types.ts'

export type ReadValue = (source: Source) => AvroValue

/** What is wrong with the bytes or the schema; the container turns it into a diagnostic. */
export class BadAvro extends Error {}

const MAX_DEPTH = 64

/** Bytes being read. Every read past the end is BadAvro. */
export class Source {
  readonly bytes: Buffer
  at = 0
  depth = 0
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  take(length: number): Buffer {
    if (length < 0 || length > this.left) throw new BadAvro('it ends in the middle of a value')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }

  byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw new BadAvro('it ends in the middle of a value')
    this.at += 1
    return byte
  }

  /** A zigzag varint of up to 64 bits; a number where that is exact. */
  long(): number | bigint {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
    let big = BigInt(value)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      big |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return exact((BigInt.asUintN(64, big) >> 1n) ^ -(big & 1n))
    }
    throw new BadAvro('an integer is longer than 64 bits')
  }

  /** A length or count, which must fit what is left. */
  count(): number {
    const value = this.long()
    if (typeof value === 'bigint' || value < 0 || value > this.left) throw new BadAvro(`a length of ${value} runs past the end`)
    return value
  }
}

const exact = (value: bigint): number | bigint => (value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value)

/** Bytes being written. */
export class Sink {
  #bytes = Buffer.allocUnsafe(4096)
  #at = 0

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  put(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  long(value: number | bigint): void {
    this.#reserve(10)
    const rest = typeof value === 'number' && Math.abs(value) < 2 ** 51 ? this.#small(value < 0 ? -value * 2 - 1 : value * 2) : this.#large(BigInt(value))
    this.#bytes[this.#at] = rest
    this.#at += 1
  }

  #small(zigzag: number): number {
    let rest = zigzag
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#more(rest % 0x80)
    return rest
  }

  #large(value: bigint): number {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    for (; rest > 0x7fn; rest >>= 7n) this.#more(Number(rest & 0x7fn))
    return Number(rest)
  }

  #more(bits: number): void {
    this.#bytes[this.#at] = bits | 0x80
    this.#at += 1
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length))
    this.bytes.copy(grown)
    this.#bytes = grown
  }

  sized(bytes: Uint8Array): void {
    this.long(bytes.length)
    this.put(bytes)
  }
}

type Named = Map<string, AvroComplex>

/** Compiles a reader. A schema that cannot be compiled is BadAvro. */
export function readerOf(schema: AvroSchema): ReadValue {
  return compileReader(schema, new Map(), new Map(), 0)
}

function compileReader(schema: AvroSchema, named: Named, compiled: Map<string, ReadValue>, depth: number): ReadValue {
  if (depth > MAX_DEPTH) throw new BadAvro('its schema is nested too deeply')
  if (Array.isArray(schema)) {
    const branches = (schema as readonly AvroSchema[]).map((branch) => compileReader(branch, named, compiled, depth + 1))
    return (source) => {
      const index = source.long()
      const branch = typeof index === 'number' ? branches[index] : undefined
      if (branch === undefined) throw new BadAvro('a union names a branch that it does not have')
      return branch(source)
    }
  }
  if (typeof schema === 'string') {
    const primitive = PRIMITIVE_READERS.get(schema)
    if (primitive !== undefined) return primitive
    if (!named.has(schema)) throw new BadAvro(`its schema names the unknown type "${schema.slice(0, 100)}"`)
    // Looked up when read: a record may contain itself.
    return (source) => (compiled.get(schema) ?? unresolved(schema))(source)
  }
  return compileComplex(schema as AvroComplex, named, compiled, depth)
}

function unresolved(name: string): never {
  throw new BadAvro(`its schema names the unfinished type "${name}"`)
}

function compileComplex(schema: AvroComplex, named: Named, compiled: Map<string, ReadValue>, depth: number): ReadValue {
  const { type } = schema
  const next = (inner: AvroSchema | undefined): ReadValue => {
    if (inner === undefined || inner === null) throw new BadAvro('its schema leaves out an inner type')
    return compileReader(inner, named, compiled, depth + 1)
  }
  if (typeof type !== 'string') return next(type)
  const define = (reader: () => ReadValue): ReadValue => {
    if (typeof schema.name !== 'string') throw new BadAvro(`its schema has a ${type} without a name`)
    named.set(schema.name, schema)
    const made = reader()
    compiled.set(schema.name, made)
    return made
  }
  switch (type) {
    case 'record':
      return define(() => {
        if (!Array.isArray(schema.fields)) throw new BadAvro('its schema has a record without fields')
        return recordReader((schema.fields as readonly AvroField[]).map((field) => ({ key: keyOf(field), read: next(field.type) })))
      })
    case 'fixed':
      return define(() => {
        const size = Number(schema.size)
        if (!Number.isInteger(size) || size < 0) throw new BadAvro('its schema has a fixed without a size')
        return (source) => Uint8Array.from(source.take(size))
      })
    case 'enum':
      return define(() => (source) => {
        const symbol = schema.symbols?.[Number(source.long())]
        if (typeof symbol !== 'string') throw new BadAvro('an enum names a symbol that it does not have')
        return symbol
      })
    case 'array':
      return arrayReader(next(schema.items))
    case 'map':
      return mapReader(next(schema.values))
    default:
      return next(type)
  }
}

const keyOf = (field: AvroField): number | string => (Number.isInteger(field['field-id']) ? (field['field-id'] as number) : field.name)

function recordReader(fields: readonly { readonly key: number | string; readonly read: ReadValue }[]): ReadValue {
  return (source) => {
    source.depth += 1
    if (source.depth > MAX_DEPTH) throw new BadAvro('it is nested too deeply')
    const record = new Map<number | string, AvroValue>()
    for (const field of fields) record.set(field.key, field.read(source))
    source.depth -= 1
    return record
  }
}

function arrayReader(item: ReadValue): ReadValue {
  return (source) => {
    const items: AvroValue[] = []
    readBlocks(source, () => items.push(item(source)))
    return items
  }
}

function mapReader(value: ReadValue): ReadValue {
  return (source) => {
    const members = new Map<string, AvroValue>()
    readBlocks(source, () => members.set(source.take(source.count()).toString('utf8'), value(source)))
    return members
  }
}

function readBlocks(source: Source, one: () => void): void {
  for (;;) {
    const written = source.long()
    if (written === 0) return
    // A negative count is followed by the block's size in bytes, which only readers that skip need.
    if (written < 0) source.count()
    const count = written < 0 ? -written : written
    // Every item takes a byte at least, so a count beyond what is left is a lie that would cost memory.
    if (count > source.left) throw new BadAvro(`an array claims ${count} items in ${source.left} bytes`)
    for (let i = 0; i < count; i += 1) {
      const before = source.at
      one()
      if (source.at === before) throw new BadAvro('an array has items without bytes')
    }
  }
}

const PRIMITIVE_READERS: ReadonlyMap<string, ReadValue> = new Map<string, ReadValue>([
  ['null', () => null],
  ['boolean', (source) => source.take(1)[0] === 1],
  ['int', (source) => source.long()],
  ['long', (source) => source.long()],
  ['float', (source) => source.take(4).readFloatLE()],
  ['double', (source) => source.take(8).readDoubleLE()],
  ['bytes', (source) => Uint8Array.from(source.take(source.count()))],
  ['string', (source) => source.take(source.count()).toString('utf8')],
])

/** Writes a value by one of our own schemas. A value that does not fit is our own bug. */
export function writeValue(sink: Sink, schema: AvroSchema, value: AvroValue): void {
  if (Array.isArray(schema)) {
    const branches = schema as readonly AvroSchema[]
    const index = branches.findIndex((branch) => (branch === 'null') === (value === null))
    if (index < 0) throw new Bug(`an Avro union of ${branches.length} branches has none for the value.`)
    sink.long(index)
    writeValue(sink, branches[index] ?? 'null', value)
    return
  }
  const { type } = typeof schema === 'string' ? { type: schema } : (schema as AvroComplex)
  switch (type) {
    case 'null':
      return
    case 'boolean':
      sink.put(Uint8Array.of(value === true ? 1 : 0))
      return
    case 'int':
    case 'long':
      sink.long(value as number | bigint)
      return
    case 'float':
      sink.put(new Uint8Array(Float32Array.of(value as number).buffer))
      return
    case 'double':
      sink.put(new Uint8Array(Float64Array.of(value as number).buffer))
      return
    case 'fixed':
      sink.put(value as Uint8Array)
      return
    case 'bytes':
      sink.sized(value as Uint8Array)
      return
    case 'string':
      sink.sized(Buffer.from(value as string, 'utf8'))
      return
    case 'record':
      for (const field of (schema as AvroComplex).fields ?? []) writeValue(sink, field.type, (value as AvroRecord).get(keyOf(field)) ?? null)
      return
    case 'array':
      writeArray(sink, (schema as AvroComplex).items ?? 'null', value as readonly AvroValue[])
      return
    default:
      throw new Bug(`an Avro ${JSON.stringify(type)} was to be written.`)
  }
}

function writeArray(sink: Sink, items: AvroSchema, values: readonly AvroValue[]): void {
  if (values.length > 0) {
    sink.long(values.length)
    for (const value of values) writeValue(sink, items, value)
  }
  sink.long(0)
}
