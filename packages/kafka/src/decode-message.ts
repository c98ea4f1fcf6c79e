// Messages as Confluent's clients write them become the text of a JSON object. What is thrown names no value.

import { fromBinary, createFileRegistry, create, toJson } from '@bufbuild/protobuf'
import type { DescMessage } from '@bufbuild/protobuf'
import { file_google_protobuf_timestamp, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import avsc from 'avsc'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { protobufFile, understandSchema } from '@tulle/schema-registry'
import type { MessageSchema } from '@tulle/sources'

const HEAD = 5
type Decode = (message: Buffer) => string

/** A decoder by a schema; a failure where the schema itself cannot be read. */
export function messageDecoder({ type, text, references }: MessageSchema): Result<Decode> {
  // Held to its rules first: what builds decoders below takes names into code.
  const understood = understandSchema(type, text, references)
  if (!understood.ok) return understood
  switch (type) {
    case 'AVRO': return ok(avroDecoder(text, references))
    case 'JSON': return ok((message) => new TextDecoder('utf-8', { fatal: true }).decode(message.subarray(HEAD)))
    case 'PROTOBUF': {
      const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file_google_protobuf_timestamp.proto, protobufFile(understood.value)] }))
      const messages = [...registry.files].find(({ name }) => name === 'schema')?.messages ?? []
      return ok((message) => {
        const { found, at } = findMessage(messages, message)
        return readable(() => JSON.stringify(plainNumbers(found, toJson(found, fromBinary(found, message.subarray(at)), { registry, useProtoFieldName: true }) as Json)))
      })
    }
  }
}

function readable(decode: () => string): string {
  try {
    return decode()
  } catch {
    throw new Error('its bytes are not what its schema says')
  }
}

interface Exact { rawJSON(text: string): unknown }
const raw = (digits: string): unknown => (JSON as unknown as Exact).rawJSON(digits)

/** Whole numbers of 64 bits are texts in the JSON of Protocol Buffers; here they are numbers again, with every digit. */
function plainNumbers({ fields }: DescMessage, value: Json): unknown {
  const object = value as Readonly<Record<string, Json>>
  const sixtyFour: ReadonlySet<number> = new Set([3, 4, 6, 16, 18])
  return Object.fromEntries(Object.entries(object).map(([name, one]): [string, unknown] => {
    const field = fields.find((candidate) => candidate.name === name)
    if (field?.fieldKind === 'scalar' && sixtyFour.has(field.scalar) && typeof one === 'string') return [name, raw(one)]
    if (field?.fieldKind === 'message' && field.message.typeName.startsWith('google.protobuf.') === false) return [name, plainNumbers(field.message, one)]
    return [name, one]
  }))
}

/** Which message of the file it is: a list of places, one per level; a single zero is the first one. */
function findMessage(messages: readonly DescMessage[], message: Buffer): { readonly found: DescMessage; readonly at: number } {
  let at = HEAD
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
    }
    throw new Error('it ends before its message begins')
  }
  const count = varint()
  let level = messages
  let found: DescMessage | undefined = count === 0 ? messages[0] : undefined
  for (let i = 0; i < count && i < 32; i += 1) {
    found = level[varint()]
    level = found?.nestedMessages ?? []
  }
  if (found === undefined) throw new Error('it names a message that its schema does not have')
  return { found, at }
}

function avroDecoder(text: string, references: MessageSchema['references']): Decode {
  const registry: Record<string, avsc.Type> = {}
  const options = { registry, logicalTypes: { decimal: Decimal, date: Day, 'timestamp-millis': Moment, 'timestamp-micros': Moment, 'local-timestamp-millis': LocalMoment, 'local-timestamp-micros': LocalMoment, 'time-millis': Clock, 'time-micros': Clock }, wrapUnions: false, typeHook: (schema: unknown) => (schema === 'long' || (schema as { type?: unknown }).type === 'long' && (schema as { logicalType?: unknown }).logicalType === undefined ? LONG : undefined) } as unknown as Parameters<typeof avsc.Type.forSchema>[1]
  for (const reference of references) avsc.Type.forSchema(JSON.parse(reference.text) as never, options)
  const type = avsc.Type.forSchema((/^[A-Za-z]\w*$/u.test(text.trim()) ? text.trim() : JSON.parse(text)) as never, options)
  return (message) => readable(() => JSON.stringify(type.fromBuffer(message.subarray(HEAD)) as unknown, (_name, value: unknown) => (typeof value === 'bigint' ? raw(value.toString()) : isBytes(value) ? Buffer.from(value.data).toString('base64') : value)))
}

/** A buffer as JSON.stringify hands it on. */
const isBytes = (value: unknown): value is { readonly data: readonly number[] } => typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer' && Array.isArray((value as { data?: unknown }).data)

const LONG = avsc.types.LongType['__with']({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigInt64LE(value)
    return buffer
  },
  fromJSON: BigInt, toJSON: Number, isValid: (value: unknown) => typeof value === 'bigint', compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

interface Logical { readonly logicalType: string; readonly scale?: number }
const two = (value: number): string => String(value).padStart(2, '0')
const isMicros = (schema: Logical): boolean => schema.logicalType.endsWith('micros')

/** Reads a value of the underlying type as JSON has it. Nothing is written by it. */
abstract class Reading extends avsc.types.LogicalType {
  protected readonly declared: Logical
  constructor(schema: Logical, options: unknown) {
    super(schema as never, options as never)
    this.declared = schema
  }
  protected override _toValue(): never { throw new Error('only read') }
  protected override _resolve(): undefined { return undefined }
}
class Decimal extends Reading {
  protected override _fromValue(bytes: unknown): unknown {
    const { scale = 0 } = this.declared
    const hex = (bytes as Buffer).toString('hex')
    const value = hex === '' ? 0n : BigInt.asIntN(hex.length * 4, BigInt(`0x${hex}`))
    const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
    const text = `${value < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`
    // Engines read a fraction by way of a double; as text it is read as it is.
    return digits.length > 15 ? text : raw(text)
  }
}
class Day extends Reading {
  protected override _fromValue(days: unknown): string { return new Date(Number(days) * 86_400_000).toISOString().slice(0, 10) }
}
function momentText(schema: Logical, value: unknown): string {
  const micros = isMicros(schema) ? BigInt(value as number) : BigInt(value as number) * 1_000n
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  return `${new Date(Number((micros - rest) / 1_000n)).toISOString().slice(0, 19)}.${rest.toString().padStart(6, '0')}`
}
class LocalMoment extends Reading {
  protected override _fromValue(value: unknown): string { return momentText(this.declared, value) }
}
class Moment extends Reading {
  protected override _fromValue(value: unknown): string { return `${momentText(this.declared, value)}Z` }
}
class Clock extends Reading {
  protected override _fromValue(value: unknown): string {
    const micros = isMicros(this.declared) ? Number(value) : Number(value) * 1_000
    const seconds = Math.floor(micros / 1_000_000)
    return `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(micros % 1_000_000).padStart(6, '0')}`
  }
}
