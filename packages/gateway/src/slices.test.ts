// The contract: a slice answers as the mask does, and as a table would that never held anything else; it is shared by all who
// see the same, within bounds, and its readers' engines reach nothing more.

import type { AuditRead } from '@tulle/audit'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { GatewayRig, TestTable } from './testing.ts'
import type { Governor } from './types.ts'
import { createGovernor } from './execute.ts'
import { column, gatewayRig, valueOf } from './testing.ts'

const COLUMNS = [column('id', 'int', 1, { primaryKey: true }), column('name', 'string', 2), column('region', 'string', 3), column('salary', 'long', 4), column('since', 'timestamp', 5), column('price', 'decimal(9, 2)', 6), column('tags', 'list<string>', 7), column('home', 'struct<city: string, zip: int>', 8)]
const ROWS = `select i::int as id, case when i % 11 = 0 then null else 'n' || (i % 97) end as name, ['EU','LA','AF'][1 + (i % 3)::int] as region, (i * 7 % 1000)::bigint as salary,
  timestamp '2020-01-01' + interval (i) hour as since, (i * 1.25)::decimal(9,2) as price, [region, 't' || (i % 5)] as tags, {'city': 'c' || (i % 7), 'zip': (i % 50)::int} as home from range(2000) t(i)`
const CONSENTS = 'select i::int as person, (i % 4 = 0) as given from range(2000) t(i)'
const TABLES: readonly TestTable[] = [
  { product: 'staff', dataSet: { name: 'people', columns: COLUMNS }, query: ROWS },
  { product: 'consent', dataSet: { name: 'consents', columns: [column('person', 'int', 1), column('given', 'boolean', 2)] }, query: CONSENTS },
  { product: 'oracle', dataSet: { name: 'people', columns: COLUMNS }, query: ROWS },
]
const READS = [{ productId: 'id-consent', dataSet: 'consents', columns: ['person', 'given'], as: 'consents' }]
const EU = { condition: `"region" = 'EU'`, reads: [] }

let rig: GatewayRig
let masking: Governor
const signal = new AbortController().signal
beforeAll(async () => {
  rig = await gatewayRig({ tables: TABLES })
  for (const user of ['ana', 'bo', 'cy']) for (const product of ['staff', 'oracle']) rig.grant(user, product)
  masking = createGovernor({ authorizer: rig.authorizer, engine: rig.engine, audit: rig.audit, clock: { now: () => Date.now(), sleep: async () => {} }, folder: join(rig.folder, 'engines'), limits: { sliceMegabytes: 0 } })
})
afterAll(async () => {
  await masking?.close()
  await rig?.close()
})

async function answer(sql: string, { user = 'ana', governor = rig.governor } = {}): Promise<readonly string[] | string> {
  const prepared = await governor.prepare(rig.who(user), sql, 'sql')
  const opened = prepared.ok ? await prepared.value.open({ parameters: [], encoding: { kind: 'ndjson' }, signal }) : prepared
  if (!opened.ok) return opened.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n')
  const batch = await opened.value.fetch(100_000, signal)
  await opened.value.close()
  return batch.ok ? Buffer.from(batch.value.bytes).toString('utf8').trim().split('\n') : batch.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n')
}
const lastRead = (): AuditRead | undefined => rig.audit.lines.at(-1)?.reads[0]
const engines = (): Promise<readonly string[]> => readdir(join(rig.folder, 'engines'))
const slicesOf = async (): Promise<readonly string[]> => {
  const found = await Promise.all((await engines()).filter((name) => name.startsWith('gateway-slices-')).map((name) => readdir(join(rig.folder, 'engines', name))))
  return found.flat()
}

describe('a slice', () => {
  const count = 'select count(*) as n, sum(salary) as s from staff.people'

  it('is made before the first answer, and shared by all who see the same', async () => {
    rig.refine((subject) => ({ rowFilter: EU, ...(subject.name === 'cy' && { masks: { name: 'NULL' } }) }))
    const before = rig.governor.slices()
    const [first, same] = await Promise.all([answer(count), answer(count, { user: 'bo' })])
    expect(same).toEqual(first)
    expect(rig.audit.lines.slice(-2).map(({ reads }) => reads[0]?.form)).toEqual(['slice', 'slice'])
    expect(rig.governor.slices().made).toBe(before.made + 1)
    expect(await answer(count)).toEqual(first)
    expect(rig.governor.slices()).toMatchObject({ made: before.made + 1, used: before.used + 1 })
    await answer(count, { user: 'cy' })
    expect(rig.governor.slices().made).toBe(before.made + 2)
  })

  it('is made anew when what its filter reads is published', async () => {
    rig.refine((_, { product }) => (product?.name === 'staff' ? { rowFilter: { condition: `"id" IN (SELECT "person" FROM "consents" WHERE "given")`, reads: READS } } : {}))
    const sql = 'select count(*) as n from staff.people'
    expect(await answer(sql)).toEqual(['{"n":500}'])
    await rig.publish('consent', 'consents', 'select i::int as person, (i % 8 = 0) as given from range(2000) t(i)')
    expect(await answer(sql)).toEqual(['{"n":250}'])
    expect(lastRead()).toMatchObject({ form: 'slice' })
  })

  it('is all that its reader\'s engine can reach of the table', async () => {
    rig.refine(() => ({ rowFilter: { condition: `"region" = 'AF'`, reads: [] } }))
    await using own = await gatewayRig({ tables: TABLES })
    own.grant('ana', 'staff')
    own.refine(() => ({ rowFilter: { condition: `"region" = 'AF'`, reads: [] } }))
    const run = async (): Promise<void> => {
      const prepared = valueOf(await own.governor.prepare(own.who('ana'), 'select count(*) from staff.people', 'sql'))
      const rows = valueOf(await prepared.open({ parameters: [], encoding: { kind: 'ndjson' }, signal }))
      valueOf(await rows.fetch(10, signal))
      await rows.close()
    }
    const reachable = async (): Promise<readonly number[]> => {
      const folders = (await readdir(join(own.folder, 'engines'))).filter((name) => name.startsWith('gateway-') && !name.startsWith('gateway-slices-'))
      const files = (await Promise.all(folders.map(async (name) => (await readdir(join(own.folder, 'engines', name, 'files'))).map((file) => join(own.folder, 'engines', name, 'files', file))))).flat()
      return Promise.all(files.map(async (file) => (await stat(file)).ino))
    }
    const whole = (await stat(join(own.folder, 'warehouse', 'staff-people-1001.parquet'))).ino
    await run()
    const after = await reachable()
    expect(after).toHaveLength(1)
    expect(after).not.toContain(whole)
  })

  it('goes when others need the room, or nobody used it, or the gateway ends', async () => {
    const whole = (await stat(join(rig.folder, 'warehouse', 'staff-people-1001.parquet'))).size
    const governor = createGovernor({ authorizer: rig.authorizer, engine: rig.engine, audit: rig.audit, clock: { now: () => Date.now(), sleep: async () => {} }, folder: join(rig.folder, 'engines'), limits: { sliceMegabytes: (1.1 * whole) / 1024 / 1024, sliceIdleMilliseconds: 1500 } })
    const kept = new Set(await slicesOf())
    for (const region of ['EU', 'LA', 'AF']) {
      rig.refine(() => ({ rowFilter: { condition: `"region" <> '${region}'`, reads: [] } }))
      await answer('select count(*) from staff.people', { governor })
    }
    const { made, count: held, bytes } = governor.slices()
    expect(made).toBe(3)
    expect(held).toBeLessThan(3)
    expect(bytes).toBeLessThanOrEqual(1.1 * whole)
    const files = async () => (await slicesOf()).filter((name) => !kept.has(name)).length
    await vi.waitFor(async () => expect(await files()).toBe(governor.slices().count), { timeout: 30_000 })
    await vi.waitFor(async () => expect([governor.slices().count, governor.slices().bytes, await files()]).toEqual([0, 0, 0]), { timeout: 30_000 })
    await governor.close()
    expect((await slicesOf()).filter((name) => !kept.has(name))).toEqual([])
  })

  it('that cannot be made is not tried again and again, and nothing is read in another form', async () => {
    rig.refine((_, { product }) => (product?.name === 'staff' ? { rowFilter: { condition: `CAST("name" AS INTEGER) IN (SELECT "person" FROM "consents")`, reads: READS } } : {}))
    const { failed } = rig.governor.slices()
    for (let i = 0; i < 3; i += 1) expect(await answer(count)).toMatch(/^slice-failed: The rows of staff\.people/u)
    expect(rig.governor.slices().failed).toBe(failed + 1)
  })

  it('that is larger than the room for all is refused with what to do, and the table is read where there is room', async () => {
    rig.refine(() => ({ rowFilter: { condition: `"region" <> 'AF'`, reads: [] } }))
    const small = createGovernor({ authorizer: rig.authorizer, engine: rig.engine, audit: rig.audit, clock: { now: () => Date.now(), sleep: async () => {} }, folder: join(rig.folder, 'engines'), limits: { sliceMegabytes: 0.001 } })
    for (let i = 0; i < 2; i += 1) expect(await answer(count, { governor: small })).toMatch(/^slice-too-large: The rows of staff\.people that you may read are more than 0\.001 MB/u)
    expect(small.slices()).toMatchObject({ failed: 1, count: 0 })
    expect(await answer(count)).toHaveLength(1)
    await small.close()
  })

  it('is not waited for by who stops waiting', async () => {
    rig.refine(() => ({ rowFilter: { condition: `"salary" > 17`, reads: [] } }))
    const prepared = valueOf(await rig.governor.prepare(rig.who('ana'), count, 'sql'))
    const reason = { code: 'statement-cancelled', severity: 'error', message: 'enough' }
    const opened = await prepared.open({ parameters: [], encoding: { kind: 'ndjson' }, signal: AbortSignal.abort(reason) })
    expect(opened.diagnostics).toEqual([reason])
    expect(await answer(count)).toHaveLength(1)
  })
})

interface RandomPolicy { readonly condition: string; readonly reads: boolean; readonly masks: Readonly<Record<string, string>>; readonly columns: readonly string[] }
const simple = fc.constantFrom(`"region" = 'EU'`, `"region" IN ('EU', 'AF')`, `"salary" > 300`, `"name" IS NOT NULL`, `"since" < TIMESTAMP '2020-02-01'`, `upper("name") LIKE '%1%'`, `"home"."zip" < 25`, `list_contains("tags", 't3')`, `CAST(substr("name", 2) AS INTEGER) > 40`, `"price" / 0 IS NULL`, `100 // ("id" % 5) > 20`)
const consented = fc.constantFrom(`"id" IN (SELECT "person" FROM "consents" WHERE "given")`, `NOT EXISTS (SELECT 1 FROM "consents" c WHERE c."person" = "row"."id" AND c."given")`)
const condition = fc.oneof({ weight: 3, arbitrary: simple }, { weight: 1, arbitrary: fc.tuple(simple, fc.constantFrom('AND', 'OR'), simple).map(([a, by, b]) => `(${a} ${by} ${b})`) }, { weight: 1, arbitrary: consented })
const MASKS: Readonly<Record<string, readonly string[]>> = {
  name: ['NULL', `left("name", 1) || '***'`, `CASE WHEN "region" = 'EU' THEN "name" END`, `md5("name" || 'salt')`],
  salary: [`round("salary", -2)`, `CASE WHEN "region" <> 'LA' THEN "salary" END`, '0', `CAST("name" AS BIGINT)`],
  since: [`date_trunc('month', "since")`, 'NULL'],
  price: [`"price" - "price" % 100`, `"salary"`],
  home: [`{'city': "home"."city", 'zip': NULL}`],
  tags: [`list_filter("tags", x -> x <> "region")`, 'NULL'],
}
const masks = fc.record(Object.fromEntries(Object.entries(MASKS).map(([name, forms]) => [name, fc.option(fc.constantFrom(...forms), { nil: undefined })])))
const policy: fc.Arbitrary<RandomPolicy> = fc.record({ condition, masks, columns: fc.subarray(COLUMNS.map(({ name }) => name).filter((name) => name !== 'id')) }).map((one) => ({
  condition: one.condition, reads: one.condition.includes('consents'), columns: ['id', ...one.columns],
  masks: Object.fromEntries(Object.entries(one.masks).filter((entry): entry is [string, string] => entry[1] !== undefined)),
}))
/** `parts` are what it computes of a row; the rest of it cannot fail. */
interface RandomStatement { readonly text: string; readonly parts: readonly string[] }
const statementOf = (text: string, ...parts: readonly string[]): RandomStatement => ({ text, parts })
const expression = fc.constantFrom('id', 'name', 'region', 'salary', 'since', 'price', 'tags', 'home', 'home.city', 'left(name, 2)', 'salary // 100', 'length(tags)', 'epoch_ms(since)', 'name::int', '(1000 / (salary - 300))::int', 'price::tinyint', 'extract(month from since)', 'upper(region)')
const test = fc.oneof(
  fc.tuple(expression, fc.constantFrom('is null', 'is not null')).map(([e, by]) => `${e} ${by}`),
  fc.constantFrom(`name like 'n1%'`, 'salary > 500', `region = 'EU'`, 'id between 100 and 200', `since >= '2020-01-15'`, 'price < 500.5', 'id % 7 = 3', `left(name, salary) = 'n5'`, 'home.zip = 7', 'id in (1, 6, 300)'),
).map((text) => statementOf(text, text))
const where = fc.oneof(test, fc.tuple(test, fc.constantFrom('and', 'or'), test).map(([a, by, b]) => statementOf(`(${a.text} ${by} ${b.text})`, ...a.parts, ...b.parts)), fc.constant(statementOf('true')))
const statement: fc.Arbitrary<RandomStatement> = fc.oneof(
  fc.tuple(expression, expression, where).map(([a, b, w]) => statementOf(`select id, ${a} as a, ${b} as b from TABLE where ${w.text}`, a, b, ...w.parts)),
  fc.tuple(expression, where).map(([a, w]) => statementOf(`select ${a} as a, count(*) as n, min(id) as m from TABLE where ${w.text} group by 1`, a, ...w.parts)),
  fc.tuple(where, where).map(([a, b]) => statementOf(`select count(*) as n from TABLE x join TABLE y on x.id = y.id + 1 where x.id in (select id from TABLE where ${a.text}) and y.id in (select id from TABLE where ${b.text})`, ...a.parts, ...b.parts)),
  fc.tuple(expression, where).map(([a, w]) => statementOf(`select count(distinct ${a}) as n, count(${a}) as m from TABLE where ${w.text}`, a, ...w.parts)),
  where.map((w) => statementOf(`select * from TABLE where ${w.text}`, ...w.parts)),
)

type Said = readonly string[] | string
// The order of rows that nobody asked for, and which of several rows an error is about, may differ.
const said = (rows: Said): Said => (typeof rows === 'string' ? rows.split(':')[0] as string : rows.toSorted())

/** What the parts fail with where they are computed for every row of `table`, which a statement may do or not do. */
async function errorsOf(parts: readonly string[], table: string): Promise<ReadonlySet<string>> {
  const errors = new Set<string>()
  for (const part of new Set(parts)) {
    const found = said(await answer(`select max(hash(${part})) as h from ${table}`))
    if (typeof found === 'string') errors.add(found)
  }
  return errors
}

/**
 * Whether the governed answer is one that the plain copy could give. How much of a statement is computed is the engine's choice, and
 * plans differ: an error is as good as rows where a row that is seen can raise it, and only there.
 */
async function isAsPlain({ parts }: RandomStatement, governed: Said, plain: Said): Promise<boolean> {
  if (typeof governed !== 'string' && typeof plain !== 'string') return JSON.stringify(governed) === JSON.stringify(plain)
  if (governed === plain) return true
  const possible = await errorsOf(parts, 'oracle.people')
  return [governed, plain].every((one) => typeof one !== 'string' || possible.has(one))
}

describe('any statement under any policy', () => {
  it('has the same answer by mask, by slice and over rows that were never more', async () => {
    const forms = new Map<string, number>()
    await rig.publish('consent', 'consents', CONSENTS)
    await fc.assert(fc.asyncProperty(policy, fc.array(statement, { minLength: 8, maxLength: 8 }), async ({ condition: rows, reads, columns, masks: hidden }, statements) => {
      const shown = COLUMNS.map(({ name, type }) => (columns.includes(name) && hidden[name] !== undefined ? `try(cast((${hidden[name]}) as ${typesOf[name] ?? String(type)})) as ${name}` : name))
      const kept = reads ? rows : `coalesce(try(${rows}), false)`
      await rig.publish('oracle', 'people', `with "consents" as (${CONSENTS}) select ${shown.join(', ')} from (${ROWS}) as "row" where ${kept}`)
      rig.refine((_, { product }) => (product?.name === 'staff' ? { columns, masks: Object.fromEntries(Object.entries(hidden).filter(([name]) => columns.includes(name))), rowFilter: { condition: rows, reads: reads ? READS : [] } } : { columns }))
      for (const one of statements) {
        const sql = one.text.replaceAll('TABLE', 'staff.people')
        const expected = said(await answer(one.text.replaceAll('TABLE', 'oracle.people')))
        const sliced = said(await answer(sql))
        forms.set(lastRead()?.form ?? 'none', (forms.get(lastRead()?.form ?? 'none') ?? 0) + 1)
        const masked = said(await answer(sql, { governor: masking }))
        for (const given of [sliced, masked]) if (!(await isAsPlain(one, given, expected))) expect([sql, given]).toEqual([sql, expected])
      }
    }), { numRuns: 15 })
    expect(forms.get('slice')).toBeGreaterThan(5)
  }, 180_000)

  it('is told from one that meets a row which is not seen, by its error and by its rows', async () => {
    await rig.publish('oracle', 'people', `select * from (${ROWS}) where name is null`)
    rig.refine(() => ({}))
    const [failing, counting] = [statementOf('select count(name::int) as n from TABLE', 'name::int'), statementOf('select count(*) as n from TABLE')]
    const told = async (one: RandomStatement): Promise<boolean> => !(await isAsPlain(one, said(await answer(one.text.replaceAll('TABLE', 'staff.people'))), said(await answer(one.text.replaceAll('TABLE', 'oracle.people')))))
    expect([await told(failing), await told(counting)]).toEqual([true, true])
    await rig.publish('oracle', 'people', ROWS)
    expect([await told(failing), await told(counting)]).toEqual([false, false])
    // Another plan leaves the failing part out; here a row that is seen can raise it.
    expect(await isAsPlain(failing, ['{"n":5}'], 'engine-invalid-value')).toBe(true)
    expect(await isAsPlain(counting, ['{"n":5}'], 'engine-invalid-value')).toBe(false)
  })
})

const typesOf: Readonly<Record<string, string>> = { name: 'varchar', region: 'varchar', salary: 'bigint', price: 'decimal(9, 2)', tags: 'varchar[]', home: 'struct(city varchar, zip integer)' }
