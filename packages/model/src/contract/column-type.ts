// Turns a contract's logical and physical types into the type that is stored, in Iceberg's words.
// The physical type wins where it names one, because it says more; nested shapes follow the logical type.

import { isIntegerFormat } from './odcs-logical-types.ts'

/** The parts of an ODCS property that decide its type. */
export interface TypedProperty {
  readonly name?: string | undefined
  readonly logicalType?: string | undefined
  readonly physicalType?: string | undefined
  readonly logicalTypeOptions?: Readonly<Record<string, unknown>> | undefined
  readonly required?: boolean | undefined
  readonly properties?: readonly TypedProperty[] | undefined
  readonly items?: TypedProperty | undefined
}

const PHYSICAL: Readonly<Record<string, string>> = {
  boolean: 'boolean', bool: 'boolean', bit: 'boolean',
  tinyint: 'int', smallint: 'int', int: 'int', integer: 'int', int2: 'int', int4: 'int', int8: 'long', int16: 'int', int32: 'int', mediumint: 'int', serial: 'int', smallserial: 'int',
  bigint: 'long', long: 'long', int64: 'long', bigserial: 'long',
  float: 'float', real: 'float', float4: 'float', float32: 'float',
  double: 'double', 'double precision': 'double', float8: 'double', float64: 'double',
  string: 'string', text: 'string', varchar: 'string', nvarchar: 'string', char: 'string', nchar: 'string', bpchar: 'string', character: 'string', 'character varying': 'string', varchar2: 'string', nvarchar2: 'string', clob: 'string', json: 'string', jsonb: 'string', xml: 'string', enum: 'string',
  date: 'date', time: 'time', timestamp: 'timestamp', datetime: 'timestamp', datetime2: 'timestamp', timestamp_ntz: 'timestamp', 'timestamp without time zone': 'timestamp',
  timestamptz: 'timestamptz', timestamp_tz: 'timestamptz', timestamp_ltz: 'timestamptz', datetimeoffset: 'timestamptz', 'timestamp with time zone': 'timestamptz',
  uuid: 'uuid', binary: 'binary', varbinary: 'binary', bytea: 'binary', blob: 'binary', bytes: 'binary',
}
const DECIMALS = new Set(['decimal', 'numeric', 'number', 'dec', 'bignumeric'])
const LARGEST_PRECISION = 38

/** The stored type, or undefined where neither type says anything that Tulle knows. */
export function columnTypeOf(property: TypedProperty): string | undefined {
  const { logicalType, items, properties } = property
  if (logicalType === 'array' || items !== undefined) {
    const element = items === undefined ? 'string' : (columnTypeOf(items) ?? 'string')
    return `list<${element}${items?.required === true ? ' not null' : ''}>`
  }
  if (properties !== undefined && properties.length > 0) {
    return `struct<${properties.map((p) => `${printName(p.name ?? '')}: ${columnTypeOf(p) ?? 'string'}${p.required === true ? ' not null' : ''}`).join(', ')}>`
  }
  return physicalTypeOf(property.physicalType) ?? logicalTypeOf(property)
}

/** A type that people write, in Iceberg's words: `varchar(10)` → `string`, `numeric(9,2)` → `decimal(9, 2)`. */
export function physicalTypeOf(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 200) return undefined
  const [, word = '', first, second, tail = ''] = /^([a-z][a-z0-9_ ]*?)\s*(?:\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\))?(\s+with(?:out)? time zone)?$/u.exec(text.trim().toLowerCase().replace(/\s+/gu, ' ')) ?? []
  if (DECIMALS.has(word)) {
    const precision = first === undefined ? LARGEST_PRECISION : Number(first)
    const scale = second === undefined ? (first === undefined ? 9 : 0) : Number(second)
    return Number.isInteger(precision) && precision >= 1 && precision <= LARGEST_PRECISION && scale <= precision ? `decimal(${precision}, ${scale})` : undefined
  }
  const name = `${word}${tail}`
  return Object.hasOwn(PHYSICAL, name) ? PHYSICAL[name] : undefined
}

function logicalTypeOf({ logicalType, logicalTypeOptions }: TypedProperty): string | undefined {
  const format = logicalTypeOptions?.['format']
  switch (logicalType) {
    case 'string':
      return format === 'uuid' ? 'uuid' : 'string'
    case 'date':
    case 'time':
    case 'boolean':
      return logicalType
    case 'timestamp':
      return logicalTypeOptions?.['timezone'] === true ? 'timestamptz' : 'timestamp'
    case 'number':
      return format === 'f32' ? 'float' : 'double'
    case 'integer':
      return isIntegerFormat(format) ? integerOf(String(format)) : 'long'
    case 'object':
    case 'map':
      return 'string'
    case 'vector':
      return 'list<float>'
    default:
      return physicalTypeOf(logicalType)
  }
}

function integerOf(format: string): string {
  if (['i8', 'i16', 'i32', 'u8', 'u16'].includes(format)) return 'int'
  if (['i64', 'u32'].includes(format)) return 'long'
  return format === 'u64' ? 'decimal(20, 0)' : 'decimal(38, 0)'
}

const printName = (name: string): string => (/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`)
