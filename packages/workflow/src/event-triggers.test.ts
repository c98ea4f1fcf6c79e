import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ok, systemClock } from '@tulle/kernel'
import { appendEvent } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import type { EventTrigger, RunRequest, Triggers } from './types.ts'
import { eventTriggers } from './event-triggers.ts'
import { lastServed, storeRecorder } from './store-recorder.ts'

const onPublished = (input: string, dependant: string): EventTrigger => ({
  eventType: 'published',
  eventSubject: input,
  request: { workflow: 'run', subject: dependant, input: {}, requestedBy: 'trigger' },
})

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())

describe('event triggers', () => {
  let following: Triggers | undefined
  afterEach(async () => {
    await following?.close()
    following = undefined
  })

  const publish = (...subjects: string[]): Promise<void> =>
    rig.store.db.transaction().execute(async (tx) => {
      for (const subject of subjects) await appendEvent(tx, { type: 'published', source: '/test', subject, data: {} })
    })
  const follow = async (consumer: string, declared: readonly EventTrigger[], start: (request: RunRequest) => Promise<void>): Promise<Triggers> => {
    await following?.close()
    following = await eventTriggers({ store: rig.store, consumer, triggers: async () => declared, start: async (request) => {
      await start(request)
      return ok({ runId: randomUUID(), shared: false })
    } })
    return following
  }

  it('an event starts the runs that wait for its subject, and no other', async () => {
    const started: string[] = []
    await follow('one', [onPublished('flights', 'punctuality'), onPublished('flights', 'strike_risk'), onPublished('airports', 'punctuality')], async ({ subject, trigger }) => {
      started.push(`${subject} after ${String(trigger['subject'])}`)
    })
    await publish('weather', 'flights')
    await expect.poll(() => started).toEqual(['punctuality after flights', 'strike_risk after flights'])
  })

  it('an event that came while nobody followed starts its run later', async () => {
    const started: string[] = []
    const start = async ({ subject }: RunRequest): Promise<void> => {
      started.push(subject)
    }
    await follow('two', [onPublished('tides', 'punctuality')], start)
    await publish('tides')
    await expect.poll(() => started).toHaveLength(1)
    await following?.close()
    await publish('tides')
    await follow('two', [onPublished('tides', 'punctuality')], start)
    await expect.poll(() => started).toHaveLength(2)
  })

  it('a start that fails holds the event back until it succeeds', async () => {
    let tries = 0
    await follow('three', [onPublished('moons', 'punctuality')], async () => {
      tries += 1
      if (tries < 3) throw new Error('the database is away')
    })
    await publish('moons')
    await expect.poll(() => tries).toBe(3)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(tries).toBe(3)
  })
})

describe('the recorder over PostgreSQL', () => {
  const run = (runId: string, subject: string, trigger: RunRequest['trigger'] = { kind: 'manual' }) => ({
    runId, workflow: 'run', subject, input: { force: true }, trigger, requestedBy: 'olga', steps: ['ingest', 'publish'],
  })

  it('says until when a schedule was served: its last cron run, else its last run', async () => {
    const recorder = storeRecorder(rig.store, systemClock)
    expect(await lastServed(rig.store, 'run', 'tides')).toBeUndefined()
    await recorder.queue(run(randomUUID(), 'tides'))
    expect(await lastServed(rig.store, 'run', 'tides')).toBeGreaterThan(Date.now() - 60_000)
    const cron = await recorder.queue({ ...run(randomUUID(), 'tides', { kind: 'cron', at: '2026-01-01T04:00:00.000Z' }), input: {} })
    expect(cron.shared).toBe(false)
    expect(await lastServed(rig.store, 'run', 'tides')).toBe(Date.parse('2026-01-01T04:00:00.000Z'))
  })

  it('a run reads back as it was asked for', async () => {
    const recorder = storeRecorder(rig.store, systemClock)
    const runId = randomUUID()
    await recorder.queue(run(runId, 'read_back'))
    expect(await recorder.find(runId)).toEqual({ runId, workflow: 'run', subject: 'read_back', input: { force: true }, status: 'queued', diagnostics: [] })
  })

  it('writing the same run twice, as after a lost reply, keeps one', async () => {
    const recorder = storeRecorder(rig.store, systemClock)
    const runId = randomUUID()
    await recorder.queue(run(runId, 'twice'))
    await recorder.startRun(runId)
    expect(await recorder.queue(run(runId, 'twice'))).toEqual({ runId, shared: false })
    expect((await recorder.find(runId))?.status).toBe('running')
  })

  it('events name codes and references, never messages', async () => {
    const recorder = storeRecorder(rig.store, systemClock)
    const runId = randomUUID()
    await recorder.queue(run(runId, 'secretive'))
    await recorder.endRun(runId, 'failed', [{ code: 'check-failed', severity: 'error', message: 'Ms Secret is 41.' }])
    const rows = await rig.store.db.selectFrom('outbox').select('data').where('subject', '=', 'secretive').execute()
    expect(rows.at(-1)?.data).toEqual({ runId, workflow: 'run', status: 'failed', codes: ['check-failed'] })
    expect(JSON.stringify(rows)).not.toContain('Secret')
  })
})
