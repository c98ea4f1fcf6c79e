// kill -9 at random moments of an apply: what was acknowledged is there, and the next plan and apply converge.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { randomUUID } from 'node:crypto'
import { systemClock } from '@tulle/kernel'
import { bundledProgram } from '@tulle/kernel/testing'
import { desiredMesh, embeddedProviders, meshObserver } from '@tulle/providers'
import { meshOf } from '@tulle/providers/testing'
import { openStore } from '@tulle/store'
import { testPostgres } from '@tulle/store/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { applyPlan } from './apply.ts'
import type { ApplyContext } from './apply.ts'
import { planMesh } from './plan.ts'
import { applyRig, factsOf, linesOf, valueOf } from './testing/apply-rig.ts'
import type { ApplyRig } from './testing/apply-rig.ts'
import { killMesh } from './testing/kill-mesh.ts'

let rig: ApplyRig
beforeAll(async () => {
  rig = await applyRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

const APPLIER = await bundledProgram('packages/planner/src/testing/apply-forever.ts')

/** Runs the applier until it has acknowledged something, then kills it a random moment later. */
async function killed(from: number, manner: 'honest' | 'lying', random: number): Promise<number> {
  const child = spawn(process.execPath, [APPLIER, rig.providers.testStore.connectionString, rig.providers.warehouse, String(from), manner], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let acknowledged = -1
  for await (const line of createInterface({ input: child.stdout })) {
    if (acknowledged === -1) setTimeout(() => child.kill('SIGKILL'), random)
    acknowledged = Number(line.slice('acknowledged '.length))
  }
  await ended
  return acknowledged
}

const titleNow = async (): Promise<number> => Number(String((await rig.providers.observed('mesh:mesh'))?.spec['title']).replace('Round ', ''))

describe('an applier killed at a random moment', () => {
  it('loses nothing that it acknowledged, and the next apply converges', async () => {
    let round = 0
    for (let kill = 0; kill < 6; kill += 1) {
      const acknowledged = await killed(round, 'honest', 10 + kill * 37)
      // The mesh's own facts are the first effect of each apply: they are of the acknowledged round or of the one after it.
      expect(await titleNow()).toBeGreaterThanOrEqual(acknowledged)
      round = (await titleNow()) + 1
      // The dead applier's session may still be ending its last statement, and would move the mesh under the next plan.
      await sql`select pg_terminate_backend(pid, 5000) from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()`.execute(rig.context.store.db)
      const words = killMesh(round)
      const wishes = { allowBreaking: true, prune: true, allowDestroy: true }
      await rig.make(words, wishes)
      expect(linesOf(await rig.plan(words, wishes))).toEqual([])
      expect(Object.values(factsOf(await rig.providers.observe())).filter((facts) => (facts as { drift?: string }).drift !== undefined)).toEqual([])
      expect((await sql`select 1 from apply where status = 'running'`.execute(rig.context.store.db)).rows).toEqual([])
      round += 1
    }
  })

  it('is caught where it acknowledges before it commits', async () => {
    let lies = 0
    for (let round = 1000; round < 1006 && lies === 0; round += 2) {
      const acknowledged = await killed(round, 'lying', 0)
      if ((await titleNow()) < acknowledged || linesOf(await rig.plan(killMesh(acknowledged), { allowBreaking: true })).length > 0) lies += 1
    }
    expect(lies).toBe(1)
  })
})

describe('a PostgreSQL killed at a random moment of an apply', () => {
  it('ends that apply with a finding, never with a throw, and once it is back the next apply converges', async () => {
    await using server = await testPostgres()
    const store = valueOf(await openStore({ connection: server.postgres.connection }))
    const observe = meshObserver(embeddedProviders)
    const { objects } = rig.context
    const context: ApplyContext = { store, objects, clock: systemClock, newId: randomUUID, providers: embeddedProviders, observe }
    const plan = async (round: number) => planMesh(desiredMesh(meshOf(killMesh(round)), { providers: embeddedProviders }), await observe({ db: store.db, objects }), {
      providers: embeddedProviders, allowBreaking: true, prune: true,
    })
    const refusals: string[] = []
    for (let round = 0; round < 3; round += 1) {
      const planned = await eventually(() => plan(round))
      const applying = applyPlan(context, planned, { startedBy: 'ada' })
      await systemClock.sleep(5 + round * 15)
      process.kill(server.postgres.pid, 'SIGKILL')
      const applied = await applying
      if (!applied.ok) refusals.push(applied.diagnostics[0]?.code ?? '')
      await eventually(async () => valueOf(await applyPlan(context, await plan(round), { startedBy: 'ada' })))
      expect(linesOf(await plan(round))).toEqual([])
    }
    expect(refusals.length).toBeGreaterThan(0)
    expect(refusals.filter((code) => !['stage-failed', 'database-unreachable', 'database-refused', 'apply-overtaken'].includes(code))).toEqual([])
    await store.close()
  })
})

/** Tries until the server is back. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt === 100) throw error
      await systemClock.sleep(50)
    }
  }
}
