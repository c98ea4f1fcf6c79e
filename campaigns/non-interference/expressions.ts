// Random expressions of a wanted type over the columns in scope. Many of them throw for values that only hidden rows and
// hidden columns have: `left(name, CASE WHEN n > 90 THEN 9223372036854775807 ELSE 1 END)`.

import type { Signature } from './functions.ts'

export interface ExpressionSource {
  readonly random: () => number
  readonly signatures: readonly Signature[]
  /** By what they return. */
  readonly byReturn: ReadonlyMap<string, readonly Signature[]>
  /** What stands in scope, as `p.id`, by the engine's word for its type. */
  readonly columns: ReadonlyMap<string, readonly string[]>
  /** What the rows are to be ordered by so that each has its place. */
  readonly order: string
}

export const chooser = (random: () => number) => <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T

const LITERALS: Readonly<Record<string, readonly string[]>> = {
  TINYINT: ['1::TINYINT', '127::TINYINT'], SMALLINT: ['2::SMALLINT'], INTEGER: ['0', '1', '2', '5', '-1', '2147483647'], BIGINT: ['0', '1', '3', '-2', '9223372036854775807', '10000'], HUGEINT: ['7::HUGEINT', '170141183460469231731687303715884105727'],
  UTINYINT: ['1::UTINYINT'], USMALLINT: ['1::USMALLINT'], UINTEGER: ['1::UINTEGER'], UBIGINT: ['1::UBIGINT'], UHUGEINT: ['1::UHUGEINT'], BIGNUM: ['1::BIGNUM'],
  DECIMAL: ['1.5', '0.00', '99999.99'], FLOAT: ['1.5::FLOAT'], DOUBLE: ['0.5::DOUBLE', '1e0', '-1e0', '1e308'], BOOLEAN: ['true', 'false', 'NULL'],
  VARCHAR: ["'a'", "''", "'%'", "'('", "'year'", "'day'", "'12'", "'%Y-%m-%d'", "'[a-z]'", "'$.a'", "'{}'", "'ann'", "'\\'", "'g'"],
  DATE: ["date '2020-02-29'", "date 'infinity'"], TIME: ["time '12:00:00'"], TIMESTAMP: ["timestamp '2020-02-29 12:00:00'", "timestamp '-infinity'"], 'TIMESTAMP WITH TIME ZONE': ["timestamptz '2020-02-29 12:00:00+00'"],
  INTERVAL: ["interval '1' day", "interval '3' month", "interval '1' microsecond", "interval '290000' year"], BLOB: ["'ab'::BLOB", "'\\xFF'::BLOB"], BIT: ["'101'::BIT"], UUID: ["'00000000-0000-0000-0000-000000000001'::UUID"], JSON: [`'{"a": 1, "b": ["x"]}'::JSON`, "'[1]'::JSON"],
}

/** Only hidden rows or hidden values can make them true, or the other way round. */
const GUARDS = ['p.n > 90', 'p.k = 0', 'p.k > 100', 'p.score < 0', 'isnan(p.score)', "p.name = '('", "p.code = 'x'", 'p.born IS NULL', 'p.amount > 1000', 'p.id > 100000', "p.region = 'south'", 'p.ok IS NULL', 'len(p.nums) = 0', 'p.n < 20', 'p.k = 2', 'p.m_int > 8000', 'p.m_null IS NOT NULL', "p.m_part LIKE '%((%'", 'p.m_round > 1000', 'p.m_sql > 50', 'p.m_at > p.at', "p.m_const = '('", "p.m_redact LIKE '%9%'", 'p.salary > 5', 'o.price > 5', 'o.qty > 100', "o.note = '('"]

const isInScope = (text: string, scope: ReadonlySet<string>): boolean => [...text.matchAll(/\b[po]\.\w+/gu)].every(([name]) => scope.has(name))

const AGGREGATE_NAMES = ["'sum'", "'max'", "'list'", "'avg'", "'histogram'", "'mode'", "'string_agg'", "'first'"]
const DISPATCHING = new Set(['aggregate', 'array_aggr', 'array_aggregate', 'list_aggr', 'list_aggregate'])
/** They ask for a size that is written out. */
const SIZING = new Set(['repeat', 'lpad', 'rpad', 'list_resize', 'array_resize', 'bitstring'])

export function expressions(source: ExpressionSource) {
  const { random, columns } = source
  const pick = chooser(random)
  const scope = new Set([...columns.values()].flat())
  const guards = GUARDS.filter((guard) => isInScope(guard, scope))

  const guard = (): string => pick(guards)
  const literal = (type: string): string => pick(LITERALS[type] ?? LITERALS['VARCHAR'] as readonly string[])
  const guarded = (type: string): string => `CASE WHEN ${guard()} THEN ${literal(type)} ELSE ${literal(type)} END`

  const column = (type: string): string => {
    const own = columns.get(type)
    if (own !== undefined && own.length > 0 && random() < 0.9) return pick(own)
    // A cast, which may throw.
    const from = pick(['VARCHAR', 'INTEGER', 'DOUBLE', 'BIGINT', 'DECIMAL', 'DATE', 'TIMESTAMP'].filter((known) => (columns.get(known) ?? []).length > 0))
    return `${random() < 0.7 ? 'CAST' : 'TRY_CAST'}(${pick(columns.get(from) as readonly string[])} AS ${type})`
  }

  const nested = (type: string, depth: number): string | undefined => {
    if (type.endsWith('[]')) {
      const own = columns.get(type) ?? []
      return own.length > 0 && random() < 0.6 ? pick(own) : `[${value(type.slice(0, -2), depth - 1)}, ${value(type.slice(0, -2), depth - 1)}]`
    }
    const array = /^(?<of>.+)\[(?:ANY|\d+)\]$/u.exec(type)?.groups?.['of']
    if (array !== undefined) return `[${value(array, 0)}, ${value(array, 0)}, ${value(array, 0)}]::${array}[3]`
    if (type.startsWith('STRUCT')) return pick(columns.get('STRUCT') ?? ["{'a': 1, 'b': 'x'}"])
    if (type.startsWith('MAP')) return `map([${value('INTEGER', 0)}], [${value('VARCHAR', 0)}])`
    if (type.startsWith('UNION')) return `union_value(u := ${value('INTEGER', 0)})`
    if (type === 'LAMBDA') return pick(['lambda x: x', 'lambda x: x IS NOT NULL', 'lambda x, y: x', `lambda x: ${guard()}`])
    return undefined
  }

  /** Any expression of the type. */
  const value = (type: string, depth: number): string => {
    const wanted = type === 'ANY' || type === 'T' || type === 'K' || type === 'V' || type === '' ? pick(['INTEGER', 'BIGINT', 'VARCHAR', 'VARCHAR', 'DOUBLE', 'DATE', 'TIMESTAMP', 'DECIMAL', 'BOOLEAN', 'VARCHAR[]', 'INTEGER[]', 'STRUCT', 'BLOB', 'UUID']) : type.startsWith('DECIMAL') ? 'DECIMAL' : type === 'ANY[]' || type === 'T[]' ? pick(['VARCHAR[]', 'INTEGER[]', 'DOUBLE[]']) : type === 'T[][]' ? 'INTEGER[][]' : type
    const special = nested(wanted, depth)
    if (special !== undefined) return special
    if (depth > 0 && random() < 0.45) {
      const giving = source.byReturn.get(wanted)
      if (giving !== undefined) return call(pick(giving), depth - 1)
    }
    const chance = random()
    if (chance < 0.55) return column(wanted)
    if (chance < 0.75 && guards.length > 0) return `(${guarded(wanted)})`
    if (chance < 0.8) return `coalesce(${column(wanted)}, ${literal(wanted)})`
    return wanted in LITERALS ? literal(wanted) : `CAST(NULL AS ${wanted})`
  }

  /** A call of a scalar function; of an aggregate it is only the call itself. */
  const call = ({ name, parameters, varargs }: Signature, depth: number): string => {
    const lower = name.toLowerCase()
    // One type for all that must be alike.
    const alike = pick(['INTEGER', 'VARCHAR', 'DOUBLE', 'DATE'])
    const typed = parameters.map((parameter) => parameter.replaceAll(/\b[TKV]\b/gu, alike))
    const more = varargs === '' ? [] : Array.from({ length: Math.floor(random() * 3) + (typed.length === 0 ? 1 : 0) }, () => varargs)
    const given = [...typed, ...more].map((type, at) => {
      if (at === 1 && DISPATCHING.has(lower)) return pick(AGGREGATE_NAMES)
      if (at === 1 && SIZING.has(lower)) return String(Math.floor(random() * 9))
      if (at === 0 && (lower === 'format' || lower === 'printf')) return pick(["'{}'", "'%s'", "'x'", "'%d'", "'{:>9}'"])
      return value(type, depth)
    })
    return `${/^[a-z_][a-z0-9_]*$/iu.test(name) ? name : `"${name}"`}(${given.join(', ')})`
  }

  const condition = (depth: number): string => {
    const kind = Math.floor(random() * 9)
    const type = pick(['INTEGER', 'BIGINT', 'VARCHAR', 'DOUBLE', 'DATE', 'TIMESTAMP', 'DECIMAL'])
    switch (kind) {
      case 0: return `${value(type, depth)} ${pick(['=', '<', '>', '<=', '<>', 'IS DISTINCT FROM'])} ${value(type, depth)}`
      case 1: return `${value('ANY', depth)} IS ${pick(['NULL', 'NOT NULL'])}`
      case 2: return `${value(type, depth)} BETWEEN ${value(type, 0)} AND ${value(type, 0)}`
      case 3: return `${value(type, depth)} ${pick(['IN', 'NOT IN'])} (${value(type, 0)}, ${value(type, 0)})`
      case 4: return `${value('VARCHAR', depth)} ${pick(['LIKE', 'ILIKE', 'NOT LIKE', 'SIMILAR TO'])} ${literal('VARCHAR')}`
      case 5: return depth > 0 ? `(${condition(depth - 1)} ${pick(['AND', 'OR'])} ${condition(depth - 1)})` : guard()
      case 6: return depth > 0 ? `NOT (${condition(depth - 1)})` : guard()
      case 7: return value('BOOLEAN', depth)
      default: return guard()
    }
  }

  const aggregate = (signature: Signature, depth: number): string => {
    const text = call(signature, depth)
    // What depends on the order of rows gets one.
    const ordered = `${text.slice(0, -1)}${signature.parameters.length > 0 || signature.varargs !== '' ? ` ORDER BY ${source.order}` : ''})`
    const plain = STEADY.has(signature.name.toLowerCase()) && random() < 0.7 ? (random() < 0.2 && signature.parameters.length === 1 ? text.replace('(', '(DISTINCT ') : text) : ordered
    return random() < 0.3 ? `${plain} FILTER (WHERE ${condition(depth)})` : plain
  }
  return { value, call, condition, aggregate, guard, pick }
}

/** Aggregates whose answer does not depend on the order of rows. */
const STEADY = new Set(['count', 'count_star', 'min', 'max', 'bool_and', 'bool_or', 'bit_and', 'bit_or', 'bit_xor', 'count_if', 'countif', 'median', 'quantile_disc'])
