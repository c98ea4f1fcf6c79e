// Statement number n of a seed, for a profile: a signature of the census in one of several surroundings, or a query that a
// grammar made up.

import { randomFrom } from '../random-from.ts'
import type { ExpressionSource } from './expressions.ts'
import { chooser, expressions } from './expressions.ts'
import type { Signature } from './functions.ts'
import type { Profile } from './profiles.ts'
import type { WorldTable } from './tables.ts'
import { ORDERS, PARTS, PERSONS } from './tables.ts'

export interface StatementSource { statement(number: number, profile: Profile): string }

const PARTIAL: readonly WorldTable[] = PARTS.map(([part]) => part)
const WHOLE = PERSONS.filter((table) => !PARTIAL.includes(table))

const WORDS: Readonly<Record<string, string>> = { long: 'BIGINT', int: 'INTEGER', double: 'DOUBLE', string: 'VARCHAR', date: 'DATE', timestamp: 'TIMESTAMP', boolean: 'BOOLEAN', binary: 'BLOB', uuid: 'UUID', 'decimal(9, 2)': 'DECIMAL', 'list<string>': 'VARCHAR[]', 'list<int>': 'INTEGER[]', 'struct<a: int, b: string>': 'STRUCT' }

export function statementSource(seed: number, signatures: readonly Signature[], census: readonly Signature[] = signatures): StatementSource {
  const byReturn = new Map<string, Signature[]>()
  for (const signature of signatures) {
    if (signature.kind !== 'scalar') continue
    const returns = signature.returns.startsWith('DECIMAL') ? 'DECIMAL' : signature.returns
    byReturn.set(returns, [...(byReturn.get(returns) ?? []), signature])
  }
  const aggregates = signatures.filter(({ kind, name }) => kind === 'aggregate' && !OF_WINDOWS.has(name.toLowerCase()))
  const scopes = new Map<string, ReadonlyMap<string, readonly string[]>>()
  const scopeOf = (profile: Profile, table: WorldTable, joined: boolean): ReadonlyMap<string, readonly string[]> => {
    const key = `${profile.name} ${table.name} ${joined}`
    let scope = scopes.get(key)
    if (scope === undefined) scopes.set(key, (scope = columnsOf(profile, table, joined)))
    return scope
  }
  return {
    statement(number, profile) {
      const random = randomFrom((seed * 1_000_003 + number * 7919) >>> 0)
      for (let i = 0; i < 3; i += 1) random()
      const joined = random() < 0.25
      // Mostly parts of tables, over which statements are planned sooner.
      const from = random() < 0.05 ? WHOLE : PARTIAL
      const table = chooser(random)(from.filter(({ name }) => profile.grants.some(({ dataSet }) => dataSet === name)))
      const source: ExpressionSource = { random, signatures, byReturn, columns: scopeOf(profile, table, joined), order: joined ? 'p.id, o.oid' : 'p.id', group: table.columns.some(({ name }) => name === 'k') ? 'p.k' : 'p.n % 5' }
      // Step by a prime through the whole census, so that a slice sees something of everything.
      const statement = number % 2 === 0 ? censusStatement(census[((number / 2) * 7907) % census.length] as Signature, source, joined) : grammarStatement(source, joined, aggregates)
      return statement.replaceAll('m.people', `m.${table.name}`)
    },
  }
}

function columnsOf(profile: Profile, table: WorldTable, joined: boolean): ReadonlyMap<string, readonly string[]> {
  const columns = new Map<string, string[]>()
  const add = (alias: string, table: WorldTable): void => {
    const granted = new Set(profile.grants.filter(({ dataSet }) => dataSet === table.name).flatMap((grant) => grant.columns ?? []))
    for (const { name, type } of table.columns) if (granted.has(name)) columns.set(WORDS[type] as string, [...(columns.get(WORDS[type] as string) ?? []), `${alias}.${name}`])
  }
  add('p', table)
  if (joined) add('o', ORDERS)
  return columns
}

/** The engine lists them as aggregates, and computes them over windows alone. */
const OF_WINDOWS = new Set(['row_number', 'rank', 'dense_rank', 'rank_dense', 'percent_rank', 'cume_dist', 'ntile', 'lag', 'lead', 'nth_value', 'first_value', 'last_value', 'fill'])

const FROM = 'm.people p'
const JOINS = ['JOIN m.orders o ON p.id = o.pid', 'JOIN m.orders o ON o.pid = p.id AND o.qty > 1', 'LEFT JOIN m.orders o ON p.id = o.pid', 'JOIN m.orders o ON p.k = o.qty', 'RIGHT JOIN m.orders o ON p.id = o.pid', 'FULL JOIN m.orders o ON p.id = o.pid', 'CROSS JOIN m.orders o', 'JOIN m.orders o ON p.n < o.oid AND p.id = o.pid']

function censusStatement(signature: Signature, source: ExpressionSource, joined: boolean): string {
  const make = expressions(source)
  const { random, order, group } = source
  const joins = JOINS.filter((join) => group === 'p.k' || !join.includes('p.k'))
  const from = joined ? `${FROM} ${make.pick(joins)}` : FROM
  const depth = random() < 0.3 ? 1 : 0
  if (signature.kind === 'aggregate') {
    const a = make.aggregate(signature, depth)
    switch (OF_WINDOWS.has(signature.name.toLowerCase()) ? 3 : Math.floor(random() * 6)) {
      case 0: return `SELECT ${a} FROM ${from}`
      case 1: return `SELECT ${group} AS g, ${a} FROM ${from} GROUP BY ${group}`
      case 2: return `SELECT ${a} FROM ${from} WHERE ${make.condition(depth)}`
      case 3: return `SELECT p.id, ${make.call(signature, depth)} OVER (PARTITION BY ${group} ORDER BY ${order}${make.pick(['', ' ROWS BETWEEN 2 PRECEDING AND CURRENT ROW', ' ROWS UNBOUNDED PRECEDING'])}) FROM ${from}`
      case 4: return `SELECT ${group} AS g FROM ${from} GROUP BY ${group} HAVING (${a}) IS NOT NULL`
      default: return `WITH x AS ${make.pick(['', 'MATERIALIZED '])}(SELECT ${a} AS v FROM ${from} WHERE p.n < 200) SELECT * FROM x`
    }
  }
  const e = make.call(signature, depth)
  switch (Math.floor(random() * 12)) {
    case 0: return `SELECT p.id, ${e} FROM ${from}`
    case 1: return `SELECT count(*) FROM ${from} WHERE (${e}) IS NOT NULL`
    case 2: return `SELECT p.id FROM ${from} ORDER BY ${e}, ${order} LIMIT 5`
    case 3: return `SELECT count(*) FROM m.people p JOIN m.orders o ON p.id = o.pid WHERE (${e}) IS NOT NULL AND o.qty > 1`
    case 4: return `SELECT count(${e}), min(CAST(${e} AS VARCHAR)) FROM ${from}`
    case 5: return `WITH p AS ${make.pick(['', 'MATERIALIZED '])}(SELECT * FROM m.people) SELECT count(*) FROM ${joined ? `p ${make.pick(joins)}` : 'p'} WHERE (${e}) IS NULL`
    case 6: return `SELECT CAST(${e} AS VARCHAR) AS v, count(*) FROM ${from} GROUP BY v`
    case 7: return `SELECT count(*) FROM m.orders r WHERE EXISTS (SELECT 1 FROM ${from} WHERE p.id = r.pid AND (${e}) IS NOT NULL)`
    case 8: return `SELECT sum(CASE WHEN ${make.guard()} THEN length(CAST(${e} AS VARCHAR)) ELSE 1 END) FROM ${from}`
    case 9: return `SELECT p.id FROM ${from} WHERE p.n < 20 AND (${e}) IS NOT NULL OR ${make.guard()}`
    case 10: return `SELECT * FROM (SELECT p.id AS i, ${e} AS e FROM ${from}) s WHERE e IS NOT NULL AND i < 20`
    default: return `SELECT p.id, l.e FROM ${from}, LATERAL (SELECT ${e} AS e) l WHERE l.e IS NOT NULL`
  }
}

// Where there is no order beside the person.
const alone = (text: string): string => text.replaceAll(/\bo\.note\b/gu, "'fast'").replaceAll(/\bo\.\w+/gu, '1')

function grammarStatement(source: ExpressionSource, joined: boolean, aggregates: readonly Signature[]): string {
  const make = expressions(source)
  const { random, order, group } = source
  const joins = JOINS.filter((join) => group === 'p.k' || !join.includes('p.k'))
  const chance = (share: number): boolean => random() < share
  const people = make.pick([FROM, FROM, FROM, '(SELECT * FROM m.people) p', '(SELECT * FROM m.people WHERE n < 200) p', '(SELECT * FROM m.people ORDER BY id LIMIT 50) p', '(SELECT DISTINCT * FROM m.people) p', '(SELECT * FROM m.people UNION ALL SELECT * FROM m.people WHERE n < 7) p'])
  const plainOrder = !people.includes('UNION')
  const from = joined ? `${people} ${make.pick(joins)}` : people
  const where = chance(0.65) ? ` WHERE ${make.condition(2)}` : ''
  const list = (count: number): string => Array.from({ length: count }, (_, i) => `${make.value('ANY', 2)} AS v${i}`).join(', ')
  switch (Math.floor(random() * 9)) {
    case 0: {
      const grouping = make.value(make.pick(['INTEGER', 'VARCHAR', 'DATE', 'BOOLEAN']), 1)
      const having = chance(0.3) ? ` HAVING count(*) ${make.pick(['>', '=', '<'])} ${make.pick(['1', '3', '10'])}` : ''
      return `SELECT ${grouping} AS g, ${make.aggregate(make.pick(aggregates), 1)} AS a FROM ${from}${where} GROUP BY ${chance(0.2) ? make.pick(['ROLLUP (g)', 'CUBE (g)', 'ALL']) : 'g'}${having}`
    }
    case 1: return `SELECT ${make.aggregate(make.pick(aggregates), 2)}, ${make.aggregate(make.pick(aggregates), 1)} FROM ${from}${where}`
    case 2: {
      const window = `OVER (${chance(0.6) ? `PARTITION BY ${make.value(make.pick(['INTEGER', 'VARCHAR']), 1)} ` : ''}ORDER BY ${chance(0.5) ? `${make.value(make.pick(['INTEGER', 'VARCHAR', 'DATE']), 1)}, ` : ''}${order})`
      const f = make.pick(['row_number()', 'rank()', 'dense_rank()', `lag(${make.value('VARCHAR', 1)})`, `lead(${make.value('INTEGER', 1)}, 2)`, `first_value(${make.value('ANY', 1)})`, `nth_value(${make.value('INTEGER', 1)}, 2)`, 'ntile(3)', 'percent_rank()', 'cume_dist()', `sum(${make.value('INTEGER', 1)})`])
      return plainOrder ? `SELECT p.id, ${f} ${window} AS w FROM ${from}${where}${chance(0.3) ? ' QUALIFY w IS NOT NULL' : ''}` : `SELECT count(*) FROM ${from}${where}`
    }
    case 3: {
      const type = make.pick(['INTEGER', 'VARCHAR', 'DOUBLE', 'DATE', 'BOOLEAN', 'BIGINT'])
      return `SELECT ${make.value(type, 2)} AS v FROM ${from}${where} ${make.pick(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} SELECT ${alone(make.value(type, 1))} FROM m.people p WHERE ${alone(make.condition(0))}`
    }
    case 4: return plainOrder ? `SELECT p.id, ${list(1)} FROM ${from}${where} ORDER BY ${make.value('ANY', 1)} ${make.pick(['', 'DESC', 'NULLS FIRST'])}, ${order} LIMIT ${make.pick(['1', '5', '20'])}${chance(0.3) ? ' OFFSET 3' : ''}` : `SELECT ${list(1)} FROM ${from}${where}`
    case 5: return `SELECT p.id FROM m.people p ${make.pick(['SEMI', 'ANTI'])} JOIN (SELECT o.pid FROM m.orders o WHERE o.qty > 1) o ON p.id = o.pid WHERE ${alone(make.condition(2))}`
    case 6: return `WITH x AS ${make.pick(['', 'MATERIALIZED ', 'NOT MATERIALIZED '])}(SELECT p.id AS id, ${list(2)} FROM ${from}${where}) SELECT count(*), min(CAST(v0 AS VARCHAR)), max(CAST(v1 AS VARCHAR)) FROM x${chance(0.5) ? ' WHERE v0 IS NOT NULL' : ''}`
    case 7: return `SELECT p.id, (SELECT ${make.pick(['count(*)', 'max(r.note)', 'min(r.qty)', 'sum(r.qty)'])} FROM m.orders r WHERE r.pid = p.id AND ${make.condition(1).replaceAll(/\bo\.\w+/gu, 'r.qty')}) AS s FROM ${from}${where}`
    default: return `SELECT ${list(1 + Math.floor(random() * 3))} FROM ${from}${where}`
  }
}
