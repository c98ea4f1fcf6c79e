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
  /** Few groups of rows. */
  readonly group: string
}

export const chooser = (random: () => number) => <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T

/** Values that functions are made for. */
const MILD: Readonly<Record<string, readonly string[]>> = {
  TINYINT: ['1::TINYINT', '3::TINYINT'], SMALLINT: ['2::SMALLINT'], INTEGER: ['0', '1', '2', '5', '-1'], BIGINT: ['0::BIGINT', '1::BIGINT', '3::BIGINT', '-2::BIGINT'], HUGEINT: ['7::HUGEINT'],
  UTINYINT: ['1::UTINYINT'], USMALLINT: ['1::USMALLINT'], UINTEGER: ['1::UINTEGER'], UBIGINT: ['1::UBIGINT'], UHUGEINT: ['1::UHUGEINT'], BIGNUM: ['1::BIGNUM'],
  DECIMAL: ['1.5', '0.25'], FLOAT: ['0.5::FLOAT'], DOUBLE: ['0.5::DOUBLE', '1e0'], BOOLEAN: ['true', 'false'],
  VARCHAR: ["'a'", "''", "'12'", "'ann'", "'abc'"], DATE: ["date '2020-02-29'"], TIME: ["time '12:00:00'"], 'TIME WITH TIME ZONE': ["timetz '12:00:00+00'"], TIME_NS: ["'12:00:00'::TIME_NS"],
  TIMESTAMP: ["timestamp '2020-02-29 12:00:00'"], 'TIMESTAMP WITH TIME ZONE': ["timestamptz '2020-02-29 12:00:00+00'"], TIMESTAMP_NS: ["'2020-02-29 12:00:00'::TIMESTAMP_NS"], TIMESTAMP_MS: ["'2020-02-29 12:00:00'::TIMESTAMP_MS"], TIMESTAMP_S: ["'2020-02-29 12:00:00'::TIMESTAMP_S"],
  INTERVAL: ["interval '1' day", "interval '3' month"], BLOB: ["'ab'::BLOB"], BIT: ["'101'::BIT"], UUID: ["'00000000-0000-0000-0000-000000000001'::UUID"], JSON: [`'{"a": 1, "b": ["x"]}'::JSON`, "'[1]'::JSON"],
}

/** Values that most functions fail on. */
const EXTREME: Readonly<Record<string, readonly string[]>> = {
  TINYINT: ['127::TINYINT', '(-128)::TINYINT'], INTEGER: ['2147483647', '-2147483648'], BIGINT: ['9223372036854775807', '10000'], HUGEINT: ['170141183460469231731687303715884105727'], DECIMAL: ['99999.99', '0.00'], DOUBLE: ['1e308', '-1e0', "'nan'::DOUBLE"], BOOLEAN: ['NULL'],
  VARCHAR: ["'%'", "'('", "'[a-z'", "'\\'", "'g'", "'$.a['", "'{'", 'NULL'], DATE: ["date 'infinity'"], TIMESTAMP: ["timestamp '-infinity'"], INTERVAL: ["interval '290000' year"], BLOB: ["'\\xFF'::BLOB"], UUID: ['NULL::UUID'], JSON: ['NULL::JSON'],
}

/** True for hidden rows or values alone. */
const GUARDS = ['p.n > 90', 'p.k = 0', 'p.k > 100', 'p.score < 0', 'isnan(p.score)', "p.name = '('", "p.code = 'x'", 'p.born IS NULL', 'p.amount > 1000', 'p.id > 100000', "p.region = 'south'", 'p.ok IS NULL', 'len(p.nums) = 0', 'p.m_int > 8000', 'p.m_null IS NOT NULL', "p.m_part LIKE '%((%'", 'p.m_round > 1000', 'p.m_sql > 50', "p.m_const = '('", "p.m_redact LIKE '%9%'", 'o.qty > 100', "o.note = '('"]
/** True for some of the rows that are seen, or names that nobody may ask for. */
const OTHER_GUARDS = ['p.n < 20', 'p.k = 2', 'p.n % 3 = 0', 'o.qty > 4']
const FORBIDDEN = ['p.m_at > p.at', 'p.salary > 5', 'o.price > 5', 'p.owner IS NULL']

/** Of columns that are seen, without failing for what is seen: hidden values are others. */
const CONVERSIONS: readonly (readonly [types: readonly string[], from: readonly string[]])[] = [
  [['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT', 'UHUGEINT', 'BIGNUM', 'FLOAT', 'DOUBLE', 'DECIMAL'], ['CAST(p.n AS T)', 'CAST(p.id AS T)', 'CAST(p.k AS T)', 'CAST(p.code AS T)', 'CAST(o.qty AS T)', 'CAST(p.m_sql AS T)', 'TRY_CAST(p.name AS T)']],
  [['BOOLEAN'], ['(p.n % 2 = 0)', 'CAST(p.k AS BOOLEAN)', '(p.n < 20)']],
  [['VARCHAR'], ['CAST(p.n AS T)', 'CAST(p.born AS T)', 'CAST(p.score AS T)', "('x' || p.n)"]],
  [['DATE'], ["(date '2020-01-01' + p.n)", 'CAST(p.at AS T)', 'CAST(p.m_at AS T)']],
  [['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', 'TIMESTAMP_NS', 'TIMESTAMP_MS', 'TIMESTAMP_S'], ["CAST(timestamp '2020-01-01' + to_days(p.n) AS T)", 'CAST(p.at AS T)', 'CAST(p.born AS T)', 'CAST(p.m_at AS T)']],
  [['TIME', 'TIME_NS', 'TIME WITH TIME ZONE'], ["CAST(timestamp '2020-01-01' + to_minutes(p.n) AS TIME)::T", 'CAST(p.at AS TIME)::T']],
  [['INTERVAL'], ['to_days(p.n)', 'to_minutes(p.id)', 'to_months(p.k)']],
  [['BLOB'], ['encode(p.name)', 'encode(CAST(p.n AS VARCHAR))', 'CAST(p.code AS T)']],
  [['BIT'], ['CAST(p.n AS T)', 'CAST(p.k AS T)']],
  [['UUID'], ["CAST('00000000-0000-0000-0000-0000000000' || (10 + p.k) AS T)", "CAST(md5(CAST(p.n AS VARCHAR)) AS T)"]],
  [['JSON'], ['to_json(p.n)', 'CAST(p.code AS T)', "json_object('a', p.n)"]],
  [['STRUCT'], ["{'a': p.n, 'b': 'x'}", "{'a': p.k, 'b': p.name}"]],
  [['VARCHAR[]'], ['[p.name, p.code]', "['x', CAST(p.n AS VARCHAR)]"]],
  [['INTEGER[]'], ['[p.n, p.k]', 'range(p.n % 5)::INTEGER[]', '[p.n, 3]']],
]

/** Arguments that functions of a narrow domain take of every row that is seen. */
const DOMAINS: Readonly<Record<string, readonly string[]>> = {
  asin: ['p.n / 100'], acos: ['p.n / 100'], atanh: ['p.n / 100'], acosh: ['1 + p.n'], ln: ['1 + p.n'], log2: ['1 + p.n'], log10: ['1 + p.n'], log: ['2 + p.n', '2 + p.n, 1 + p.n'], sqrt: ['p.n', 'p.id'], cot: ['1 + p.n'], gamma: ['1 + p.n'], lgamma: ['1 + p.n'],
  factorial: ['p.n // 2'], '!__postfix': ['p.n // 2'], exp: ['p.n'], pow: ['p.n, 2', '2, p.n'], power: ['p.n, 2', '2, p.n'], '**': ['p.n, 2'], '^': ['p.n, 2'], chr: ['60 + p.n'], to_base: ['p.n, 10', 'p.n, 2 + p.n % 30', 'p.n, 16, 8'], bin: ['p.n'], hex: ['p.n', 'p.id'],
  strptime: [`'2020-01-0' || (1 + p.n % 9), '%Y-%m-%d'`], try_strptime: ['p.name, p.code'], strftime: ["date '2020-01-01' + p.n, '%Y'"], regexp_matches: ["'abc', chr(97 + p.n % 20)"], regexp_replace: ["p.name, 'a', 'b'", "'abc', chr(97 + p.n % 20), 'x'"], regexp_extract: ["CAST(p.n AS VARCHAR), '(.)', 1"], regexp_full_match: ["'abc', chr(97 + p.n % 20)"], regexp_extract_all: ["CAST(p.n AS VARCHAR), '.'"], regexp_split_to_array: ["CAST(p.n AS VARCHAR), '1'"],
  date_part: ["'year', date '2020-01-01' + p.n"], datepart: ["'month', date '2020-01-01' + p.n"], date_trunc: ["'month', date '2020-01-01' + p.n", "'year', p.born", "'hour', p.at"], datetrunc: ["'week', p.at"], date_diff: ["'day', p.born, date '2020-01-01'", "'hour', p.at, timestamp '2020-01-01'"], datediff: ["'microsecond', p.born, date '2020-01-01'"], date_sub: ["'day', p.born, date '2020-01-01'"], datesub: ["'year', p.born, date '2020-01-01'"],
  make_date: ["2000 + p.n, 1, 1", '2000, 1 + p.n % 12, 1'], make_time: ['p.n % 24, p.n, 1.5'], make_timestamp: ['2000 + p.n, 1, 1, 0, 0, 0.0', 'p.id * 1000'], make_timestamptz: ['2000 + p.n, 1, 1, 0, 0, 0.0'], to_timestamp: ['p.n'], epoch_ms: ['p.at', 'p.id'], time_bucket: ["to_days(1 + p.n), p.born", "interval '1' hour, p.at"],
  hamming: ["p.name, 'abc'", "lpad(CAST(p.n AS VARCHAR), 3, '0'), 'abc'"], mismatches: ["lpad(CAST(p.n AS VARCHAR), 3, '0'), 'abc'"], jaccard: ["p.name, 'abc'"], unhex: ["lpad(CAST(p.n AS VARCHAR), 4, '0')", "'0' || p.n % 10"], from_hex: ["'0' || p.n % 10"], unbin: ["'101'"], from_binary: ["'101'"], from_base64: ["to_base64(encode('n' || p.n))"], decode: ["encode('n' || p.n)"], set_bit: ["CAST(p.n AS BIT), 3, 1"], get_bit: ["CAST(p.n AS BIT), p.n % 8"], bitstring: ["'101', 9"],
  format: ["'{}', p.n", "'{:d} {}', p.n, p.id"], printf: ["'%d', p.n", "'%s', CAST(p.n AS VARCHAR)"], json_extract: ["to_json([p.n]), '$[0]'"], cast_to_type: ['p.id, p.n'], error: ["'x'"], nextafter: ['p.n::DOUBLE, 1e0'], parse_duckdb_log_message: ["'x'"], enum_code: ["'x'"], '<<': ['p.n, 2', '1, p.n % 30'], '>>': ['p.n, p.n'], array_extract: ["[p.n, p.id], 1"], list_resize: ['[p.n], 3'], quantile_cont: ['p.n, 0.5'], quantile_disc: ['p.n, 0.5'], quantile: ['p.n, 0.5'], approx_quantile: ['p.n, 0.5'], percentile_cont: ['p.n, 0.5'], histogram: ['p.n', 'p.n, [10, 20]'], histogram_exact: ['p.n, [10, 20]'], bitstring_agg: ['p.n, 0, 60', 'p.id, 0, 60'], arg_max: ['p.id, p.n, 3', 'p.id, p.n'], max: ['p.n, 2', 'p.n', 'p.name'], min: ['p.n, 2', 'p.n'], approx_top_k: ['p.n, 3'], string_agg: ["CAST(p.n AS VARCHAR), ','"], first: ['p.n'],
}

const isInScope = (text: string, scope: ReadonlySet<string>): boolean => [...text.matchAll(/\b[po]\.\w+/gu)].every(([name]) => scope.has(name))

const AGGREGATE_NAMES = ["'sum'", "'max'", "'list'", "'avg'", "'histogram'", "'mode'", "'string_agg'", "'first'"]
const DISPATCHING = new Set(['aggregate', 'array_aggr', 'array_aggregate', 'list_aggr', 'list_aggregate'])
/** They ask for a size that is written out. */
const SIZING = new Set(['repeat', 'lpad', 'rpad', 'list_resize', 'array_resize', 'bitstring'])

export function expressions(source: ExpressionSource) {
  const { random, columns } = source
  const pick = chooser(random)
  const scope = new Set([...columns.values()].flat())
  const inScope = (texts: readonly string[]): readonly string[] => texts.filter((text) => isInScope(text, scope))
  const [guards, others] = [inScope(GUARDS), inScope(OTHER_GUARDS)]

  const guard = (): string => (random() < 0.02 ? pick(FORBIDDEN) : pick(random() < 0.75 ? guards : others))
  const literal = (type: string): string => pick(MILD[type] ?? (MILD['VARCHAR'] as readonly string[]))
  // Whatever fails does so for what is hidden.
  const guarded = (type: string): string => `CASE WHEN ${random() < 0.97 ? pick(guards) : guard()} THEN ${pick(EXTREME[type] ?? MILD[type] ?? ['NULL'])} ELSE ${literal(type)} END`

  const column = (type: string): string => {
    const own = columns.get(type)
    if (own !== undefined && own.length > 0 && random() < 0.7) return pick(own)
    const conversions = inScope(CONVERSIONS.find(([types]) => types.includes(type))?.[1] ?? []).map((text) => text.replaceAll(/\bT\b/gu, type))
    if (conversions.length > 0 && random() < 0.96) return pick(conversions)
    if (own !== undefined && own.length > 0) return pick(own)
    // A cast that may fail for what is seen.
    const from = pick(['VARCHAR', 'INTEGER', 'DOUBLE', 'BIGINT', 'DECIMAL', 'DATE', 'TIMESTAMP'].filter((known) => (columns.get(known) ?? []).length > 0))
    return `${random() < 0.2 ? 'CAST' : 'TRY_CAST'}(${pick(columns.get(from) as readonly string[])} AS ${type})`
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
    return wanted in MILD ? literal(wanted) : `CAST(NULL AS ${wanted})`
  }

  /** A call of a scalar function; of an aggregate it is only the call itself. */
  const call = ({ name, parameters, varargs }: Signature, depth: number): string => {
    const lower = name.toLowerCase()
    const called = /^[a-z_][a-z0-9_]*$/iu.test(name) ? name : `"${name}"`
    const fitting = inScope(DOMAINS[lower] ?? [])
    if (fitting.length > 0 && random() < 0.85) return `${called}(${pick(fitting)})`
    // One type for all that must be alike.
    const alike = pick(['INTEGER', 'VARCHAR', 'DOUBLE', 'DATE'])
    // Of a macro's parameters only the name of the macro tells.
    const first = lower.startsWith('list_') || lower.startsWith('array_') ? 'INTEGER[]' : lower.startsWith('map_') ? 'MAP' : undefined
    const typed = parameters.map((parameter, at) => (at === 0 && parameter === 'ANY' ? (first ?? parameter) : parameter.replaceAll(/\b[TKV]\b/gu, alike)))
    const more = varargs === '' ? [] : Array.from({ length: Math.floor(random() * 3) + (typed.length === 0 ? 1 : 0) }, () => varargs)
    const given = [...typed, ...more].map((type, at) => {
      if (at === 1 && DISPATCHING.has(lower)) return pick(AGGREGATE_NAMES)
      if (at === 1 && SIZING.has(lower)) return String(Math.floor(random() * 9))
      if (at === 0 && (lower === 'format' || lower === 'printf')) return pick(["'{}'", "'%s'", "'x'", "'%d'", "'{:>9}'"])
      return value(type, depth)
    })
    return `${called}(${given.join(', ')})`
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
