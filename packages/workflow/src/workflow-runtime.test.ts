import { expect, it } from 'vitest'
import { fakeClock } from '@tulle/kernel/testing'
import type { Dispatcher, RunRecorder, RunRequest } from './types.ts'
import { memoryRecorder } from './memory-recorder.ts'
import { workflowRuntime } from './workflow-runtime.ts'

const workflows = [{ name: 'test', steps: [{ name: 'only', run: async () => ({ status: 'succeeded' as const, output: null }) }] }]
const request: RunRequest = { workflow: 'test', subject: 'orders', input: {}, trigger: { kind: 'manual' }, requestedBy: 'nan' }

/** A dispatcher that carries nothing, and fails as often as it is told. */
function deskOf(failures: number, answer: 'held' | 'lost' = 'held'): Dispatcher & { readonly handed: string[] } {
  const handed: string[] = []
  let left = failures
  return {
    handed,
    enqueue: async ({ runId }) => {
      left -= 1
      if (left >= 0) throw new Error('the database is away')
      handed.push(runId)
      return answer
    },
    cancel: async () => undefined,
    close: async () => undefined,
  }
}
const ids = (): (() => string) => {
  let next = 0
  return () => `run-${(next += 1)}`
}

it('a run that was written down and never handed over is handed over by the next equal request', async () => {
  const dispatcher = deskOf(1)
  const runtime = await workflowRuntime({ workflows, recorder: memoryRecorder(), dispatcher, clock: fakeClock(), newRunId: ids() })
  await expect(runtime.start(request)).rejects.toThrow('the database is away')
  expect(await runtime.start(request)).toMatchObject({ ok: true, value: { runId: 'run-1', shared: true } })
  expect(dispatcher.handed).toEqual(['run-1'])
})

it('runs that an earlier process wrote down are handed over at the start', async () => {
  const recorder = memoryRecorder()
  await recorder.queue({ ...request, runId: 'run-0', steps: ['only'] })
  const dispatcher = deskOf(0)
  await workflowRuntime({ workflows, recorder, dispatcher, clock: fakeClock(), newRunId: ids() })
  expect(dispatcher.handed).toEqual(['run-0'])
})

it('a run that the dispatcher has lost ends as failed, and says so', async () => {
  const recorder = memoryRecorder()
  await recorder.queue({ ...request, runId: 'run-0', steps: ['only'] })
  const runtime = await workflowRuntime({ workflows, recorder, dispatcher: deskOf(0, 'lost'), clock: fakeClock(), newRunId: ids() })
  expect(await runtime.status('run-0')).toMatchObject({ ok: true, value: { status: 'failed', diagnostics: [{ code: 'run-lost', message: 'Run run-0 stopped without an outcome.' }] } })
})

it('who waits for a run waits through a restart of the database, but not for ever', async () => {
  const clock = fakeClock()
  const recorder = memoryRecorder()
  // What is waited for goes to sleep again before the clock moves.
  const pass = async (milliseconds: number): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(milliseconds)
  }
  let away = true
  const shaky: RunRecorder = { ...recorder, find: (runId) => (away ? Promise.reject(new Error('the database is away')) : recorder.find(runId)) }
  const runtime = await workflowRuntime({ workflows, recorder: shaky, dispatcher: deskOf(0), clock, newRunId: ids() })
  await runtime.start(request)
  await recorder.endRun('run-1', 'succeeded', [])
  const waiting = runtime.wait('run-1')
  await pass(5_000)
  away = false
  await pass(1_000)
  expect(await waiting).toMatchObject({ ok: true, value: { status: 'succeeded' } })

  away = true
  const impatient = expect(runtime.wait('run-1')).rejects.toThrow('the database is away')
  await pass(61_000)
  await impatient
})
