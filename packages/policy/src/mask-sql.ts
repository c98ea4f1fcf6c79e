// A mask → trusted SQL over the row that stands in for a column's value. A mask that does not fit is null: it hides more.

import { createHmac } from 'node:crypto'
import type { Mask } from '@tulle/model'
import type { Json } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { RE2JS } from '@bufbuild/re2'
import { columnScope, parseSqlTemplate, printSql } from './sql-text.ts'
import type { SqlScope } from './sql-text.ts'
import type { ResourceColumn } from './types.ts'

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN', int: 'INTEGER', long: 'BIGINT', float: 'FLOAT', double: 'DOUBLE', date: 'DATE', time: 'TIME', timestamp: 'TIMESTAMP', timestamptz: 'TIMESTAMP WITH TIME ZONE',
  string: 'VARCHAR', uuid: 'UUID', binary: 'BLOB',
}
const NUMERIC = new Set(['int', 'long', 'float', 'double', 'decimal'])
const DATES = new Set(['date', 'timestamp', 'timestamptz'])
const HASHED = new Set(['string', 'long', 'uuid'])

/** Iceberg's name of a column's type; of a nested one, its kind. */
export const typeOf = ({ type }: ResourceColumn): string | undefined => (typeof type === 'object' ? type.type : type)

/** `decimal(9, 2)` → `decimal`. */
const familyOf = (type: string): string => type.split('(')[0] ?? ''

/** The engine's word for an Iceberg type that masks can give. */
function engineType(type: string): string | undefined {
  const decimal = /^decimal\((\d{1,2}), ?(\d{1,2})\)$/u.exec(type)
  return decimal === null ? TYPES[type] : `DECIMAL(${decimal[1]}, ${decimal[2]})`
}

/** Why the mask cannot stand for a column of this type; undefined where it can. */
export function maskProblem(mask: Mask, type: string): string | undefined {
  const family = familyOf(type)
  switch (mask.kind) {
    case 'null':
      return undefined
    case 'constant':
      return isConstantOf(mask.value, family) ? undefined : `${JSON.stringify(mask.value)} is no ${type}`
    case 'hash':
      return HASHED.has(family) ? undefined : 'only string, long and uuid can be hashed'
    case 'truncate':
      if (!DATES.has(family)) return 'only dates and timestamps can be truncated'
      return family === 'date' && mask.unit === 'hour' ? 'a date has no hours' : undefined
    case 'round':
      return NUMERIC.has(family) ? undefined : 'only numbers can be rounded'
    case 'partial': case 'redact':
      if (family !== 'string') return 'only texts have parts'
      return mask.kind === 'redact' ? patternProblem(mask.pattern) : undefined
    case 'custom': {
      if (engineType(type) === undefined) return 'only plain types can be masked so'
      const template = parseSqlTemplate(mask.sql)
      return template.ok ? undefined : (template.diagnostics[0]?.message ?? 'it cannot be read')
    }
  }
}

export function patternProblem(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    return (error instanceof Error ? error.message : 'it cannot be read').slice(0, 200)
  }
}

function isConstantOf(value: string | number | boolean, family: string): boolean {
  if (typeof value === 'boolean') return family === 'boolean'
  if (typeof value === 'number') return NUMERIC.has(family) && Number.isFinite(value) && (Number.isSafeInteger(value) || family === 'float' || family === 'double' || family === 'decimal')
  if (family === 'date') return /^\d{4}-\d\d-\d\d$/u.test(value) && !Number.isNaN(Date.parse(value))
  if (family === 'timestamp' || family === 'timestamptz') return !Number.isNaN(Date.parse(value))
  return family === 'string'
}

export interface MaskQuestion {
  readonly column: ResourceColumn
  readonly columns: readonly ResourceColumn[]
  readonly value: SqlScope['value']
  readonly purpose: string | undefined
  /** Of the mesh. It goes into keys alone. */
  readonly secret: string | undefined
}

/** `NULL` where the mask does not fit, asks for what is not there, or has no secret to hash with. */
export function maskSql(mask: Mask, { column, columns, value, purpose, secret }: MaskQuestion): string {
  const { name } = column
  const type = typeOf(column)
  if (type === undefined || maskProblem(mask, type) !== undefined) return 'NULL'
  const c = quoteIdentifier(name)
  switch (mask.kind) {
    case 'null':
      return 'NULL'
    case 'constant':
      return typeof mask.value === 'string' ? quoteLiteral(mask.value) : String(mask.value)
    case 'hash':
      return secret === undefined ? 'NULL' : hashSql(c, familyOf(type), secret, purpose ?? '')
    case 'truncate':
      // While it plans, the engine computes it on the column's least and greatest value, and fails for infinite ones; not behind TRY.
      return `date_trunc(${quoteLiteral(mask.unit)}, TRY(${c}))`
    case 'round':
      return `TRY_CAST(round(${c} / ${mask.nearest}) * ${mask.nearest} AS ${engineType(type)})`
    case 'partial': {
      const [first, last] = [mask.first > 0 ? `left(${c}, ${mask.first}) || ` : '', mask.last > 0 ? ` || right(${c}, ${mask.last})` : '']
      // A short value would be kept whole.
      return `CASE WHEN length(${c}) > ${mask.first + mask.last} THEN ${first}${quoteLiteral(mask.with)}${last} WHEN ${c} IS NOT NULL THEN ${quoteLiteral(mask.with)} END`
    }
    case 'redact':
      // A backslash in the replacement would bring back what was matched.
      return `regexp_replace(${c}, ${quoteLiteral(mask.pattern)}, ${quoteLiteral(mask.with.replaceAll('\\', ''))}, 'g')`
    case 'custom':
      return customSql(mask.sql, engineType(type) ?? '', { column: columnScope(columns), value })
  }
}

function customSql(text: string, type: string, scope: SqlScope): string {
  const template = parseSqlTemplate(text)
  if (!template.ok) return 'NULL'
  const printed = printSql(template.value, scope)
  return 'sql' in printed ? `TRY(CAST(${printed.sql} AS ${type}))` : 'NULL'
}

// Two keys of a block each, as HMAC has them; of the secret and the purpose, so that what two purposes see cannot be joined.
function hashSql(column: string, family: string, secret: string, purpose: string): string {
  const key = (part: string): string => createHmac('sha256', secret).update(`mask ${part} ${purpose}`).digest('hex')
  const digest = `sha256('${key('outer')}' || sha256('${key('inner')}' || CAST(${column} AS VARCHAR)))`
  if (family === 'long') return `CAST('0x' || left(${digest}, 15) AS BIGINT)`
  return family === 'uuid' ? `CAST(left(${digest}, 32) AS UUID)` : digest
}

const ORDER: readonly Mask['kind'][] = ['null', 'constant', 'hash', 'truncate', 'round', 'partial', 'redact', 'custom']
const UNITS = ['decade', 'year', 'quarter', 'month', 'week', 'day', 'hour']

/** First the kind, then what it keeps. */
export type Rank = readonly [number, number]

/**
 * Less is stricter. Between kinds the stated order counts; within one, what keeps less. A mask that does not fit the type
 * is null, and as strict.
 */
export function strictness(mask: Mask, type: string | undefined): Rank {
  if (type === undefined || maskProblem(mask, type) !== undefined) return [0, 0]
  const rank = ORDER.indexOf(mask.kind)
  switch (mask.kind) {
    case 'truncate': return [rank, UNITS.indexOf(mask.unit)]
    case 'round': return [rank, -mask.nearest]
    case 'partial': return [rank, mask.first + mask.last]
    default: return [rank, 0]
  }
}

/** What a value of the question is; undefined where there is none. */
export const valueScope = (values: Readonly<Record<string, Json | undefined>>) => (name: string): Json | undefined => (Object.hasOwn(values, name) ? values[name] : undefined)
