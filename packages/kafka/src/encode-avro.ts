// A row in JSON becomes Avro's bytes, by a schema that was derived from its contract: records, lists, and what may be null.

import type { Json } from '@tulle/kernel'
import { isLosslessNumber } from 'lossless-json'
import { NotEncodable } from './not-encodable.ts'

type Schema = string | readonly Schema[] | { readonly type: Schema; readonly logicalType?: string; readonly scale?: number; readonly fields?: readonly { readonly name: string; readonly type: Schema }[]; readonly items?: Schema }

/** `names` are those of the columns, in the order of the record's fields: Avro's names may be others. */
export function encodeAvro(schema: Json, names: readonly string[], row: Readonly<Record<string, unknown>>): Buffer {
  const parts: Buffer[] = []
  const { fields = [] } = schema as Exclude<Schema, string | readonly Schema[]>
  for (const [i, field] of fields.entries()) write(field.type, row[names[i] ?? field.name] ?? null, names[i] ?? field.name, parts)
  return Buffer.concat(parts)
}

function write(schema: Schema, value: unknown, path: string, parts: Buffer[]): void {
  if (Array.isArray(schema)) {
    const branch = (schema as readonly Schema[]).findIndex((one) => (one === 'null') === (value === null))
    if (branch < 0) throw new NotEncodable(path, 'has no such value in the schema')
    parts.push(varint(BigInt(branch)))
    return write((schema as readonly Schema[])[branch] ?? 'null', value, path, parts)
  }
  if (schema === 'null') return
  if (value === null) throw new NotEncodable(path, 'is missing, and the schema asks for it')
  if (typeof schema === 'string') return writePlain(schema, undefined, value, path, parts)
  const { type, logicalType, scale = 0, fields, items } = schema as Exclude<Schema, string | readonly Schema[]>
  if (type === 'record') {
    for (const field of fields ?? []) write(field.type, (value as Record<string, unknown>)[field.name] ?? null, `${path}.${field.name}`, parts)
  } else if (type === 'array') {
    const list = value as readonly unknown[]
    if (list.length > 0) parts.push(varint(BigInt(list.length)))
    for (const one of list) write(items ?? 'null', one ?? null, `${path}[]`, parts)
    parts.push(varint(0n))
  } else if (logicalType === 'decimal') parts.push(...sized(bigIntBytes(unscaled(textOf(value), scale))))
  else writePlain(String(type), logicalType, value, path, parts)
}

function writePlain(type: string, logicalType: string | undefined, value: unknown, path: string, parts: Buffer[]): void {
  switch (type) {
    case 'boolean': return void parts.push(Buffer.from([value === true ? 1 : 0]))
    case 'int': return void parts.push(varint(logicalType === 'date' ? BigInt(Math.floor(Date.parse(`${textOf(value)}T00:00:00Z`) / 86_400_000)) : BigInt(textOf(value))))
    case 'long': return void parts.push(varint(logicalType?.includes('timestamp') === true ? microsOf(textOf(value)) : logicalType === 'time-micros' ? microsOf(`1970-01-01T${textOf(value)}Z`) : BigInt(textOf(value))))
    case 'float': case 'double': {
      const bytes = Buffer.alloc(type === 'float' ? 4 : 8)
      const number = Number(textOf(value).replace('inf', 'Infinity').replace('Infinityinity', 'Infinity'))
      if (type === 'float') bytes.writeFloatLE(number)
      else bytes.writeDoubleLE(number)
      return void parts.push(bytes)
    }
    case 'string': return void parts.push(...sized(Buffer.from(typeof value === 'string' ? value : isLosslessNumber(value) ? value.value : JSON.stringify(value))))
    case 'bytes': return void parts.push(...sized(Buffer.from(textOf(value), 'base64')))
    default: throw new NotEncodable(path, `is of a type (${type}) that is not written`)
  }
}

const textOf = (value: unknown): string => (isLosslessNumber(value) ? value.value : String(value))
const sized = (bytes: Buffer): readonly Buffer[] => [varint(BigInt(bytes.length)), bytes]

/** Zigzag, seven bits a byte. */
function varint(value: bigint): Buffer {
  const out: number[] = []
  let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; left >= 0x80n; left >>= 7n) out.push(Number(left & 0x7fn) | 0x80)
  out.push(Number(left))
  return Buffer.from(out)
}

/** ISO 8601 with up to nine digits of a second → microseconds since 1970. */
export function microsOf(text: string): bigint {
  const [, whole = '', fraction = '', zone = 'Z'] = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d(?::?\d\d)?)?$/u.exec(text) ?? []
  return BigInt(Date.parse(`${whole}${zone.length === 3 ? `${zone}:00` : zone}`)) * 1_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
}

/** `12.5` with scale 2 → 1250. */
function unscaled(text: string, scale: number): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/u.exec(text) ?? []
  return BigInt(`${sign}${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`)
}

/** Two's complement, big end first, as short as it goes. */
function bigIntBytes(value: bigint): Buffer {
  let length = 1
  while (BigInt.asIntN(8 * length, value) !== value) length += 1
  return Buffer.from(BigInt.asUintN(8 * length, value).toString(16).padStart(2 * length, '0'), 'hex')
}
