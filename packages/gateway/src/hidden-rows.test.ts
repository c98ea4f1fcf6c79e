// The contract: nothing that a statement answers depends on how many rows are hidden from its asker, nor on where they lie, in
// tables of several row groups. There an engine is handed other pieces than where the visible rows are alone: it tries
// conditions in another order, ends at a LIMIT elsewhere and fails sooner or later. The control hides rows by the mask alone.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayRig, TestTable } from './testing.ts'
import type { Governor } from './types.ts'
import { createGovernor } from './execute.ts'
import { column, gatewayRig } from './testing.ts'

const COLUMNS = [column('id', 'int', 1, { primaryKey: true }), column('name', 'string', 2), column('region', 'string', 3)]
// Twenty pieces, before an engine tries conditions in another order; with the hidden ones, three row groups.
const [VISIBLE, HIDDEN] = [40_000, 8]
const seen = (n: string): string => `select (${n})::int as id, 'n' || (${n}) % 1000 as name, 'EU' as region`
const hidden = (n: string): string => `select -(${n})::int as id, 'h' || (${n}) as name, 'LA' as region`
const WORLDS = {
  none: `${seen('i')} from range(${VISIBLE}) t(i)`,
  among: `select case when i % 9 = 0 then i // 9 else -i end::int as id, case when i % 9 = 0 then 'n' || (i // 9) % 1000 else 'h' || i end as name, case when i % 9 = 0 then 'EU' else 'LA' end as region from range(${(1 + HIDDEN) * VISIBLE}) t(i)`,
  first: `(${hidden('i')} from range(${HIDDEN * VISIBLE}) t(i)) union all (${seen('i')} from range(${VISIBLE}) t(i))`,
} as const
type World = keyof typeof WORLDS
const NAMES = Object.keys(WORLDS) as readonly World[]
const TABLES: readonly TestTable[] = NAMES.map((world) => ({ product: world, dataSet: { name: 'people', columns: COLUMNS }, query: WORLDS[world] }))

const HUGE = '9223372036854775807'
const STATEMENTS: readonly string[] = [
  `select count(*) from TABLE where id < 0 and left('abc', case when random() < 2 then ${HUGE} end) = 'x'`,
  `select count(*) from TABLE where random() < -1 and left('abc', case when random() < 2 then ${HUGE} end) = 'x'`,
  `select count(*) from TABLE where id >= 0 or left('abc', case when random() < 2 then ${HUGE} end) = 'x'`,
  `select count(case when id < 0 and chr(case when random() < 2 then 2000000000 end::int) = 'x' then 1 end) from TABLE`,
  // It ends at the limit before the row that fails, or comes to it in the same piece.
  `select id from TABLE where (case when id = 1500 then 'x' else '1' end)::int = 1 limit 3`,
  `select count(*) from (select id, name from TABLE order by id limit 5) where left(name, 2) = 'n1'`,
]

let rig: GatewayRig
let masking: Governor
beforeAll(async () => {
  rig = await gatewayRig({ tables: TABLES })
  for (const world of NAMES) rig.grant('ana', world)
  rig.refine(() => ({ rowFilter: { condition: `CASE WHEN "region" = 'EU' THEN "id" >= 0 ELSE false END`, reads: [] } }))
  masking = createGovernor({ authorizer: rig.authorizer, engine: rig.engine, audit: rig.audit, clock: { now: () => Date.now(), sleep: async () => {} }, folder: join(rig.folder, 'engines'), limits: { sliceMegabytes: 0 } })
})
afterAll(async () => {
  await masking?.close()
  await rig?.close()
})

async function answer(governor: Governor, sql: string): Promise<string> {
  const signal = new AbortController().signal
  const prepared = await governor.prepare(rig.who('ana'), sql, 'sql')
  const opened = prepared.ok ? await prepared.value.open({ parameters: [], encoding: { kind: 'ndjson' }, signal }) : prepared
  if (!opened.ok) return opened.diagnostics.map(({ code }) => code).join()
  const batch = await opened.value.fetch(10, signal)
  await opened.value.close()
  return batch.ok ? Buffer.from(batch.value.bytes).toString('utf8') : batch.diagnostics.map(({ code }) => code).join()
}

/** What each world answers, in some runs. */
async function answers(governor: Governor, sql: string, runs: number): Promise<readonly string[]> {
  const all: string[] = []
  for (const world of NAMES) {
    const said: string[] = []
    for (let i = 0; i < runs; i += 1) said.push(await answer(governor, sql.replaceAll('TABLE', `${world}.people`)))
    all.push([...new Set(said)].toSorted().join(' or '))
  }
  return all
}

describe('worlds with no hidden row, with many among the visible ones, and before them', () => {
  it.each(STATEMENTS)('answer alike: %s', async (sql) => {
    const [none, ...others] = await answers(rig.governor, sql, 3)
    expect(others).toEqual(others.map(() => none))
  })

  it('have slices that are the same, byte for byte', async () => {
    for (const world of NAMES) expect(await answer(rig.governor, `select count(*) as n from ${world}.people`)).toBe(`{"n":${VISIBLE}}\n`)
    const folders = (await readdir(join(rig.folder, 'engines'))).filter((name) => name.startsWith('gateway-slices-'))
    const files = (await Promise.all(folders.map(async (folder) => (await readdir(join(rig.folder, 'engines', folder))).map((name) => join(rig.folder, 'engines', folder, name))))).flat()
    expect(files).toHaveLength(NAMES.length)
    const hashes = await Promise.all(files.map(async (file) => createHash('sha256').update(await readFile(file)).digest('hex')))
    expect(new Set(hashes).size).toBe(1)
  })

  it('are told apart by the mask alone', async () => {
    const told: string[] = []
    for (const sql of STATEMENTS) {
      const [none, ...others] = await answers(masking, sql, 3)
      if (others.some((other) => other !== none)) told.push(sql)
    }
    expect(told).toEqual(expect.arrayContaining([STATEMENTS[0], STATEMENTS[4]]))
  })
})
