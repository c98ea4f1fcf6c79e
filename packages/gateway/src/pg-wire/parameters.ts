// A client's parameter values → the engine's. Text passes as it is, since the engine binds it to the type that the
// statement expects; binary values are read by the type that the client declared.

import type { Result } from '@tulle/kernel'
import type { Parameter } from '@tulle/engine'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Format } from './types.ts'

/** Types that PostgreSQL's clients declare, by object id. */
const NAMES: Readonly<Record<number, string>> = {
  16: 'bool', 17: 'bytea', 18: 'char', 19: 'name', 20: 'int8', 21: 'int2', 23: 'int4', 25: 'text', 26: 'oid', 114: 'json', 700: 'float4', 701: 'float8', 705: 'unknown',
  1000: '_bool', 1005: '_int2', 1007: '_int4', 1009: '_text', 1015: '_varchar', 1016: '_int8', 1021: '_float4', 1022: '_float8', 1115: '_timestamp', 1182: '_date', 1185: '_timestamptz',
  1231: '_numeric', 2951: '_uuid', 1042: 'bpchar', 1043: 'varchar', 1082: 'date', 1083: 'time', 1114: 'timestamp', 1184: 'timestamptz', 1186: 'interval', 1700: 'numeric', 2950: 'uuid', 3802: 'jsonb',
}

const ENGINE_NAMES: Readonly<Record<string, string>> = {
  bool: 'BOOLEAN', bytea: 'BLOB', int2: 'SMALLINT', int4: 'INTEGER', int8: 'BIGINT', oid: 'BIGINT', float4: 'FLOAT', float8: 'DOUBLE', date: 'DATE', time: 'TIME', timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMPTZ', interval: 'INTERVAL', numeric: 'DECIMAL(38, 9)', uuid: 'UUID',
}

/** The engine's name of a type that a client declared; text where it declared none. */
export function engineTypeOf(oid: number): string {
  const name = NAMES[oid] ?? 'text'
  return name.startsWith('_') ? `${ENGINE_NAMES[name.slice(1)] ?? 'VARCHAR'}[]` : (ENGINE_NAMES[name] ?? 'VARCHAR')
}

const SQL_NAMES: Readonly<Record<string, string>> = {
  int: 'int4', integer: 'int4', smallint: 'int2', bigint: 'int8', boolean: 'bool', real: 'float4', 'double precision': 'float8', float: 'float8', decimal: 'numeric', dec: 'numeric',
  'character varying': 'varchar', character: 'bpchar', char: 'bpchar', 'time without time zone': 'time', 'timestamp without time zone': 'timestamp', 'timestamp with time zone': 'timestamptz',
}
const OIDS: ReadonlyMap<string, number> = new Map(Object.entries(NAMES).map(([oid, name]) => [name, Number(oid)]))

/** The object id of a type by a name of it; 0 where it is `unknown`, undefined where nothing is called so. */
export function oidOf(type: string): number | undefined {
  if (type === 'unknown') return 0
  const element = type.replace(/\[\]$/u, '')
  const name = SQL_NAMES[element] ?? element
  return OIDS.get(element === type ? name : `_${name}`)
}

export interface ReceivedParameters {
  readonly values: readonly (Buffer | null)[]
  readonly formats: readonly Format[]
  /** Object ids; 0 where neither client nor statement says. */
  readonly types: readonly number[]
}

export function readParameters({ values, formats, types }: ReceivedParameters): Result<readonly Parameter[]> {
  const read: Parameter[] = []
  for (const [i, value] of values.entries()) {
    const oid = types[i] ?? 0
    const format = (formats.length === 1 ? formats[0] : formats[i]) ?? 0
    const type = NAMES[oid] ?? 'text'
    const parameter = value === null ? null : format === 1 ? readBinary(type, NAMES[oid] === undefined && oid !== 0, value) : readText(type, value)
    if (parameter === undefined) return fail(messages[format === 1 ? 'bad-binary-parameter' : 'bad-parameter']({ index: i + 1, type }))
    read.push(parameter)
  }
  return ok(read)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Buffer): string | undefined {
  try {
    const text = utf8.decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}

function readText(type: string, bytes: Buffer): Parameter | undefined {
  const text = decode(bytes)
  if (text === undefined) return undefined
  switch (type) {
    case 'bool':
      return /^\s*(?:t|true|y|yes|on|1)\s*$/i.test(text) ? true : /^\s*(?:f|false|n|no|off|0)\s*$/i.test(text) ? false : undefined
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
      return /^\s*[+-]?\d{1,19}\s*$/.test(text) ? BigInt(text) : undefined
    case 'float4':
    case 'float8':
      return readFloat(text.trim())
    default:
      return type === 'bytea' ? readBytes(text) : type.startsWith('_') ? readArray(text) : text
  }
}

/** `\x6162` or `ab\000` → the engine's spelling, in which each byte is an escape of its own. */
function readBytes(text: string): string | undefined {
  if (text.startsWith('\\x')) return /^\\x(?:[0-9a-f]{2})*$/i.test(text) ? escapedBytes(Buffer.from(text.slice(2), 'hex')) : undefined
  if (!/^(?:[^\\]|\\\\|\\[0-3][0-7]{2})*$/.test(text)) return undefined
  const parts = text.match(/\\\\|\\[0-7]{3}|[^\\]+/g) ?? []
  return escapedBytes(Buffer.concat(parts.map((part) => (part === '\\\\' ? Buffer.from('\\') : part.startsWith('\\') ? Buffer.of(Number.parseInt(part.slice(1), 8)) : Buffer.from(part)))))
}

const escapedBytes = (bytes: Uint8Array): string => Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')

/** `{1,NULL,"a b"}` → `[1, NULL, "a b"]`, which the engine casts to its lists; undefined where it does not read. */
export function readArray(text: string): string | undefined {
  const item = /\s*(?:([{}])|("(?:[^"\\]|\\.)*")(?=\s*[},])|([^{},"\s][^{},"]*?)(?=\s*[},]))\s*(,?)/sy
  let list = ''
  let depth = 0
  for (item.lastIndex = 0; item.lastIndex < text.length; ) {
    const found = item.exec(text)
    if (found === null) return undefined
    const [, brace, quoted, plain, comma] = found
    if (brace !== undefined) depth += brace === '{' ? 1 : -1
    if (depth < 0 || (depth === 0 && brace !== '}') || (depth === 0 && item.lastIndex !== text.length)) return undefined
    list += brace === '{' ? '[' : brace === '}' ? ']' : (quoted ?? (/^null$/i.test(plain ?? '') || /^-?\d+(?:\.\d+)?$/.test(plain ?? '') ? plain : JSON.stringify(plain)))
    list += comma === '' ? '' : ', '
  }
  return depth === 0 && list !== '' ? list : undefined
}

function readFloat(text: string): number | undefined {
  const special: Readonly<Record<string, number>> = { nan: NaN, infinity: Infinity, '-infinity': -Infinity, inf: Infinity, '-inf': -Infinity }
  const named = special[text.toLowerCase()]
  return named ?? (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined)
}

function readBinary(type: string, foreign: boolean, bytes: Buffer): Parameter | undefined {
  if (foreign) return undefined
  const sized = (size: number, read: () => Parameter): Parameter | undefined => (bytes.length === size ? read() : undefined)
  switch (type) {
    case 'bool':
      return sized(1, () => bytes[0] !== 0)
    case 'int2':
      return sized(2, () => bytes.readInt16BE())
    case 'int4':
      return sized(4, () => bytes.readInt32BE())
    case 'oid':
      return sized(4, () => bytes.readUInt32BE())
    case 'int8':
      return sized(8, () => bytes.readBigInt64BE())
    case 'float4':
      return sized(4, () => bytes.readFloatBE())
    case 'float8':
      return sized(8, () => bytes.readDoubleBE())
    case 'date':
      return sized(4, () => isoDate(BigInt(bytes.readInt32BE()) * DAY_MICROSECONDS))
    case 'timestamp':
      return sized(8, () => isoTimestamp(bytes.readBigInt64BE()))
    case 'timestamptz':
      return sized(8, () => `${isoTimestamp(bytes.readBigInt64BE())}+00`)
    case 'time':
      return sized(8, () => isoTime(bytes.readBigInt64BE()))
    case 'uuid':
      return sized(16, () => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'))
    case 'interval':
      return sized(16, () => `${bytes.readInt32BE(12)} months ${bytes.readInt32BE(8)} days ${bytes.readBigInt64BE(0)} microseconds`)
    case 'numeric':
      return readNumeric(bytes)
    case 'bytea':
      return escapedBytes(bytes)
    case 'jsonb':
      return bytes[0] === 1 ? decode(bytes.subarray(1)) : undefined
    default:
      return type.startsWith('_') ? readBinaryArray(bytes) : decode(bytes)
  }
}

// Count of dimensions, whether there are nulls, the elements' type; length and lower bound of each dimension; each
// element behind its size, which is -1 where it is null.
function readBinaryArray(bytes: Buffer): string | undefined {
  if (bytes.length < 12) return undefined
  const dimensions = bytes.readInt32BE(0)
  const type = NAMES[bytes.readUInt32BE(8)]
  let at = 12 + dimensions * 8
  if (dimensions === 0) return '[]'
  if (dimensions < 0 || dimensions > 6 || type === undefined || type.startsWith('_') || bytes.length < at) return undefined
  const lengths = Array.from({ length: dimensions }, (_, i) => bytes.readInt32BE(12 + i * 8))

  const element = (): string | undefined => {
    if (at + 4 > bytes.length) return undefined
    const size = bytes.readInt32BE(at)
    const from = at + 4
    at = from + Math.max(size, 0)
    if (size === -1) return 'NULL'
    const value = size < 0 || at > bytes.length ? undefined : readBinary(type, false, bytes.subarray(from, at))
    return value === undefined ? undefined : `"${String(value).replaceAll(/["\\]/g, '\\$&')}"`
  }
  const list = (depth: number): string | undefined => {
    const items: string[] = []
    for (let i = 0; i < (lengths[depth] ?? 0); i += 1) {
      const item = depth === dimensions - 1 ? element() : list(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
    }
    return `[${items.join(', ')}]`
  }
  const read = list(0)
  return at === bytes.length ? read : undefined
}

const DAY_MICROSECONDS = 86_400_000_000n
// PostgreSQL counts from 2000-01-01.
const EPOCH_MILLISECONDS = 946_684_800_000

function isoDate(microseconds: bigint): string {
  return isoTimestamp(microseconds).slice(0, -16)
}

function isoTimestamp(microseconds: bigint): string {
  const day = microseconds >= 0n ? microseconds / DAY_MICROSECONDS : (microseconds - DAY_MICROSECONDS + 1n) / DAY_MICROSECONDS
  const date = new Date(EPOCH_MILLISECONDS + Number(day) * 86_400_000)
  const iso = Number.isNaN(date.getTime()) ? '0000-00-00T' : date.toISOString()
  return `${iso.slice(0, iso.indexOf('T')).replace(/^\+/, '')} ${isoTime(microseconds - day * DAY_MICROSECONDS)}`
}

function isoTime(microseconds: bigint): string {
  const two = (value: bigint): string => String(value).padStart(2, '0')
  const seconds = microseconds / 1_000_000n
  return `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}.${String(microseconds % 1_000_000n).padStart(6, '0')}`
}

// Groups of four decimal digits: count, weight of the first, sign, digits after the point.
function readNumeric(bytes: Buffer): string | undefined {
  if (bytes.length < 8) return undefined
  const [count, weight, sign, scale] = [bytes.readUInt16BE(0), bytes.readInt16BE(2), bytes.readUInt16BE(4), bytes.readUInt16BE(6)]
  if (sign === 0xc000) return 'NaN'
  if ((sign !== 0 && sign !== 0x4000) || bytes.length !== 8 + count * 2 || count > 1000) return undefined
  const group = (position: number): string => {
    const index = weight - position
    return String(index >= 0 && index < count ? bytes.readUInt16BE(8 + index * 2) : 0).padStart(4, '0')
  }
  let whole = ''
  for (let position = Math.max(weight, 0); position >= 0; position -= 1) whole += group(position)
  let fraction = ''
  for (let position = -1; fraction.length < scale && fraction.length < 2000; position -= 1) fraction += group(position)
  return `${sign === 0x4000 ? '-' : ''}${whole.replace(/^0+(?=\d)/, '')}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`
}
