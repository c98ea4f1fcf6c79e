import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { Lake } from '@tulle/lake'
import { readProductDefinitions } from '@tulle/providers'
import { appendEvent } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import { readCertification } from './certify/grant-badge.ts'
import { acknowledgeIncident, resolveIncident } from './incidents/change-incident.ts'
import { followGate } from './incidents/follow-gate.ts'
import { findIncident, listIncidents } from './incidents/read-incidents.ts'
import { openServiceLevels } from './service-levels.ts'
import type { ServiceLevels } from './service-levels.ts'
import { openSampler } from './sampler.ts'
import { readSamples } from './samples.ts'
import type { Probe } from './types.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 0, 10, 12)
let rig: TestStore
let clock: FakeClock
let levels: ServiceLevels
let probe: Probe
const db = () => rig.store.db

beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())
beforeEach(async () => {
  for (const table of ['sli_sample', 'slo_burn', 'incident_entry', 'incident', 'certification', 'check_verdict', 'run', 'resource', 'outbox', 'mesh_state', 'stream_position', 'stream_segment', 'stream'] as const) await db().deleteFrom(table).execute()
  clock = fakeClock(START)
  probe = { answers: true, milliseconds: 1 }
  levels = open()
})

/** A new process on the same database. */
const open = (): ServiceLevels => openServiceLevels({ store: rig.store, lake: {} as Lake, clock, probe: async () => probe })

const resource = (kind: string, name: string, product: string, spec: Record<string, unknown>) =>
  db().insertInto('resource').values({ id: `${kind}-${name}`, kind, ref: `${kind}:${name}`, product, spec: JSON.stringify(spec), fingerprint: '', updated_at: new Date(START) }).execute()

let generation = 0
/** Applies a product `flights` with these promises, each by one indicator, and one that reads it. */
async function apply(promises: readonly { readonly objective: number; readonly window: string; readonly indicator: Record<string, Json> }[], certification?: Json): Promise<void> {
  await db().deleteFrom('resource').execute()
  await resource('data-product', 'flights', 'flights', { name: 'flights', title: 'Flights', description: 'All.', domain: 'ops', team: 'ops', owner: 'dora', tags: [], certified: false, folder: 'f' })
  await resource('output-port', 'flights.sql', 'flights', { name: 'sql', title: 'SQL', kind: 'sql', dataSets: ['flights'] })
  for (const [i, { objective, window, indicator }] of promises.entries()) {
    const level = { product: 'flights', name: `promise_${i}`, title: `Promise ${i}`, type: 'service-level-asset', promise: 'service-level-asset', properties: { objective, window } }
    await resource('service-level', `flights.promise_${i}`, 'flights', level)
    await resource('service-level', `flights.measure_${i}`, 'flights', { ...level, name: `measure_${i}`, title: `Measure ${i}`, promise: 'service-level-indicator', properties: { service_level_name: `Promise ${i}`, ...indicator } })
  }
  await resource('data-product', 'punctuality', 'punctuality', { name: 'punctuality', title: 'Punctuality', domain: 'ops', team: 'ops', tags: [], certified: false, folder: 'p' })
  await resource('workflow', 'punctuality', 'punctuality', { reads: [{ product: 'flights', dataSet: 'flights' }], models: {} })
  generation += 1
  await db().deleteFrom('mesh_state').execute()
  await db().insertInto('mesh_state').values({ generation: String(generation), mesh: JSON.stringify({ ...(certification !== undefined && { certification }) }) }).execute()
}

const FRESH = { objective: 50, window: '4h', indicator: { indicator: 'freshness', within: '1h', every: '1h' } }
const PORTS = { objective: 50, window: '1h', indicator: { indicator: 'availability', every: '5m' } }

const ranWell = (at: number) => db().insertInto('run').values({ id: `run-${at}`, product: 'flights', status: 'succeeded', trigger: '{}', parameters: '{"workflow":"run-product"}', requested_by: 'ana', requested_at: new Date(at), finished_at: new Date(at), diagnostics: '[]' }).execute()
const published = () => db().transaction().execute((tx) => appendEvent(tx, { type: 'tulle.product.published', source: '/t', subject: 'flights', data: { product: 'flights', productId: 'data-product-flights', runId: 'r', snapshots: { flights: '1' } } }))
const statesOf = async (indicator = 'measure_0'): Promise<string> => ((await readSamples(db(), 'data-product-flights', 0)).get(indicator) ?? []).map(({ state }) => state).join(' ')
const told = async (): Promise<readonly string[]> => (await db().selectFrom('outbox').select('type').where('type', '!=', 'tulle.product.published').orderBy('seq').execute()).map(({ type }) => type.replace('tulle.', ''))
const incidents = () => listIncidents(rig.store, { limit: 100 })

describe('a promise', () => {
  it('is measured once a period, however often somebody looks', async () => {
    await apply([FRESH])
    await ranWell(START - 60_000)
    for (let i = 0; i < 3; i += 1) await levels.settle()
    expect(await statesOf()).toBe('good')
    await clock.advance(HOUR)
    await ranWell(START + HOUR - 1)
    await levels.settle()
    await open().settle()
    expect(await statesOf()).toBe('good good')
  })

  it('has no bad word on a product that had no time to run yet', async () => {
    await apply([FRESH])
    await levels.settle()
    expect(await statesOf()).toBe('')
    await clock.advance(HOUR)
    await levels.settle()
    await clock.advance(HOUR)
    await levels.settle()
    expect(await statesOf()).toBe('idle idle bad')
  })

  it('is made up for after a time in which nobody looked: what runs tell is known, whether a port answered is not', async () => {
    await apply([FRESH, PORTS])
    await ranWell(START - 60_000)
    await db().deleteFrom('outbox').execute()
    await published()
    await db().updateTable('outbox').set({ time: new Date(START - 60_000) }).execute()
    await levels.settle()
    await clock.advance(3 * HOUR)
    await ranWell(START + 2 * HOUR - 60_000)
    await open().settle()
    expect(await statesOf()).toBe('good bad good bad')
    expect(await statesOf('measure_1')).toBe(`good ${'unknown '.repeat(11)}good`)
  })

  it('that is missed opens one incident, over every look and restart, and is resolved by recovery', async () => {
    await apply([FRESH])
    await ranWell(START - 60_000)
    await levels.settle()
    for (let hour = 0; hour < 4; hour += 1) {
      await clock.advance(HOUR)
      await levels.settle()
      await open().settle()
    }
    expect(await incidents()).toMatchObject([{ cause: 'service-level', state: 'open', product: 'flights', affected: { products: ['punctuality'] } }])
    for (let hour = 0; hour < 4; hour += 1) {
      await clock.advance(HOUR)
      await ranWell(clock.now() - 60_000)
      await levels.settle()
    }
    expect(await incidents()).toMatchObject([{ state: 'resolved', resolved: { by: 'recovery' } }])
    expect((await told()).filter((type) => type.startsWith('incident'))).toEqual(['incident.opened', 'incident.resolved'])
  })

  it('that a process measured and died before it opened the incident is told by the next one, at once', async () => {
    await apply([{ ...FRESH, indicator: { ...FRESH.indicator, within: '1m' }, window: '1h', objective: 99 }])
    await ranWell(START - HOUR)
    const definitions = await readProductDefinitions(db())
    const dying = openSampler({ store: rig.store, lake: {} as Lake, clock, probe: async () => probe })
    expect((await dying.look(definitions, new AbortController().signal)).map(({ product }) => product.name)).toEqual(['flights'])
    expect([await statesOf(), await incidents()]).toEqual(['bad', []])
    // Nothing is due any more: who only follows what it measures itself would wait for the next period.
    expect(await dying.look(definitions, new AbortController().signal)).toEqual([])
    await open().settle()
    expect(await incidents()).toMatchObject([{ cause: 'service-level', state: 'open' }])
    await open().settle()
    expect((await told()).filter((type) => type.startsWith('incident'))).toEqual(['incident.opened'])
  })

  it('that burns says so once', async () => {
    await apply([{ ...FRESH, window: '20h', objective: 80 }])
    await ranWell(START - 60_000)
    await levels.settle()
    await clock.advance(HOUR)
    await levels.settle()
    await open().settle()
    expect(await told()).toEqual(['service-level.burning'])
  })

  it('that is no longer declared keeps no incident open', async () => {
    await apply([PORTS])
    await published()
    probe = { answers: false, why: 'its door is shut' }
    await levels.settle()
    await apply([])
    await levels.settle()
    expect((await incidents()).map(({ state }) => state)).toEqual(['resolved'])
  })
})

describe('a port', () => {
  it('that does not answer opens an incident with its reason, and one that answers again resolves it', async () => {
    await apply([PORTS])
    await published()
    probe = { answers: false, why: 'its door is shut' }
    await levels.settle()
    expect(await incidents()).toMatchObject([{ cause: 'port', state: 'open', sentence: 'An output port of flights does not answer (sql: its door is shut).' }])
    probe = { answers: true, milliseconds: 1 }
    await clock.advance(5 * 60_000)
    await levels.settle()
    expect(await incidents()).toMatchObject([{ state: 'resolved' }])
  })

  it('of which nobody can tell is unknown, which opens none', async () => {
    await apply([PORTS])
    await published()
    probe = { answers: undefined, why: 'denied' }
    await levels.settle()
    // It may be told before the period is over.
    expect(await statesOf()).toBe('')
    probe = { answers: true, milliseconds: 1 }
    await clock.advance(15_000)
    await levels.settle()
    expect(await statesOf()).toBe('good')
    probe = { answers: undefined, why: 'denied' }
    await clock.advance(5 * 60_000)
    await levels.settle()
    await clock.advance(5 * 60_000)
    await levels.settle()
    expect(await statesOf()).toBe('good unknown')
    expect((await incidents()).filter(({ cause }) => cause === 'port')).toEqual([])
  })
})

describe('consumers of change streams', () => {
  const LAG = { objective: 50, window: '10m', indicator: { indicator: 'lag', within: '10m', every: '5m' } }
  /** A stream of which something was published `ago` milliseconds ago, and consumers that have come so far. */
  async function streams(ago: number, positions: Readonly<Record<string, number>>): Promise<void> {
    const { id } = await db().insertInto('stream').values({ product_id: 'data-product-flights', data_set: 'flights', head: '2' }).returning('id').executeTakeFirstOrThrow()
    for (const [number, at] of [[1, START - 9 * HOUR], [2, START - ago]] as const) await db().insertInto('stream_segment').values({ stream_id: id, number: String(number), kind: 'changes', event_id: `e${number}`, at: new Date(at), entries: '3' }).execute()
    for (const [consumer, number] of Object.entries(positions)) await db().insertInto('stream_position').values({ owner_id: 'bo', owner_name: 'bo', stream_id: id, consumer, address: '{}', phase: 'log', number: String(number), ordinal: '0', saved_at: new Date(START) }).execute()
  }
  const moveTo = (number: number) => db().updateTable('stream_position').set({ number: String(number) }).execute()

  it.each([
    ['is good where everything is taken', 60 * 60_000, { crm: 2 }, 'good', undefined],
    ['is good where something waits for a moment', 60_000, { crm: 1 }, 'good', undefined],
    ['is bad where it waits for too long for one of them', 60 * 60_000, { crm: 1, other: 2 }, 'bad', '1 of 2 consumers is behind'],
    ['is nothing where no consumer says how far it has come', 60 * 60_000, {}, '', undefined],
  ] as const)('whose lag %s', async (_, ago, positions, state, note) => {
    await apply([LAG])
    await streams(ago, positions)
    await levels.settle()
    expect([await statesOf(), (await readSamples(db(), 'data-product-flights', 0)).get('measure_0')?.[0]?.note]).toEqual([state, note])
  })

  it('are topics that are written from it, too', async () => {
    await apply([LAG])
    await streams(60 * 60_000, { crm: 2 })
    levels = openServiceLevels({ store: rig.store, lake: {} as Lake, clock, probe: async () => probe, followers: async (product) => (product === 'data-product-flights' ? [{ dataSet: 'flights', milliseconds: 60 * 60_000 }] : []) })
    await levels.settle()
    expect([await statesOf(), (await readSamples(db(), 'data-product-flights', 0)).get('measure_0')?.[0]?.note]).toEqual(['bad', '1 of 2 consumers is behind'])
  })

  it('do not count any more where the stream no longer reaches back to them', async () => {
    await apply([LAG])
    await streams(60 * 60_000, { crm: 0 })
    await db().updateTable('stream').set({ oldest: '2' }).execute()
    await levels.settle()
    expect(await statesOf()).toBe('')
  })

  it('that are left behind open an incident, which their catching up resolves', async () => {
    await apply([LAG])
    await streams(60 * 60_000, { crm: 1 })
    for (let i = 0; i < 3; i += 1) {
      await levels.settle()
      await clock.advance(5 * 60_000)
    }
    expect(await incidents()).toMatchObject([{ state: 'open', product: 'flights' }])
    await moveTo(2)
    for (let i = 0; i < 4; i += 1) {
      await levels.settle()
      await clock.advance(5 * 60_000)
    }
    expect(await incidents()).toMatchObject([{ state: 'resolved' }])
  })
})

describe('a gate', () => {
  const failed = (runId: string, codes: readonly string[] = ['check-failed'], status = 'failed') =>
    followGate(rig.store, clock, { specversion: '1.0', id: runId, seq: '1', type: 'tulle.run.failed', source: '/t', subject: 'flights', time: '', datacontenttype: 'application/json', data: { runId, status, codes: codes as Json } })
  const passed = (runId: string) =>
    followGate(rig.store, clock, { specversion: '1.0', id: runId, seq: '2', type: 'tulle.product.published', source: '/t', subject: 'flights', time: '', datacontenttype: 'application/json', data: { runId } })

  it('that stops a run opens one incident, which further runs repeat and the next good one resolves', async () => {
    await apply([])
    await failed('r1')
    await failed('r1')
    await failed('r2')
    await failed('r2')
    const [incident] = await incidents()
    expect(incident).toMatchObject({ cause: 'gate', state: 'open', repeats: 1, runId: 'r2' })
    await passed('r3')
    // A crash before the cursor moved: the same events again.
    await failed('r1')
    await failed('r2')
    await passed('r3')
    expect(await incidents()).toMatchObject([{ id: incident?.id, state: 'resolved' }])
    expect(await told()).toEqual(['incident.opened', 'incident.resolved'])
    expect((await findIncident(rig.store, incident?.id ?? ''))?.timeline.map(({ what, note }) => [what, what === 'resolved' ? '' : note])).toEqual([['opened', 'r1'], ['again', 'r2'], ['resolved', '']])
  })

  it.each([['a run that broke on its machinery', ['engine-died'], 'failed'], ['a run that somebody cancelled', ['check-failed'], 'cancelled']])('is not what stopped %s', async (_case, codes, status) => {
    await apply([])
    await failed('r1', codes, status)
    expect(await incidents()).toEqual([])
  })

  it('is acknowledged and resolved by hand, each once', async () => {
    await apply([])
    await failed('r1')
    const id = (await incidents())[0]?.id ?? ''
    expect([await acknowledgeIncident(rig.store, clock, { id, by: 'dora', note: 'looking' }), await acknowledgeIncident(rig.store, clock, { id, by: 'olga' })]).toEqual(['done', 'already'])
    expect([await resolveIncident(rig.store, clock, { id, by: 'dora' }), await resolveIncident(rig.store, clock, { id, by: 'dora' }), await resolveIncident(rig.store, clock, { id: 'inc_none', by: 'dora' })]).toEqual(['done', 'already', 'unknown'])
    expect(await told()).toEqual(['incident.opened', 'incident.acknowledged', 'incident.resolved'])
  })

  it('opens one incident where two processes hear of it at once', async () => {
    await apply([])
    await Promise.all([failed('r1'), failed('r1'), failed('r1')])
    expect(await incidents()).toHaveLength(1)
    expect(await told()).toEqual(['incident.opened'])
  })
})

describe('the badge', () => {
  const RULES: Json = [{ name: 'owned', require: 'owner' }, { name: 'kept', require: 'service-levels' }]

  it('is granted when every rule holds, taken away when one no longer does, and given back, with the reasons', async () => {
    await apply([FRESH], RULES)
    await ranWell(START - 60_000)
    await levels.settle()
    for (let hour = 0; hour < 4; hour += 1) {
      await clock.advance(HOUR)
      await levels.settle()
    }
    expect((await readCertification(db(), 'data-product-flights', 10)).map(({ certified, failing }) => [certified, failing.map(({ why }) => why)])).toEqual([[false, ['missed: Promise 0']], [true, []]])
    for (let hour = 0; hour < 4; hour += 1) {
      await clock.advance(HOUR)
      await ranWell(clock.now() - 60_000)
      await levels.settle()
    }
    expect((await readCertification(db(), 'data-product-flights', 10)).map(({ certified }) => certified)).toEqual([true, false, true])
    expect((await told()).filter((type) => type.startsWith('certification'))).toEqual(['certification.granted', 'certification.withdrawn', 'certification.granted'])
  })

  it('is not written again where nothing changed', async () => {
    await apply([], RULES)
    for (let i = 0; i < 3; i += 1) await open().settle()
    expect(await readCertification(db(), 'data-product-flights', 10)).toMatchObject([{ certified: false, failing: [{ rule: 'kept', why: 'it has no service level that is measured' }] }])
    expect(await told()).toEqual([])
  })
})
