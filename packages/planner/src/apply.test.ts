import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { postgresCatalog } from '@tulle/providers'
import type { MeshWords, ProductWords } from '@tulle/providers/testing'
import { tryAdvisoryLock } from '@tulle/store'
import { applyPlan, MESH_LOCK } from './apply.ts'
import { readApply, readProductApplies } from './journal.ts'
import { reconcileProduct } from './reconcile.ts'
import { applyRig, factsOf, linesOf, valueOf } from './testing/apply-rig.ts'
import type { ApplyRig } from './testing/apply-rig.ts'
import { afterApply, emptyWorld } from './testing/world.ts'
import type { Plan } from './types.ts'

let rig: ApplyRig
beforeAll(async () => {
  rig = await applyRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

const airports: ProductWords = { domain: 'network', dataSets: { airports: { columns: { iata: 'string!' }, from: 'file' } }, inputs: { file: 'data/airports.csv' } }
const flights: ProductWords = { dataSets: { flights: { columns: { date: 'timestamp!', delay: 'int' }, reads: ['airports.airports'] } } }
const base: MeshWords = { domains: { network: {}, operations: {} }, products: { flights, airports } }
const moved: MeshWords = { ...base, products: { airports, flights: { ...flights, domain: 'network' } } }

const db = () => rig.context.store.db
const pointers = () => db().selectFrom('table_pointer').select(['uuid', 'namespace', 'name', 'metadata_location', 'archived_at']).orderBy('namespace').execute()
const events = async () => (await db().selectFrom('outbox').select(['type', 'subject', 'data']).orderBy('seq').execute())

beforeEach(async () => {
  await sql`truncate resource, table_pointer, outbox, apply, apply_stage, access_grant, mesh_state cascade`.execute(db())
  await Promise.all((await readdir(rig.providers.warehouse)).map((name) => rm(join(rig.providers.warehouse, name), { recursive: true })))
})

describe('an apply', () => {
  it('makes the mesh as its files say; the second plan has nothing to do, and applying that does nothing', async () => {
    expect(await rig.make(base)).toMatchObject({ status: 'succeeded', startedBy: 'ada', diagnostics: [] })
    const plan = await rig.plan(base)
    expect(linesOf(plan)).toEqual([])
    const before = (await events()).length
    expect(await rig.apply(plan)).toMatchObject({ ok: true, value: { status: 'succeeded', stages: [] } })
    expect((await events()).length).toBe(before)
  })

  it('ends exactly where the algebra says', async () => {
    const plan = await rig.plan(base)
    valueOf(await rig.apply(plan))
    expect(factsOf(await rig.providers.observe())).toEqual(factsOf(afterApply({ ...emptyWorld, basis: plan.basis }, plan)))
  })

  it('can be a saved plan, read back from its JSON', async () => {
    const saved = JSON.parse(JSON.stringify(await rig.plan(base))) as Plan
    valueOf(await rig.apply(saved))
    expect(linesOf(await rig.plan(base))).toEqual([])
  })

  it('tells its progress and journals it, stage by stage', async () => {
    const told: string[] = []
    const { id, stages } = valueOf(await rig.apply(await rig.plan(base), { id: 'apply-1', onStage: ({ ordinal, total, title, status }) => told.push(`${ordinal}/${total} ${title} ${status}`) }))
    expect(told.slice(0, 4)).toEqual(['1/5 Mesh, capabilities and teams running', '1/5 Mesh, capabilities and teams succeeded', '2/5 Data domain network running', '2/5 Data domain network succeeded'])
    expect(id).toBe('apply-1')
    expect(stages.map(({ title, status }) => [title, status])).toEqual([
      ['Mesh, capabilities and teams', 'succeeded'], ['Data domain network', 'succeeded'], ['Data domain operations', 'succeeded'], ['Data product airports', 'succeeded'], ['Data product flights', 'succeeded'],
    ])
    expect((await events()).at(-1)).toMatchObject({ type: 'tulle.apply.finished', subject: 'apply-1', data: { status: 'succeeded', startedBy: 'ada', summary: { create: 23 } } })
  })

  it('is told of each product that it changed, and of no other', async () => {
    await rig.make(base)
    const narrower: MeshWords = { ...base, products: { airports, flights: { dataSets: { flights: { columns: { date: 'timestamp!' }, reads: ['airports.airports'] } } } } }
    valueOf(await rig.apply(await rig.plan(narrower, { allowBreaking: true })))
    const [newest, first, ...more] = await readProductApplies(db(), 'flights', 10)
    expect(more).toEqual([])
    expect(newest).toMatchObject({ by: 'ada', status: 'succeeded', changes: [{ ref: 'data-set:flights.flights', action: 'update', breaking: true, sentences: expect.arrayContaining(['Column delay (int) is dropped.']) as string[] }] })
    expect(new Set(first?.changes.map(({ action }) => action))).toEqual(new Set(['create']))
    expect(first?.changes.every(({ ref }) => /^[a-z-]+:flights(?:\.|$)/u.test(ref))).toBe(true)
    expect(await readProductApplies(db(), 'airports', 10), 'the second apply left it alone').toHaveLength(1)
    expect(await readProductApplies(db(), 'flight', 10)).toEqual([])
    expect(await readProductApplies(db(), 'flights', 1)).toHaveLength(1)
  })

  it('writes one event per resource, in the order in which they became true', async () => {
    await rig.make(base)
    const changed = (await events()).filter(({ type }) => type === 'tulle.resource.changed').map(({ subject }) => subject)
    expect(changed).toHaveLength(23)
    expect(changed.slice(0, 3)).toEqual(['mesh:mesh', 'technical-team:ops', 'data-domain:network'])
  })

  it('leaves the mesh\'s own facts where every room finds them', async () => {
    await rig.make(base)
    expect(await db().selectFrom('mesh_state').select('mesh').executeTakeFirst()).toMatchObject({ mesh: { name: 'test', purposes: [{ name: 'testing', title: 'testing' }] } })
  })

  it('ends its journal even where we are at fault, and says so', async () => {
    const plan = await rig.plan(base)
    const providers = rig.context.providers.map((provider) => (provider.kind === 'workflow' ? { ...provider, create: () => Promise.reject(new TypeError('x is undefined')) } : provider))
    const broken = await applyPlan({ ...rig.context, providers }, plan, { startedBy: 'ada', id: 'ours' })
    expect(broken.ok ? '' : broken.diagnostics[1]?.message).toBe('This is a bug in Tulle, not in your files: an effect threw "x is undefined". Please report it.')
    expect(valueOf(await readApply(db(), 'ours')).stages.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded', 'failed', 'skipped'])
  })

  it('stops after the first stage that fails and keeps what succeeded; mended, the next one goes on from there', async () => {
    await rig.make({ ...base, products: {} })
    const plan = await rig.plan(base)
    const broken = await applyBroken(plan)
    expect(broken.ok ? [] : broken.diagnostics.map(({ message }) => message)).toEqual([
      '"Data product flights" failed: The column type "nonsense" is not known. Of 2 stages 1 succeeded and are kept.', 'The column type "nonsense" is not known.',
    ])
    const applied = await db().selectFrom('apply').select(['id', 'status']).orderBy('started_at', 'desc').executeTakeFirstOrThrow()
    expect(applied.status).toBe('failed')
    expect(valueOf(await readApply(db(), applied.id)).stages.map(({ title, status }) => [title, status])).toEqual([['Data product airports', 'succeeded'], ['Data product flights', 'failed']])
    expect(linesOf(await rig.plan(base))).toEqual(['create data-set:flights.flights', 'create output-port:flights.sql', 'create control-port:flights', 'create workflow:flights'])
    await rig.make(base)
    expect(linesOf(await rig.plan(base))).toEqual([])
  })
})

/** Applies with a provider of data sets that refuses flights, as a full disk would. */
async function applyBroken(plan: Plan) {
  const providers = rig.context.providers.map((provider) => (provider.kind !== 'data-set' ? provider : {
    ...provider,
    create: (...args: Parameters<typeof provider.create>) =>
      (args[1].ref === 'data-set:flights.flights'
        ? Promise.resolve({ ok: false as const, diagnostics: [{ code: 'unknown-type', severity: 'error' as const, message: 'The column type "nonsense" is not known.' }] })
        : provider.create(...args)),
  }))
  return applyPlan({ ...rig.context, providers }, plan, { startedBy: 'ada' })
}

describe('a move', () => {
  it('destroys nothing: same ids, same tables, same files, same grants', async () => {
    await rig.make(base)
    const id = (await rig.providers.observed('data-product:flights'))?.id ?? ''
    await db().insertInto('access_grant').values({ id: 'g1', subject_kind: 'user', subject: 'ana', product_id: id, data_set: null, columns: null, purposes: '["testing"]', granted_by: 'olga', granted_at: new Date(), expires_at: null, revoked_at: null, revoked_by: null }).execute()
    const before = await pointers()
    const files = (await readdir(rig.providers.warehouse, { recursive: true })).toSorted()
    const plan = await rig.plan(moved)
    expect(linesOf(plan)).toEqual(['move data-product:flights'])
    valueOf(await rig.apply(plan))
    expect(await rig.providers.observed('data-product:flights')).toMatchObject({ id, spec: { domain: 'network' } })
    expect(await pointers()).toEqual(before)
    expect((await readdir(rig.providers.warehouse, { recursive: true })).toSorted()).toEqual(files)
    expect((await rig.providers.observe()).grants).toMatchObject([{ subject: 'ana', productId: id }])
  })
})

describe('what the files no longer declare', () => {
  const left: MeshWords = { ...base, products: { airports } }

  it('is kept, archived with --prune, and comes back with its id and its tables', async () => {
    await rig.make(base)
    const id = (await rig.providers.observed('data-product:flights'))?.id
    const before = await pointers()
    expect(linesOf(await rig.plan(left))).toEqual([])
    await rig.make(left, { prune: true })
    expect(await rig.providers.observed('data-product:flights')).toMatchObject({ id, archived: true })
    expect(await postgresCatalog(db()).find({ namespace: 'flights', name: 'flights' })).toBeUndefined()
    expect(linesOf(await rig.plan(left, { prune: true }))).toEqual([])
    const back = await rig.plan(base)
    expect(linesOf(back)).toEqual(['restore data-product:flights', 'restore data-set:flights.flights', 'restore output-port:flights.sql', 'restore control-port:flights', 'restore workflow:flights'])
    valueOf(await rig.apply(back))
    expect(await rig.providers.observed('data-product:flights')).toMatchObject({ id, archived: false })
    expect(await pointers()).toEqual(before)
  })

  it('is destroyed with --allow-destroy, files and archived things included', async () => {
    await rig.make(base)
    await rig.make(left, { prune: true })
    const id = (await rig.providers.observed('data-product:flights'))?.id ?? ''
    await rig.make(left, { allowDestroy: true })
    expect((await rig.providers.observe()).resources.has('data-product:flights')).toBe(false)
    expect((await pointers()).map(({ namespace }) => namespace)).toEqual(['airports'])
    expect((await readdir(join(rig.providers.warehouse, id), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())).toEqual([])
    expect(linesOf(await rig.plan(left, { allowDestroy: true }))).toEqual([])
  })
})

describe('a table dropped by hand', () => {
  it('is seen by plan and healed by apply, which says what became of its data', async () => {
    await rig.make(base)
    await sql`delete from table_pointer where namespace = 'flights'`.execute(db())
    const plan = await rig.plan(base)
    expect(linesOf(plan)).toEqual(['heal data-set:flights.flights'])
    const { stages } = valueOf(await rig.apply(plan))
    expect(stages).toMatchObject([{ title: 'Data product flights', message: 'The table flights.flights points again to its newest published metadata file; its data is back.' }])
    expect(linesOf(await rig.plan(base))).toEqual([])
  })

  it('is healed by reconciling its product too, without any file', async () => {
    await rig.make(base)
    await sql`delete from table_pointer where namespace = 'flights'`.execute(db())
    expect(valueOf(await reconcileProduct(rig.context, 'flights')).conditions).toMatchObject([{ status: 'true', reason: 'healed' }])
    expect(valueOf(await reconcileProduct(rig.context, 'flights')).conditions).toMatchObject([{ status: 'true', reason: 'as-declared' }])
    expect(linesOf(await rig.plan(base))).toEqual([])
  })
})

describe('a row changed by hand', () => {
  const EDITS: Readonly<Record<string, string>> = {
    'its facts': `update resource set spec = jsonb_set(spec, '{title}', '"Hacked"') where ref = 'data-product:flights'`,
    'its fingerprint': `update resource set fingerprint = 'x' where ref = 'data-product:flights'`,
    'its product': `update resource set product = 'airports' where ref = 'data-product:flights'`,
  }
  for (const [what, edit] of Object.entries(EDITS)) {
    it(`in ${what} is seen, also by an observer that looked before, and healed`, async () => {
      await rig.make(base)
      const id = (await rig.providers.observed('data-product:flights'))?.id
      await sql.raw(edit).execute(db())
      const plan = await rig.plan(base)
      expect(linesOf(plan)).toEqual(['heal data-product:flights'])
      valueOf(await rig.apply(plan))
      expect(linesOf(await rig.plan(base))).toEqual([])
      expect((await rig.providers.observed('data-product:flights'))?.id).toBe(id)
    })
  }

  it('is beyond reconciling: only the files know better', async () => {
    await rig.make(base)
    await sql.raw(EDITS['its facts'] as string).execute(db())
    expect(valueOf(await reconcileProduct(rig.context, 'flights')).conditions).toEqual([
      { type: 'Ready', status: 'false', reason: 'healing-failed', message: 'The row of data-product:flights in the control database was changed by hand. Plan and apply its files to mend it.' },
    ])
  })

  it('that is gone comes back, and adopts the table that is still there', async () => {
    await rig.make(base)
    const before = await pointers()
    await sql`delete from resource where ref = 'data-set:flights.flights'`.execute(db())
    await rig.make(base)
    expect(await pointers()).toEqual(before)
    expect(linesOf(await rig.plan(base))).toEqual([])
  })
})

describe('a plan made before the mesh moved', () => {
  it('is refused as stale, and changes nothing', async () => {
    const old = await rig.plan(base)
    await rig.make({ ...base, title: 'Another' })
    const world = factsOf(await rig.providers.observe())
    const refused = await rig.apply(old)
    expect(refused.ok ? [] : refused.diagnostics.map(({ code }) => code)).toEqual(['plan-stale'])
    expect(factsOf(await rig.providers.observe())).toEqual(world)
  })

  it('is not stale because a run published or somebody was granted something', async () => {
    await rig.make(base)
    const plan = await rig.plan(moved)
    await sql`update table_pointer set version = version + 1`.execute(db())
    await sql`insert into access_grant values ('g2', 'team', 'ops', 'p', null, null, '["testing"]', 'olga', now())`.execute(db())
    expect((await rig.apply(plan)).ok).toBe(true)
  })

  it('is refused where somebody was granted what it breaks, and names them', async () => {
    const alone: MeshWords = { ...base, products: { airports } }
    await rig.make(alone)
    const id = (await rig.providers.observed('data-product:airports'))?.id ?? ''
    const plan = await rig.plan({ ...base, products: { airports: { ...airports, dataSets: { airports: { columns: { city: 'string' }, from: 'file' } } } } })
    expect(plan.applyable).toBe(true)
    await sql`insert into access_grant values ('g9', 'team', 'crew', ${id}, null, null, '["testing"]', 'olga', now())`.execute(db())
    const refused = await rig.apply(plan)
    expect(refused.ok ? '' : refused.diagnostics[0]?.message).toBe('Since this plan was made, others began to use what it breaks in data-set:airports.airports: team crew.')
  })

  it('that cannot be applied is refused with its reasons', async () => {
    const plan = await rig.plan({ ...base, title: 'a\0b' })
    const refused = await rig.apply(plan)
    expect(refused.ok ? [] : refused.diagnostics.map(({ code }) => code)).toEqual(['plan-not-applyable', 'text-not-storable'])
  })
})

describe('two appliers', () => {
  it('of one plan: one wins, the other is told who is at it, or that the mesh moved', async () => {
    for (let race = 0; race < 12; race += 1) {
      const words: MeshWords = { ...base, title: `Race ${race}` }
      const plan = await rig.plan(words)
      const outcomes = await Promise.all(['ada', 'bob'].map((startedBy) => rig.apply(plan, { startedBy })))
      const [won, lost] = outcomes.toSorted((a, b) => Number(b.ok) - Number(a.ok))
      expect(won?.ok).toBe(true)
      expect(['apply-in-progress', 'plan-stale']).toContain(lost?.ok === false ? lost.diagnostics[0]?.code : 'won too')
      expect(linesOf(await rig.plan(words))).toEqual([])
    }
    const { rows } = await sql<{ doubled: string }>`select ref as doubled from resource group by ref having count(*) > 1`.execute(db())
    expect(rows).toEqual([])
  })

  it('tell the second by whom and since when', async () => {
    const plan = await rig.plan(base)
    await sql`insert into apply (id, plan_fingerprint, plan, status, started_by, started_at) values ('x', '', '{}', 'running', 'bob', '2026-01-02T03:04:05Z')`.execute(db())
    await tryAdvisoryLock(rig.context.store, MESH_LOCK, async () => {
      const refused = await rig.apply(plan)
      expect(refused.ok ? '' : refused.diagnostics[0]?.message).toBe('bob has been applying a plan since 2026-01-02T03:04:05.000Z; only one apply runs at a time.')
      expect(valueOf(await reconcileProduct(rig.context, 'flights'))).toMatchObject({ conditions: [{ reason: 'apply-in-progress' }], retryAfter: 5000 })
    })
    await rig.make(base)
    expect((await db().selectFrom('apply').select('status').where('id', '=', 'x').executeTakeFirst())?.status).toBe('interrupted')
  })

  it('never both change the mesh: whoever lost the lock is stopped at its next effect', async () => {
    const plan = await rig.plan(base)
    let stages = 0
    const overtaken = await rig.apply(plan, {
      onStage: () => {
        stages += 1
        if (stages === 4) void sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`.execute(db()).then(() => sql`update apply set status = 'interrupted'`.execute(db()))
      },
    })
    expect(overtaken.ok ? 'won' : overtaken.diagnostics[0]?.code).toBe('apply-overtaken')
    await rig.make(base)
    expect(linesOf(await rig.plan(base))).toEqual([])
  })
})

describe('whatever the meshes', () => {
  const product = fc.record({
    domain: fc.constantFrom('network', 'operations'),
    title: fc.constantFrom('x', 'y'),
    columns: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('int', 'long', 'string!', 'list<int>', 'struct<x: int not null>'), { minKeys: 1 }),
    outputs: fc.subarray(['sql', 'rest']),
    kept: fc.boolean(),
  })
  const mesh = fc.tuple(product, product, product).map((all): MeshWords => ({
    domains: { network: {}, operations: {} },
    products: Object.fromEntries(all.flatMap(({ kept, columns, outputs, ...words }, index): [string, ProductWords][] => (kept
      ? [[`p${index}`, { ...words, dataSets: { rows: { columns } }, outputs: Object.fromEntries(outputs.map((port) => [port, ['rows']])) }]]
      : []))),
  }))
  const options = fc.record({ prune: fc.boolean(), allowDestroy: fc.boolean(), allowBreaking: fc.constant(true) })

  it('one real apply leads from any to any other, and ends where the algebra says', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(mesh, options), { minLength: 2, maxLength: 3 }), async (steps) => {
      for (const [words, wishes] of steps) {
        const world = await rig.providers.observe()
        const plan = await rig.plan(words, wishes)
        if (plan.applyable) valueOf(await rig.apply(plan))
        expect(factsOf(await rig.providers.observe())).toEqual(factsOf(afterApply(world, plan)))
        expect(linesOf(await rig.plan(words, wishes))).toEqual([])
      }
    }), { numRuns: 10 })
  })
})
