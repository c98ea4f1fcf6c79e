// The contract: a statement over a relation cannot tell whether there are rows that it does not see, because a filter leaves
// them out or because they were deleted. The usual forms are the controls: each of them tells, by the statement that is named,
// so a statement that tells of ours would be found.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { Relation } from '../types.ts'
import type { Channel } from './channel.ts'
import { openChannel } from './channel.ts'
import { relationStatements } from './relations.ts'
import { spawnWorker } from './spawn-worker.ts'

const COLUMNS = [{ name: 'id', type: 'long', fieldId: 1 }, { name: 'name', type: 'string', fieldId: 2 }, { name: 'salary', type: 'int', fieldId: 3 }, { name: 'at', type: 'timestamp', fieldId: 4 }, { name: 'team', type: 'string', fieldId: 5 }] as const
const SHOWN = COLUMNS.slice(0, 4)
const ROW = `timestamp '2020-01-01' + interval (i) second as "at"`
const SEEN = `select i::bigint as id, 'n' || i as name, (i % 1000)::int as salary, ${ROW}, 'seen' as team from range(0, 600000, 6) t(i)`
const WORLDS = {
  hidden: `select * from (${SEEN}) union all select i::bigint as id, 'h' || i as name, 2000000 as salary, ${ROW}, 'other' as team from range(1, 600000, 3) t(i) order by id`,
  none: `${SEEN} order by id`,
}
/** By a table of those who are seen: no plan can test it while it reads. */
const JOINED = `EXISTS (SELECT 1 FROM (VALUES ('seen'), ('nobody'), ('zed')) v(t) WHERE v.t = "team")`
const COMPUTED = `CASE WHEN "team" <> 'other' THEN length("name") > 0 ELSE false END`
const HUGE = '9223372036854775807'
const STATEMENTS = {
  statistics: 'select stats(salary) from V limit 1',
  bitstring: 'select length(bitstring_agg(salary)) from V',
  value: `select count(*) from V where left(name, case when salary > 80000 then ${HUGE} else 1 end) = 'x'`,
  dictionary: 'select max(chr(salary)) from V',
  row: `select count(*) from V where left('abc', case when id is null then ${HUGE} else 1 end) = 'x'`,
  constant: `select count(*) from (select * from V where id < 0) where left('abc', ${HUGE}) = 'x'`,
  chance: `select count(*) from (select * from V where id < 0) where left('abc', case when random() < 2 then ${HUGE} end) = 'x'`,
} as const
type Told = keyof typeof STATEMENTS

let rig: EngineRig
let channel: Channel
let cursors = 0
beforeAll(async () => {
  rig = engineRig()
  const writer = await rig.process()
  for (const [world, rows] of Object.entries(WORLDS)) {
    const written = await writer.write(rows, { path: fileOf(world), fieldIds: Object.fromEntries(COLUMNS.map(({ name, fieldId }) => [name, fieldId])) })
    expect(written.ok).toBe(true)
    expect((await writer.write(deletedPlaces(world as keyof typeof WORLDS), { path: deletesOf(world), fieldIds: POSITIONS })).ok).toBe(true)
  }
  await writer.kill()
  channel = openChannel(spawnWorker({ scratch: rig.data, code: join(rig.data, 'code'), memoryMegabytes: 512 }))
  await channel.ask({ verb: 'start', settings: ['SET threads = 2'], readBack: [] }).reply
})
afterAll(async () => {
  channel?.kill()
  await channel?.ended
  await rig?.close()
})
const fileOf = (world: string): string => join(rig.data, `${world}.parquet`)

async function answer(sql: string): Promise<string> {
  cursors += 1
  const opened = await channel.ask({ verb: 'open', cursor: cursors, sql, parameters: [], encoding: { kind: 'rows' } }).reply
  if (opened.kind !== 'done') return JSON.stringify(opened)
  const fetched = await channel.ask({ verb: 'fetch', cursor: cursors, rows: 100 }).reply
  await channel.ask({ verb: 'close', cursor: cursors }).reply
  return fetched.kind === 'done' ? Buffer.from(fetched.body).toString('utf8') : JSON.stringify(fetched)
}

/** What tells the worlds apart. */
async function told(statementsOf: (file: string, world: string) => readonly string[]): Promise<readonly string[]> {
  const answers: string[][] = []
  for (const world of Object.keys(WORLDS)) {
    expect((await channel.ask({ verb: 'run', statements: statementsOf(fileOf(world), world) }).reply).kind).toBe('done')
    const said: string[] = []
    // Which of two conditions is tried first changes while a statement runs, so one that could tell is asked a few times.
    for (const sql of Object.values(STATEMENTS)) said.push([...new Set([await answer(sql.replaceAll('V', 'v')), await answer(sql.replaceAll('V', 'v')), await answer(sql.replaceAll('V', 'v'))])].toSorted().join('\n'))
    answers.push(said)
  }
  return Object.keys(STATEMENTS).filter((_, i) => answers[0]?.[i] !== answers[1]?.[i])
}

const plainView = (condition: string) => (file: string): readonly string[] => [`CREATE OR REPLACE VIEW v AS SELECT ${SHOWN.map(({ name }) => `"${name}"`).join(', ')} FROM read_parquet('${file}') WHERE ${condition}`]
const maskView = (condition: string) => (file: string): readonly string[] =>
  [`CREATE OR REPLACE VIEW v AS SELECT ${SHOWN.map(({ name }) => `CASE WHEN k THEN "${name}" END AS "${name}"`).join(', ')} FROM (SELECT *, ${condition} AS k FROM read_parquet('${file}')) WHERE k`]
const relationView = (condition: string) => (file: string): readonly string[] => {
  const relation: Relation = { schema: 'main', name: 'v', columns: SHOWN, source: COLUMNS, files: [{ path: file }], rowFilter: { condition, reads: [] } }
  return relationStatements([], [relation])
}

// Places of the rows that only one of the worlds has, as a file of deletes names them.
const deletesOf = (world: string): string => join(rig.data, `${world}-deletes.parquet`)
const POSITIONS = { file_path: 2_147_483_546, pos: 2_147_483_545 }
const deletedPlaces = (world: keyof typeof WORLDS): string =>
  `select '/w/${world}' as file_path, pos from (select row_number() over (order by id) - 1 as pos, team from (${WORLDS[world]})) where team = 'other'`

const liveView = (file: string, world: string): readonly string[] =>
  relationStatements([], [{ schema: 'main', name: 'v', columns: SHOWN, files: [{ path: file, addresses: [`/w/${world}`], positionDeletes: [deletesOf(world)] }] }])
const markedView = (file: string, world: string): readonly string[] =>
  [`CREATE OR REPLACE VIEW v AS SELECT ${SHOWN.map(({ name }) => `CASE WHEN kept THEN "${name}" END AS "${name}"`).join(', ')} FROM (SELECT *, file_row_number NOT IN (SELECT pos FROM read_parquet('${deletesOf(world)}')) AS kept FROM read_parquet('${file}', file_row_number = true)) WHERE kept`]

describe('the control', () => {
  it('of a view over a join tells values and statistics', async () => {
    expect(await told(plainView(JOINED))).toEqual(expect.arrayContaining<Told>(['statistics', 'bitstring', 'value']))
  })

  it('of a view over a computed condition tells statistics', async () => {
    expect(await told(plainView(COMPUTED))).toEqual(expect.arrayContaining<Told>(['statistics', 'bitstring']))
  })

  it('of a mask alone hides values and tells that there are rows', async () => {
    const found = await told(maskView(JOINED))
    expect(found).not.toContain('value')
    // That it tells by chance as well depends on which of two conditions the engine happens to try first.
    expect(found).toEqual(expect.arrayContaining<Told>(['row']))
  })

  it('of deleted rows behind a mark alone tells that there were some', async () => {
    expect(await told(markedView)).toEqual(expect.arrayContaining<Told>(['dictionary', 'row']))
  })
})

describe('a relation with deleted rows', () => {
  it('tells nothing of them', async () => {
    expect(await told(liveView)).toEqual([])
  })
})

describe('a filtered relation', () => {
  it.each([['a join', JOINED], ['a computed condition', COMPUTED], ['a comparison', `"team" = 'seen'`], ['a comparison that no file can tell', `"team" <> 'other'`]])('tells nothing under %s', async (_, condition) => {
    expect(await told(relationView(condition))).toEqual([])
  })
})
