// Where a mesh wants two persons: what each may do in every state, who wins when several decide at once, and what a crash changes.

import { join } from 'node:path'
import { ok } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig } from '@tulle/engine/testing'
import { openLake } from '@tulle/lake'
import { LineageGraph } from '@tulle/lineage'
import { postgresCatalog } from '@tulle/providers'
import type { ProviderRig } from '@tulle/providers/testing'
import { providerRig } from '@tulle/providers/testing'
import { readEvents, tryAdvisoryLock } from '@tulle/store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { JWK } from 'jose'
import { openCertificates } from './certificate.ts'
import type { PublicKeys } from './certificate.ts'
import { openErasures } from './erasure.ts'
import { openSeals } from './seal.ts'
import type { Erasures, ErasureState } from './types.ts'

const [STEN, ADA, EVE] = [{ name: 'sten', id: 'id-sten' }, { name: 'ada', id: 'id-ada' }, { name: 'eve', id: 'id-eve' }] as const
const SUBJECT = { key: 'email', value: 'somebody@planted.example' }

let rig: ProviderRig
let engines: EngineRig
let clock: FakeClock
let erasures: Erasures

const open = (): Promise<Erasures> => openErasures({
  store: rig.store, engine: engines.engine, clock: { ...clock, sleep: async () => undefined },
  lake: openLake({ catalog: postgresCatalog(rig.store.db), objects: rig.context.objects }),
  workFolder: join(engines.data, 'work'), secretsFolder: join(engines.data, 'secrets'), secret: 'secret of the test', ownsDatabase: false,
  graph: () => Promise.resolve(new LineageGraph([])), rebuild: () => Promise.resolve(ok('run')), forgetReads: () => Promise.resolve(),
  forgetAudit: () => Promise.resolve(ok(0)), left: () => Promise.resolve([]),
})
beforeAll(async () => {
  rig = await providerRig()
  engines = engineRig()
  clock = fakeClock()
  erasures = await open()
})
afterAll(async () => {
  await erasures?.close()
  await engines?.close()
  await rig?.[Symbol.asyncDispose]()
})

const wants = (approval: 'one-person' | 'two-persons') => rig.store.db.updateTable('mesh_state').set({ mesh: JSON.stringify({ name: 'test', businessKeys: [{ name: 'email', identifies: 'person' }], erasure: { approval } }) }).execute()
const said = (result: Awaited<ReturnType<Erasures['find']>>): string => (result.ok ? result.value.state : result.diagnostics[0]?.code ?? '')
const stateOf = async (id: string): Promise<string> => said(await erasures.find(id))
const requested = async (): Promise<string> => {
  const asked = await erasures.request(SUBJECT, STEN)
  expect(said(asked)).toBe('requested')
  return asked.ok ? asked.value.id : ''
}
async function inState(state: ErasureState): Promise<string> {
  const id = await requested()
  await rig.store.db.updateTable('erasure').set({ state }).where('id', '=', id).execute()
  return id
}

type Deed = 'approve by the one who asked' | 'approve by another' | 'decline by the one who asked' | 'decline by another' | 'resume' | 'acknowledge'
const DEEDS: Readonly<Record<Deed, (id: string) => ReturnType<Erasures['find']>>> = {
  'approve by the one who asked': (id) => erasures.approve(id, STEN),
  'approve by another': (id) => erasures.approve(id, ADA),
  'decline by the one who asked': (id) => erasures.decline(id, STEN),
  'decline by another': (id) => erasures.decline(id, ADA),
  resume: (id) => erasures.resume(id),
  acknowledge: (id) => erasures.acknowledge(id, { name: 'ana', kinds: [{ kind: 'user', name: 'ana' }] }),
}
const NOT = 'erasure-not-requested'
/** What is answered, which is the next state where it is one: by state, in the order of the deeds. */
const TABLE: Readonly<Record<ErasureState, readonly [string, string, string, string, string, string]>> = {
  requested: ['erasure-own-request', 'running', 'declined', 'declined', 'requested', 'erasure-not-done'],
  running: [NOT, NOT, NOT, NOT, 'running', 'erasure-not-done'],
  stuck: [NOT, NOT, NOT, NOT, 'running', 'erasure-not-done'],
  done: [NOT, NOT, NOT, NOT, 'done', 'erasure-not-concerned'],
  declined: [NOT, NOT, NOT, NOT, 'declined', 'erasure-not-done'],
}
const CASES = Object.entries(TABLE).flatMap(([state, answers]) => (Object.keys(DEEDS) as Deed[]).map((deed, i) => [state as ErasureState, deed, answers[i] ?? ''] as const))
const STATES: readonly string[] = Object.keys(TABLE)

describe('an erasure that wants two persons', () => {
  beforeEach(async () => {
    await rig.store.db.deleteFrom('erasure').execute()
    await wants('two-persons')
  })

  it.each(CASES)('that is %s: %s → %s', async (state, deed, answer) => {
    // So that what begins stays where it is while it is looked at.
    await tryAdvisoryLock(rig.store, 'erasure', async () => {
      const id = await inState(state)
      expect(said(await DEEDS[deed](id))).toBe(answer)
      expect(await stateOf(id)).toBe(STATES.includes(answer) ? answer : state)
      await rig.store.db.deleteFrom('erasure').execute()
    })
  })

  it.each(Object.keys(DEEDS) as Deed[])('that nobody asked for is unknown: %s', async (deed) => {
    expect(said(await DEEDS[deed]('00000000-0000-0000-0000-000000000000'))).toBe('erasure-unknown')
  })

  it('touches nothing before the second has approved, is done then, and names both', async () => {
    const id = await requested()
    expect(await rig.store.db.selectFrom('erasure_suppression').selectAll().execute()).toEqual([])
    await erasures.approve(id, ADA)
    await expect.poll(() => stateOf(id), { timeout: 20_000 }).toBe('done')
    const done = await erasures.find(id)
    expect(done.ok ? [done.value.requestedBy, done.value.approvedBy] : done).toEqual(['sten', 'ada'])
    expect((await rig.store.db.selectFrom('erasure_suppression').selectAll().execute()).length).toBe(1)
  })

  it('forgets who was meant when it is declined, and says so by an event', async () => {
    const id = await requested()
    const { sealed } = await rig.store.db.selectFrom('erasure').select('sealed').where('id', '=', id).executeTakeFirstOrThrow()
    const seals = openSeals(join(engines.data, 'secrets/erasures'))
    expect(seals.open(id, sealed ?? '')).toContain(SUBJECT.value)
    await erasures.decline(id, ADA)
    expect(seals.open(id, sealed ?? '')).toBeUndefined()
    expect(await rig.store.db.selectFrom('erasure').select('sealed').where('id', '=', id).executeTakeFirstOrThrow()).toEqual({ sealed: null })
    const events = await readEvents(rig.store.db, { after: '0', limit: 1000 })
    const own = events.filter(({ subject }) => subject === id)
    expect(own.map(({ type }) => type)).toEqual(['tulle.erasure.requested', 'tulle.erasure.declined'])
    expect(JSON.stringify(own)).not.toContain(SUBJECT.value)
  })

  it('is decided once, whoever decides at the same moment', async () => {
    await tryAdvisoryLock(rig.store, 'erasure', async () => {
      for (let turn = 0; turn < 20; turn += 1) {
        const id = await requested()
        const answers = (await Promise.all([erasures.approve(id, ADA), erasures.decline(id, EVE), erasures.approve(id, EVE), erasures.decline(id, STEN)])).map(said)
        expect(answers.filter((answer) => answer === NOT)).toHaveLength(3)
        const events = (await readEvents(rig.store.db, { after: '0', limit: 10_000 })).filter(({ subject, type }) => subject === id && type !== 'tulle.erasure.requested')
        expect(events).toHaveLength(1)
        await rig.store.db.deleteFrom('erasure').execute()
      }
    })
  })

  it('is carried out by the next server when this one dies after the approval', async () => {
    const id = await requested()
    // As a process leaves it that ends right after the transaction of the approval.
    await rig.store.db.updateTable('erasure').set({ state: 'running', approved_by: 'ada' }).where('id', '=', id).execute()
    await erasures.close()
    erasures = await open()
    expect(await stateOf(id)).toBe('running')
    erasures.start()
    await expect.poll(() => stateOf(id), { timeout: 20_000 }).toBe('done')
  })

  it('control: begins at once where the mesh wants one person', async () => {
    await wants('one-person')
    const asked = await erasures.request(SUBJECT, STEN)
    expect(said(asked)).toBe('running')
    await expect.poll(() => stateOf(asked.ok ? asked.value.id : ''), { timeout: 20_000 }).toBe('done')
  })
})

describe('a certificate', () => {
  it('can be checked by a home that was restored without secrets, and by no other mesh', async () => {
    const keys = new Map<string, JWK>()
    const known: PublicKeys = { keep: async (kid, jwk) => void keys.set(kid, jwk), find: async (kid) => keys.get(kid) }
    const before = await openCertificates(join(engines.data, 'before'), known)
    const signed = await before.sign({ jti: '1' })
    const after = await openCertificates(join(engines.data, 'after'), known)
    expect((await after.publicKey()).kid).not.toBe((await before.publicKey()).kid)
    expect([(await after.verify(signed)).ok, (await after.verify(await after.sign({ jti: '2' }))).ok]).toEqual([true, true])
    const stranger = await openCertificates(join(engines.data, 'stranger'), { keep: async () => undefined, find: async (kid) => (kid === keys.keys().next().value ? undefined : keys.get(kid)) })
    expect([(await stranger.verify(signed)).ok, (await after.verify(await stranger.sign({ jti: '3' }))).ok, (await after.verify('none')).ok]).toEqual([false, false, false])
  })
})
