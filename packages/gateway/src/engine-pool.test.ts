import type { Engine, EngineProcess } from '@tulle/engine'
import type { GatewayRig } from './testing.ts'
import type { AuditLine } from '@tulle/audit'
import type { GovernedStatement } from './types.ts'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createEnginePool } from './engine-pool.ts'
import { createGovernor } from './execute.ts'
import { removeStaleFolders } from './private-folder.ts'
import { gatewayRig, valueOf } from './testing.ts'

let rig: GatewayRig
const signal = new AbortController().signal
const pools: { close(): Promise<void> }[] = []

beforeAll(async () => {
  rig = await gatewayRig()
  for (const user of ['ana', 'bo']) rig.grant(user, 'flights')
})
afterAll(async () => rig?.close())
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close()
})

/** The real engine, with a list of the processes that it started. */
const watched = (): { engine: Engine; started: EngineProcess[] } => {
  const started: EngineProcess[] = []
  return {
    started,
    engine: {
      ...rig.engine,
      start: async (limits) => {
        const process = await rig.engine.start(limits)
        if (process.ok) started.push(process.value)
        return process
      },
      close: async () => {},
    },
  }
}
const folder = (): string => join(rig.folder, 'pool-engines')
const LIMITS = { limit: 2, idleMilliseconds: 60_000, waitMilliseconds: 300, memoryMegabytes: 256, threads: 1 }
const poolOf = (engine: Engine, limits: Partial<typeof LIMITS> = {}) => {
  const pool = createEnginePool({ engine, folder: folder(), ...LIMITS, ...limits })
  pools.push(pool)
  return pool
}
const governorOf = (engine: Engine, limits: Partial<typeof LIMITS> = {}) => {
  const governor = createGovernor({ authorizer: rig.authorizer, engine, audit: rig.audit, clock: { now: () => Date.now(), sleep: async () => {} }, folder: folder(), limits: { ...LIMITS, ...limits } })
  pools.push(governor)
  return governor
}
const rowsOf = async (statement: GovernedStatement): Promise<string> => {
  const rows = valueOf(await statement.open({ parameters: [], encoding: { kind: 'ndjson' }, signal }))
  const batch = valueOf(await rows.fetch(10, signal))
  await rows.close()
  return Buffer.from(batch.bytes).toString()
}

describe('the pool of engines', () => {
  it('lends one process to all who have the same key, and another to each other key', async () => {
    const { engine, started } = watched()
    const pool = poolOf(engine)
    const [a, again, b] = [valueOf(await pool.acquire('a')), valueOf(await pool.acquire('a')), valueOf(await pool.acquire('b'))]
    expect([a.process.id === again.process.id, a.process.id === b.process.id, started.length]).toEqual([true, false, 2])
  })
  it('ends the one that was idle for longest where there is no room, and refuses where all are in use', async () => {
    const { engine } = watched()
    const pool = poolOf(engine)
    const a = valueOf(await pool.acquire('a'))
    valueOf(await pool.acquire('b'))
    const refused = await pool.acquire('c')
    expect(refused.ok ? [] : refused.diagnostics.map((d) => d.code)).toEqual(['engines-busy'])
    a.release()
    expect((await pool.acquire('c')).ok).toBe(true)
    expect((await a.process.prepare('select 1')).ok).toBe(false)
  })
  it('whoever waits for room gets it when it comes', async () => {
    const { engine } = watched()
    const pool = poolOf(engine, { limit: 1, waitMilliseconds: 10_000 })
    const a = valueOf(await pool.acquire('a'))
    const waiting = pool.acquire('b')
    setTimeout(() => a.release(), 50)
    expect((await waiting).ok).toBe(true)
  })
  it('ends a process that nobody used for a while, with its folder', async () => {
    const { engine } = watched()
    const pool = poolOf(engine, { idleMilliseconds: 50 })
    const a = valueOf(await pool.acquire('a'))
    const own = async (): Promise<number> => (await readdir(folder())).filter((name) => name.startsWith('gateway-')).length
    const before = await own()
    a.release()
    await expect.poll(own, { timeout: 5000 }).toBe(before - 1)
  })
  it('removes the folders that a killed gateway left', async () => {
    const { engine } = watched()
    valueOf(await createEnginePool({ engine, folder: folder(), ...LIMITS }).acquire('left behind'))
    await removeStaleFolders(folder())
    expect((await readdir(folder())).filter((name) => name.startsWith('gateway-'))).toEqual([])
  })
})

describe('a governed statement', () => {
  it('is answered by a new process where the old one died', async () => {
    const { engine, started } = watched()
    const governor = governorOf(engine)
    const statement = valueOf(await governor.prepare(rig.who('ana'), 'select count(*)::int as n from flights.flights', 'sql'))
    expect(await rowsOf(statement)).toBe('{"n":1000}\n')
    await started[0]?.kill()
    expect(await rowsOf(valueOf(await governor.prepare(rig.who('ana'), 'select count(*)::int as n from flights.flights', 'sql')))).toBe('{"n":1000}\n')
    expect(started).toHaveLength(2)
  })
  it('of one subject never runs in the process of another', async () => {
    const { engine, started } = watched()
    const governor = governorOf(engine)
    for (const user of ['ana', 'bo', 'ana']) await rowsOf(valueOf(await governor.prepare(rig.who(user), 'select 1 as one', 'sql')))
    expect(started).toHaveLength(2)
  })
  it('takes back the relation and the file of a revoked grant with the next statement', async () => {
    const { engine, started } = watched()
    rig.grant('bo', 'passengers')
    const governor = governorOf(engine)
    await rowsOf(valueOf(await governor.prepare(rig.who('bo'), 'select count(*) as n from passengers.passengers', 'sql')))
    const files = async (): Promise<number> => {
      const [own] = (await readdir(folder())).filter((name) => name.startsWith('gateway-'))
      return (await readdir(join(folder(), own as string, 'files'))).length
    }
    expect(await files()).toBe(1)
    rig.revoke('bo', 'passengers')
    await rowsOf(valueOf(await governor.prepare(rig.who('bo'), 'select 1 as one', 'sql')))
    expect(await files()).toBe(0)
    // Even without gate and policy the process has nothing to show.
    const bare = await started[0]?.prepare('select * from passengers.passengers')
    expect(bare?.ok).toBe(false)
  })
  it('is decided anew each time that it is opened', async () => {
    rig.grant('cy', 'flights')
    const statement = valueOf(await rig.governor.prepare(rig.who('cy'), 'select count(*)::int as n from flights.flights', 'sql'))
    expect(await rowsOf(statement)).toBe('{"n":1000}\n')
    rig.revoke('cy', 'flights')
    const opened = await statement.open({ parameters: [], encoding: { kind: 'ndjson' }, signal })
    expect(opened.ok ? [] : opened.diagnostics.map((d) => d.code)).toEqual(['read-denied'])
  })
  it('a grant that expires ends an open result, without any event', async () => {
    rig.grant('cy', 'flights', { expiresAt: Date.now() + 400 })
    const statement = valueOf(await rig.governor.prepare(rig.who('cy'), 'select id from flights.flights', 'sql'))
    const rows = valueOf(await statement.open({ parameters: [], encoding: { kind: 'ndjson' }, signal }))
    expect((await rows.fetch(10, signal)).ok).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 450))
    const late = await rows.fetch(10, signal)
    expect(late.ok ? [] : late.diagnostics.map((d) => d.code)).toEqual(['read-denied'])
    const line = rig.audit.lines.findLast((l: AuditLine) => l.subject === 'cy')
    expect([line?.decision, line?.rows]).toEqual(['deny', 10])
  })
})
