// Runs whose workflow is a document, over DBOS: what is written down of them, and that they stop and go on.

import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ok, systemClock } from '@tulle/kernel'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import { dbosRuntime } from './dbos-runtime.ts'
import type { HostFunction } from './dsl/host.ts'
import type { Jq } from './dsl/jq/jq.ts'
import { openJq } from './dsl/jq/jq.ts'
import { parseWorkflow } from './dsl/parse-workflow.ts'
import { storeEvents } from './dsl/ports/store-events.ts'
import { storeRecorder } from './store-recorder.ts'
import type { WorkflowRuntime } from './types.ts'

let rig: TestStore
let jq: Jq
let runtime: WorkflowRuntime | undefined
beforeAll(async () => {
  rig = await testStore()
  jq = openJq()
})
afterEach(async () => {
  await runtime?.close()
  runtime = undefined
})
afterAll(async () => {
  await jq.close()
  await rig.close()
})

async function open(tasks: string, functions: Readonly<Record<string, HostFunction>> = {}): Promise<WorkflowRuntime> {
  await runtime?.close()
  const parsed = await parseWorkflow(`document: {dsl: '1.0.3', namespace: test, name: one, version: '0.1.0'}\ndo:\n${tasks}`, 'w.yaml', { jq, functions: Object.keys(functions) })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
  const document = parsed.value.definition
  const { store } = rig
  runtime = await dbosRuntime({
    store, recorder: storeRecorder(store, systemClock), executorId: 'flow', clock: systemClock, newRunId: randomUUID,
    workflows: [{ name: 'test', steps: [], flow: {
      find: async ({ input }) => ok({ document, input }),
      host: () => ({ jq, functions, clock: systemClock, events: storeEvents(store, systemClock), secret: () => undefined, workflow: async () => undefined, http: () => Promise.reject(new Error('nobody is called')), runtime: { name: 'Tulle', version: 'test' } }),
    } }],
  })
  return runtime
}
const start = async (steps: readonly string[], input = {}): Promise<string> => {
  const started = await (runtime as WorkflowRuntime).start({ workflow: 'test', subject: randomUUID(), input, trigger: { kind: 'manual' }, requestedBy: 'test', steps })
  if (!started.ok) throw new Error(JSON.stringify(started.diagnostics))
  return started.value.runId
}
const ended = async (runId: string) => {
  const run = await (runtime as WorkflowRuntime).wait(runId, { signal: AbortSignal.timeout(25_000) })
  return run.ok ? { status: run.value.status, messages: run.value.diagnostics.map((d) => d.message) } : run
}
const stepsOf = async (runId: string) =>
  (await rig.store.db.selectFrom('run_step').select(['name', 'status', 'attempt', 'reason']).where('run_id', '=', runId).orderBy('ordinal').execute()).map((step) => [step.name, step.status, step.attempt, step.reason])

describe('a run of a document', () => {
  it('says of every step why it ran, was skipped, or was tried again', async () => {
    let tries = 0
    await open(`  - look: {call: nothing}
  - rest: {if: .never, set: {x: 1}}
  - risky:
      try: [{once: {call: flaky}}]
      catch: {retry: {delay: {milliseconds: 1}, limit: {attempt: {count: 3}}}}
  - stop: {raise: {error: {type: 'https://x.test/e', status: 418, title: Teapot}}}
  - after: {set: {x: 1}}
`, { nothing: async () => ({}), flaky: async () => {
      tries += 1
      if (tries < 2) throw new Error('not yet')
      return {}
    } })
    const runId = await start(['look', 'rest', 'risky', 'stop', 'after'])
    expect(await ended(runId)).toEqual({ status: 'failed', messages: ['The task /do/3/stop failed: Teapot (418).'] })
    expect(await stepsOf(runId)).toEqual([
      ['look', 'succeeded', 1, null],
      ['rest', 'skipped', 0, 'its condition is not true: .never.'],
      ['risky', 'succeeded', 1, null],
      ['stop', 'failed', 1, 'Teapot: no detail was given'],
      ['after', 'cancelled', 0, null],
    ])
    const log = await rig.store.db.selectFrom('run_log').select('message').where('run_id', '=', runId).orderBy('seq').execute()
    expect(log.map((line) => line.message).join('\n')).toContain('/do/2/risky: try 1 failed: Runtime Error: not yet; the next one is in 1 ms.')
  })

  it('goes on in the next process at the step in flight, and repeats none that was done', async () => {
    const calls: string[] = []
    const entered = Promise.withResolvers<void>()
    const tasks = '  - first: {call: first}\n  - second: {call: second}\n'
    const first = async () => {
      calls.push('first')
      return {}
    }
    await open(tasks, { first, second: async () => {
      calls.push('second, cut short')
      entered.resolve()
      return new Promise(() => undefined)
    } })
    const runId = await start(['first', 'second'])
    await entered.promise
    await open(tasks, { first, second: async () => {
      calls.push('second')
      return {}
    } })
    expect((await ended(runId)) as object).toMatchObject({ status: 'succeeded' })
    expect(calls).toEqual(['first', 'second, cut short', 'second'])
    expect((await stepsOf(runId)).map((step) => step[1])).toEqual(['succeeded', 'succeeded'])
  })

  it('stops when it is cancelled, also while it listens within a branch', async () => {
    await open("  - ways: {fork: {branches: [{deaf: {listen: {to: {one: {with: {type: never}}}}}}]}}\n  - after: {call: after}\n", { after: async () => { throw new Error('reached') } })
    const runId = await start(['ways', 'after'])
    await expect.poll(async () => (await runtime?.status(runId))?.ok === true && (await rig.store.db.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirst())?.status, { timeout: 20_000 }).toBe('running')
    expect((await (runtime as WorkflowRuntime).cancel(runId)).ok).toBe(true)
    expect(await ended(runId)).toMatchObject({ status: 'cancelled' })
    expect((await stepsOf(runId)).map((step) => step[1])).toEqual(['cancelled', 'cancelled'])
  })
})
