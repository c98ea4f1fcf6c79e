// The oracle that needs no list of answers: the values of one source column are changed, and the columns of the result that
// change must be among those that the lineage claims. What is claimed and never seen to move is counted, so that claiming
// everything would not do.

import { beforeAll, describe, expect, it } from 'vitest'
import queries from '../cases/analytical-queries.json' with { type: 'json' }
import type { StatementLineage } from '../types.ts'
import { columnOracle } from '../testing/column-oracle.ts'
import type { ColumnOracle, Moved } from '../testing/column-oracle.ts'

let oracle: ColumnOracle
beforeAll(async () => {
  oracle = await columnOracle()
})

/** `table.column` of everything that may move an output. */
const claimsOf = ({ columns, rows }: StatementLineage): readonly ReadonlySet<string>[] =>
  columns.map(({ direct, indirect }) => new Set([...direct, ...indirect, ...rows].map(({ name, column }) => `${name}.${column}`)))

const unclaimed = (moves: readonly Moved[], names: readonly string[], claims: readonly ReadonlySet<string>[]): readonly string[] =>
  moves.filter(({ output, source }) => claims[names.indexOf(output)]?.has(source) !== true).map(({ output, source }) => `${source} moves ${output}`)

describe('column lineage claims every column that is seen to move', () => {
  let tried = 0
  const direct = { claimed: 0, seen: 0, flowing: 0 }
  it.each(queries)('%s', async (sql) => {
    const lineage = await oracle.read(sql)
    expect(lineage.guesses).toEqual([])
    const { moves, tried: runs } = await oracle.movesOf(sql, lineage.tables.map(({ name }) => name))
    tried += runs
    expect(unclaimed(moves, lineage.columns.map(({ name }) => name), claimsOf(lineage))).toEqual([])
    const flows = await oracle.flowsOf(sql, lineage.tables.map(({ name }) => name))
    const directly = lineage.columns.map(({ direct: sources }) => new Set(sources.map((source) => `${source.name}.${source.column}`)))
    expect(unclaimed(flows, lineage.columns.map(({ name }) => name), directly)).toEqual([])
    direct.flowing += flows.length
    const seen = new Set(moves.map(({ output, source }) => `${output}|${source}`))
    for (const { name, direct: sources } of lineage.columns) {
      direct.claimed += sources.length
      direct.seen += sources.filter((source) => seen.has(`${name}|${source.name}.${source.column}`)).length
    }
  })

  it('was asked of more than a hundred statements, and of thousands of changed tables', () => {
    expect(queries.length).toBeGreaterThan(100)
    expect(tried).toBeGreaterThan(2_000)
  })

  it('claims little directly that does not move, and what flows as flowing', () => {
    expect(direct.flowing).toBeGreaterThan(150)
    expect(direct.seen / direct.claimed).toBeGreaterThan(0.95)
  })
})

describe('the oracle would see a mistake', () => {
  it.each([
    { mistake: 'a column of a filter', sql: 'select id from flights where delay > 10', source: 'flights.delay', seen: ['flights.delay moves id'] },
    { mistake: 'the order of a window', sql: 'select id, row_number() over (order by delay, id) as rank, lag(origin) over (order by distance, id) as o from flights', source: 'flights.distance', seen: ['flights.distance moves o'] },
    { mistake: 'a value', sql: 'select origin, max(delay) as m from flights group by origin', source: 'flights.delay', seen: ['flights.delay moves m'] },
  ])('without $mistake', async ({ sql, source, seen }) => {
    const lineage = await oracle.read(sql)
    const { moves } = await oracle.movesOf(sql, lineage.tables.map(({ name }) => name))
    const names = lineage.columns.map(({ name }) => name)
    expect(unclaimed(moves, names, claimsOf(lineage))).toEqual([])
    const mistaken = claimsOf(lineage).map((claims) => new Set([...claims].filter((one) => one !== source)))
    expect(unclaimed(moves, names, mistaken)).toEqual(seen)
  })
})
