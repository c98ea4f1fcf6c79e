// Models that nobody wrote: every construct that provenance goes through, in each other, over three small tables. What it makes
// gives the same rows each time: orders are total, and no value hangs on the order of rows.

export type Random = () => number

type Type = 'number' | 'text'
interface Column { readonly name: string; readonly type: Type }
interface Made { readonly sql: string; readonly columns: readonly Column[] }
/** A FROM, and its columns as expressions. */
interface Source { readonly from: string; readonly values: readonly Column[]; readonly names: readonly string[] }

export const MODEL_TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  flights: { id: 'INTEGER', origin: 'VARCHAR', carrier: 'VARCHAR', delay: 'INTEGER', tags: 'VARCHAR[]' },
  airports: { code: 'VARCHAR', city: 'VARCHAR', height: 'INTEGER' },
  strikes: { airport: 'VARCHAR', month: 'INTEGER', n: 'INTEGER' },
}

/** With rows that are there twice, with NULLs, and with keys that nothing has. */
export const MODEL_ROWS: Readonly<Record<string, string>> = {
  flights: "SELECT (i % 14)::INTEGER AS id, ['ZRH', 'GVA', 'FRA', NULL, 'JFK'][1 + i % 5] AS origin, ['LX', 'LH', 'BA'][1 + (i * i) % 3] AS carrier, CASE WHEN i % 9 = 4 THEN NULL ELSE ((i * 7) % 11)::INTEGER END AS delay, CASE WHEN i % 3 = 0 THEN [] WHEN i % 3 = 1 THEN ['a', 'ZRH'] ELSE ['b'] END AS tags FROM range(15) r(i) UNION ALL SELECT 1, 'GVA', 'LH', 7, ['a', 'ZRH'] UNION ALL SELECT 15, 'ZRH', 'LX', 3, ['b']",
  airports: "SELECT * FROM (VALUES ('ZRH', 'Zurich', 4), ('GVA', 'Geneva', 3), ('GVA', 'Geneva', 3), ('OSL', 'Oslo', NULL), ('FRA', 'Zurich', 1), (NULL, 'Nowhere', 2)) v(code, city, height)",
  strikes: "SELECT ['ZRH', 'GVA', 'FRA', 'OSL'][1 + i % 4] AS airport, (i % 4)::INTEGER AS month, CASE WHEN i = 7 THEN NULL ELSE (i % 5)::INTEGER END AS n FROM range(11) r(i)",
}

export function randomModel(random: Random): string {
  return new Models(random).query(3).sql
}

class Models {
  readonly #random: Random
  #count = 0

  constructor(random: Random) {
    this.#random = random
  }

  #below = (n: number): number => Math.floor(this.#random() * n)
  #one = <T>(all: readonly T[]): T => all[this.#below(all.length)] as T
  #chance = (share: number): boolean => this.#random() < share
  #name = (start: string): string => `${start}${(this.#count += 1)}`

  query(depth: number): Made {
    const kinds = ['plain', 'plain', 'group', 'group', 'window', 'distinct', 'first', 'list']
    const deep = ['set', 'with', 'recursive', 'group', 'window', 'pivot', 'plain', 'rollup', 'asked']
    switch (this.#one(depth > 0 ? [...kinds, ...deep, ...deep] : kinds)) {
      case 'plain': return this.#plain(depth)
      case 'group': return this.#group(depth)
      case 'window': return this.#window(depth)
      case 'distinct': { const { sql, columns } = this.#plain(depth); return { sql: sql.replace('SELECT', 'SELECT DISTINCT'), columns } }
      case 'first': return this.#first(depth)
      case 'list': return this.#list(depth)
      case 'set': return this.#set(depth)
      case 'with': return this.#with(depth)
      case 'recursive': return this.#recursive(depth)
      case 'pivot': return this.#pivot()
      case 'rollup': return this.#rollup(depth)
      default: return this.#asked(depth)
    }
  }

  #of(source: Source, type: Type): string {
    const fit = source.values.filter((one) => one.type === type)
    return fit.length === 0 ? (type === 'number' ? '1' : "'ZRH'") : this.#one(fit).name
  }

  #table(): Source {
    const table = this.#one(Object.keys(MODEL_TABLES))
    const alias = this.#name('t')
    return { from: `${table} AS ${alias}`, names: [alias], values: Object.entries(MODEL_TABLES[table] ?? {}).filter(([, type]) => !type.endsWith('[]')).map(([name, type]) => ({ name: `${alias}.${name}`, type: type === 'INTEGER' ? 'number' : 'text' })) }
  }

  #within({ sql, columns }: Made): Source {
    const alias = this.#name('q')
    return { from: `(${sql}) AS ${alias}`, names: [alias], values: columns.map(({ name, type }) => ({ name: `${alias}.${name}`, type })) }
  }

  #leaf(depth: number): Source {
    return depth > 0 && this.#chance(0.45) ? this.#within(this.query(depth - 1)) : this.#table()
  }

  #source(depth: number): Source {
    let source = this.#leaf(depth)
    if (this.#chance(0.15)) {
      const alias = this.#name('t')
      const tag = this.#name('u')
      source = { from: `flights AS ${alias}, unnest(${alias}.tags) AS ${tag}(tag)`, names: [alias, tag], values: [{ name: `${alias}.id`, type: 'number' }, { name: `${alias}.origin`, type: 'text' }, { name: `${tag}.tag`, type: 'text' }] }
    }
    for (let joins = this.#one([0, 0, 1, 1, 2]); joins > 0; joins -= 1) source = this.#join(source, depth)
    return source
  }

  #join(left: Source, depth: number): Source {
    if (this.#chance(0.12)) return this.#lateral(left)
    const right = this.#leaf(depth - 1)
    const both = { names: [...left.names, ...right.names], values: [...left.values, ...right.values] }
    const type = this.#one<Type>(['text', 'text', 'number'])
    const on = `${this.#of(left, type)} = ${this.#of(right, type)}${this.#chance(0.2) ? ` AND ${this.#of(right, 'number')} > ${this.#below(4)}` : ''}${this.#chance(0.1) ? ` AND ${this.#of(left, 'number')} < ${this.#below(9)}` : ''}`
    const join = this.#one(['JOIN', 'JOIN', 'LEFT JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'SEMI JOIN', 'ANTI JOIN', 'ASOF'])
    if (join === 'ASOF') return { from: `(SELECT ${left.values.map(({ name }, i) => `${name} AS l${i}`).join(', ')} FROM ${left.from}) AS ${this.#name('a')}`, names: [], values: left.values.map(({ type: own }, i) => ({ name: `l${i}`, type: own })) }
    if (join === 'FULL JOIN') return { from: `${left.from} FULL JOIN ${right.from} ON ${this.#of(left, type)} = ${this.#of(right, type)}`, ...both }
    return { from: `${left.from} ${join} ${right.from} ON ${on}`, ...(join === 'SEMI JOIN' || join === 'ANTI JOIN' ? left : both), ...(join === 'SEMI JOIN' || join === 'ANTI JOIN' ? { from: `${left.from} ${join} ${right.from} ON ${on}` } : {}) }
  }

  #lateral(left: Source): Source {
    const [inner, alias] = [this.#table(), this.#name('l')]
    const value = this.#chance(0.5) ? `max(${this.#of(inner, 'number')})` : this.#of(inner, 'number')
    return { from: `${left.from}, LATERAL (SELECT ${value} AS v FROM ${inner.from} WHERE ${this.#of(inner, 'text')} = ${this.#of(left, 'text')}) AS ${alias}`, names: [...left.names, alias], values: [...left.values, { name: `${alias}.v`, type: 'number' }] }
  }

  #condition(source: Source): string {
    switch (this.#below(5)) {
      case 0: return `${this.#of(source, 'text')} IN ('ZRH', 'GVA', 'LX', 'Zurich')`
      case 1: return `${this.#of(source, 'number')} IS NOT NULL`
      case 2: return `(${this.#of(source, 'number')} < 8 OR ${this.#of(source, 'text')} IS NULL)`
      default: return `${this.#of(source, 'number')} ${this.#one(['>', '<=', '<>'])} ${this.#below(9)}`
    }
  }

  /** Values by the names c1, c2 and so on. */
  #listed(values: readonly Column[]): { readonly list: string; readonly columns: readonly Column[] } {
    return { list: values.map(({ name }, i) => `${name} AS c${i + 1}`).join(', '), columns: values.map(({ type }, i) => ({ name: `c${i + 1}`, type })) }
  }

  #where(source: Source, share = 0.5): string {
    return this.#chance(share) ? ` WHERE ${this.#condition(source)}${this.#chance(0.3) ? ` AND ${this.#condition(source)}` : ''}` : ''
  }

  #plain(depth: number): Made {
    const source = this.#source(depth)
    const values: Column[] = [{ name: this.#of(source, 'number'), type: 'number' }, { name: this.#of(source, 'text'), type: 'text' }]
    if (this.#chance(0.4)) values.push({ name: `coalesce(${this.#of(source, 'number')}, 0) + ${this.#of(source, 'number')}`, type: 'number' })
    if (this.#chance(0.3)) values.push({ name: `upper(${this.#of(source, 'text')})`, type: 'text' })
    const { list, columns } = this.#listed(values)
    return { sql: `SELECT ${list} FROM ${source.from}${this.#where(source)}`, columns }
  }

  #aggregate(source: Source): Column {
    const of = this.#of(source, 'number')
    return { name: this.#one(['count(*)', `sum(${of})::BIGINT`, `max(${of})`, `min(${of})`, `count(DISTINCT ${of})`, `count(*) FILTER (WHERE ${of} > 3)`]), type: 'number' }
  }

  #group(depth: number): Made {
    const source = this.#source(depth)
    const keys: Column[] = this.#one([[], [{ name: this.#of(source, 'text'), type: 'text' as const }], [{ name: this.#of(source, 'text'), type: 'text' as const }, { name: `${this.#of(source, 'number')} % 3`, type: 'number' as const }]])
    const { list, columns } = this.#listed([...keys, this.#aggregate(source), this.#aggregate(source)])
    const by = keys.length === 0 ? '' : ` GROUP BY ${this.#one(['ALL', keys.map((_, i) => i + 1).join(', '), keys.map(({ name }) => name).join(', ')])}`
    return { sql: `SELECT ${list} FROM ${source.from}${this.#where(source)}${by}${this.#chance(0.3) ? ' HAVING count(*) > 1' : ''}`, columns }
  }

  #rollup(depth: number): Made {
    const source = this.#source(depth)
    const [a, b] = [this.#of(source, 'text'), this.#of(source, 'number')]
    const by = this.#one([`ROLLUP (${a}, ${b})`, `CUBE (${a}, ${b})`, `GROUPING SETS ((${a}), (${a}, ${b}))`])
    return { sql: `SELECT ${a} AS c1, ${b} AS c2, count(*) AS c3 FROM ${source.from} GROUP BY ${by}`, columns: [{ name: 'c1', type: 'text' }, { name: 'c2', type: 'number' }, { name: 'c3', type: 'number' }] }
  }

  #window(depth: number): Made {
    const inner = this.#within(this.query(depth - 1))
    const [all, partition] = [inner.values.map(({ name }) => name).join(', '), this.#chance(0.75) ? `PARTITION BY ${this.#of(inner, this.#one<Type>(['text', 'text', 'number']))} ` : '']
    const value = this.#of(inner, 'number')
    const over = `(${partition}ORDER BY ${all})`
    const windows = [`row_number() OVER ${over}`, `rank() OVER (${partition}ORDER BY ${value})`, `sum(${value}) OVER ${over}::BIGINT`, `lag(${value}) OVER ${over}`, `max(${value}) OVER (${partition})`, `count(*) OVER (${partition}ORDER BY ${all} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`]
    const { list, columns } = this.#listed([...inner.values, { name: this.#one(windows), type: 'number' }])
    const qualify = this.#chance(0.4) ? ` QUALIFY row_number() OVER ${over} <= ${1 + this.#below(3)}` : ''
    return { sql: `SELECT ${list} FROM ${inner.from}${this.#where(inner, 0.3)}${qualify}`, columns }
  }

  #first(depth: number): Made {
    const inner = this.#within(this.query(depth - 1))
    const { list, columns } = this.#listed(inner.values)
    return { sql: `SELECT DISTINCT ON (c1) ${list} FROM ${inner.from} ORDER BY ${columns.map(({ name }) => name).join(', ')}`, columns }
  }

  #list(depth: number): Made {
    const { sql, columns } = this.#chance(0.5) ? this.#group(depth) : this.#plain(depth)
    return { sql: `${sql} ORDER BY ${columns.map((_, i) => `${i + 1}${this.#chance(0.5) ? ' DESC' : ''} NULLS LAST`).join(', ')} LIMIT ${1 + this.#below(5)}${this.#chance(0.25) ? ' OFFSET 1' : ''}`, columns }
  }

  #set(depth: number): Made {
    const sides = [1, 2].map(() => {
      const source = this.#within(this.query(depth - 1))
      return `SELECT ${this.#of(source, 'text')} AS c1, ${this.#of(source, 'number')}::BIGINT AS c2 FROM ${source.from}`
    })
    return { sql: `(${sides[0]}) ${this.#one(['UNION', 'UNION ALL', 'UNION BY NAME', 'INTERSECT', 'INTERSECT ALL', 'EXCEPT', 'EXCEPT ALL'])} (${sides[1]})`, columns: [{ name: 'c1', type: 'text' }, { name: 'c2', type: 'number' }] }
  }

  #with(depth: number): Made {
    const [name, first] = [this.#name('w'), this.query(depth - 1)]
    const [a, b] = [this.#name('x'), this.#name('y')]
    const seen: Source = { from: '', names: [a, b], values: first.columns.flatMap((one) => [a, b].map((alias) => ({ name: `${alias}.${one.name}`, type: one.type }))) }
    const type = first.columns.some((one) => one.type === 'text') ? 'text' : 'number'
    const key = first.columns.find((one) => one.type === type)?.name ?? 'c1'
    if (this.#chance(0.4)) {
      const { list, columns } = this.#listed([{ name: this.#of(seen, 'text'), type: 'text' }, { name: this.#of(seen, 'number'), type: 'number' }])
      return { sql: `WITH ${name} AS (${first.sql}) SELECT ${list} FROM ${name} AS ${a} ${this.#one(['JOIN', 'LEFT JOIN'])} ${name} AS ${b} ON ${a}.${key} = ${b}.${key}`, columns }
    }
    const one: Source = { from: `${name} AS ${a}`, names: [a], values: first.columns.map((column) => ({ name: `${a}.${column.name}`, type: column.type })) }
    const joined = this.#join(one, depth - 1)
    const { list, columns } = this.#listed([{ name: this.#of(joined, 'text'), type: 'text' }, this.#aggregate(joined)])
    return { sql: `WITH ${name} AS (${first.sql}) SELECT ${list} FROM ${joined.from} GROUP BY ALL`, columns }
  }

  #recursive(depth: number): Made {
    const [name, source] = [this.#name('r'), this.#table()]
    return { sql: `WITH RECURSIVE ${name}(c1, c2) AS (SELECT ${this.#of(source, 'text')}, 0 FROM ${source.from}${this.#where(source)} UNION${this.#chance(0.5) ? ' ALL' : ''} SELECT f.carrier, ${name}.c2 + 1 FROM ${name} JOIN flights f ON f.origin = ${name}.c1 WHERE ${name}.c2 < 2) SELECT c1, c2${depth > 2 ? '' : ', c2 + 1 AS c3'} FROM ${name}`, columns: [{ name: 'c1', type: 'text' }, { name: 'c2', type: 'number' }] }
  }

  #pivot(): Made {
    if (this.#chance(0.5)) return { sql: "SELECT airport AS c1, p_1 AS c2, p_2 AS c3 FROM (PIVOT strikes ON month IN (1 AS p_1, 2 AS p_2) USING sum(n)::BIGINT GROUP BY airport)", columns: [{ name: 'c1', type: 'text' }, { name: 'c2', type: 'number' }, { name: 'c3', type: 'number' }] }
    return { sql: 'SELECT airport AS c1, v AS c2, k AS c3 FROM (UNPIVOT strikes ON month, n INTO NAME k VALUE v)', columns: [{ name: 'c1', type: 'text' }, { name: 'c2', type: 'number' }, { name: 'c3', type: 'text' }] }
  }

  /** Queries that stand in expressions, of the row around them or not. */
  #asked(depth: number): Made {
    const [source, inner] = [this.#source(depth - 1), this.#table()]
    const [own, outer] = [this.#of(inner, 'text'), this.#of(source, 'text')]
    const linked = `${inner.from} WHERE ${own} = ${outer}`
    const conditions = [
      `${outer} IN (SELECT ${own} FROM ${inner.from}${this.#where(inner)})`, `${outer} NOT IN (SELECT ${own} FROM ${inner.from} WHERE ${own} IS NOT NULL)`,
      `EXISTS (SELECT 1 FROM ${linked})`, `NOT EXISTS (SELECT 1 FROM ${linked})`, `${this.#of(source, 'number')} >= (SELECT min(${this.#of(inner, 'number')}) FROM ${inner.from})`,
      `${this.#of(source, 'number')} < (SELECT sum(${this.#of(inner, 'number')}) FROM ${linked})`, `(${outer} IN (SELECT ${own} FROM ${inner.from}) OR ${this.#condition(source)})`,
    ]
    const values: Column[] = [{ name: outer, type: 'text' }, { name: this.#of(source, 'number'), type: 'number' }]
    if (this.#chance(0.4)) values.push({ name: `(SELECT ${this.#one(['count(*)', `max(${this.#of(inner, 'number')})`])} FROM ${linked})`, type: 'number' })
    const { list, columns } = this.#listed(values)
    return { sql: `SELECT ${list} FROM ${source.from} WHERE ${this.#one(conditions)}`, columns }
  }
}
