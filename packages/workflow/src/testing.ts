// The conformance suite of workflow runtimes: every adapter shows the same behaviour, whatever keeps its runs.

import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Diagnostic, Json } from '@tulle/kernel'
import type { RunRecorder, RunRequest, StepContext, StepDefinition, StepFunction, StepOutcome, WorkflowDefinition, WorkflowRuntime } from './types.ts'
import { defineWorkflow } from './define-workflow.ts'

// Runs of documents in memory, for campaigns that replay them.
export { incompatibility } from './dsl/compare-structures.ts'
export { runWorkflow } from './dsl/interpret/run-workflow.ts'
export { memoryEvents } from './dsl/ports/memory-events.ts'
export { Diverged, emptyJournal, memoryPort } from './dsl/ports/memory-port.ts'
export { dbosPort } from './dsl/ports/dbos-port.ts'
export type { Journal } from './dsl/ports/memory-port.ts'
export type { WorkflowHost } from './dsl/host.ts'

/** What an adapter brings to be tested. */
export interface RuntimeRig {
  /** A runtime over what the rig keeps; opened again after `close`, it goes on where the last one stopped. */
  open(workflows: readonly WorkflowDefinition[]): Promise<WorkflowRuntime>
  readonly recorder: RunRecorder
  steps(runId: string): Promise<readonly { readonly name: string; readonly status: string; readonly attempt: number; readonly reason: string | null }[]>
  events(runId: string): Promise<readonly string[]>
  log(runId: string): Promise<readonly string[]>
  /** What the run waits for. */
  waits(runId: string): Promise<string | undefined>
  dispose(): Promise<void>
}

const done = (output: Json = null): StepOutcome => ({ status: 'succeeded', output })
const broken: Diagnostic = { code: 'broken', severity: 'error', message: 'The pipe is broken.' }

/** A step that waits until the test lets it go. */
interface Gate { readonly entered: Promise<void>; readonly enter: () => void; open(): void; readonly opened: Promise<void> }
function gate(): Gate {
  const entered = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return { entered: entered.promise, enter: entered.resolve, open: opened.resolve, opened: opened.promise }
}

/** Registers the suite under the adapter's name. */
export function describeWorkflowRuntime(name: string, makeRig: () => Promise<RuntimeRig>): void {
  describe(`${name} as a workflow runtime`, () => {
    let rig: RuntimeRig
    let runtime: WorkflowRuntime | undefined
    beforeEach(async () => {
      rig = await makeRig()
    })
    afterEach(async () => {
      await runtime?.close()
      runtime = undefined
      await rig.dispose()
    })

    const open = async (...workflows: readonly WorkflowDefinition[]): Promise<WorkflowRuntime> => {
      await runtime?.close()
      runtime = await rig.open(workflows)
      return runtime
    }
    const workflow = (steps: Readonly<Record<string, StepFunction<Parameters<StepDefinition['run']>[0]> | Omit<StepDefinition, 'name'>>>): WorkflowDefinition => {
      const defined = defineWorkflow({
        name: 'test',
        steps: Object.entries(steps).map(([step, run]) => (typeof run === 'function' ? { name: step, run } : { name: step, ...run })),
      })
      if (!defined.ok) throw new Error(JSON.stringify(defined.diagnostics))
      return defined.value
    }
    const request = (subject = `s-${randomUUID()}`, input: RunRequest['input'] = {}): RunRequest => ({ workflow: 'test', subject, input, trigger: { kind: 'manual' }, requestedBy: 'nan' })
    const start = async (wanted = request()): Promise<string> => {
      const started = await (runtime as WorkflowRuntime).start(wanted)
      if (!started.ok) throw new Error(JSON.stringify(started.diagnostics))
      return started.value.runId
    }
    const ended = async (runId: string): Promise<{ status: string; codes: readonly string[] }> => {
      const run = await (runtime as WorkflowRuntime).wait(runId, { signal: AbortSignal.timeout(20_000) })
      if (!run.ok) throw new Error(JSON.stringify(run.diagnostics))
      return { status: run.value.status, codes: run.value.diagnostics.map((d) => d.code) }
    }
    const statuses = async (runId: string): Promise<readonly string[]> => (await rig.steps(runId)).map((step) => `${step.name} ${step.status}`)

    it('steps run in order and hand their outputs on', async () => {
      const seen: Json[] = []
      await open(workflow({
        first: async ({ input }) => done({ given: input['x'] as Json }),
        second: async ({ outputs }, step) => {
          seen.push({ ...outputs })
          step.log('reached')
          return done()
        },
      }))
      const runId = await start(request('orders', { x: 1 }))
      expect(await ended(runId)).toEqual({ status: 'succeeded', codes: [] })
      expect(seen).toEqual([{ first: { given: 1 } }])
      expect(await statuses(runId)).toEqual(['first succeeded', 'second succeeded'])
      expect(await rig.log(runId)).toEqual(['reached'])
      expect(await rig.events(runId)).toEqual(['tulle.run.queued', 'tulle.run.started', 'tulle.run.succeeded'])
    })

    it('a failed step ends the run, and the steps after it never run', async () => {
      const reached: string[] = []
      await open(workflow({
        first: async () => ({ status: 'failed', diagnostics: [broken] }),
        second: async () => {
          reached.push('second')
          return done()
        },
      }))
      const runId = await start()
      expect(await ended(runId)).toEqual({ status: 'failed', codes: ['broken'] })
      expect(reached).toEqual([])
      expect(await statuses(runId)).toEqual(['first failed', 'second cancelled'])
      expect(await rig.events(runId)).toEqual(['tulle.run.queued', 'tulle.run.started', 'tulle.run.failed'])
    })

    it('a step that skips the rest ends the run as succeeded, with the reason on every step', async () => {
      await open(workflow({
        look: async () => ({ status: 'skipped', reason: 'Nothing changed.', skipRest: true }),
        build: async () => done(),
      }))
      const runId = await start()
      expect((await ended(runId)).status).toBe('succeeded')
      expect((await rig.steps(runId)).map((s) => [s.status, s.reason])).toEqual([['skipped', 'Nothing changed.'], ['skipped', 'Nothing changed.']])
    })

    it('a step that throws fails with a diagnostic, not with a crash', async () => {
      await open(workflow({ only: async () => { throw new Error('no such luck') } }))
      const runId = await start()
      expect(await ended(runId)).toEqual({ status: 'failed', codes: ['step-crashed'] })
    })

    it('a retryable failure is tried again until it succeeds', async () => {
      let tries = 0
      const keys: string[] = []
      const run = async (_context: unknown, step: StepContext): Promise<StepOutcome> => {
        tries += 1
        keys.push(step.idempotencyKey)
        return tries < 3 ? { status: 'failed', diagnostics: [broken], retryable: true } : done()
      }
      await open(workflow({ flaky: { run, retry: { attempts: 3, delayMilliseconds: 5 } } }))
      const runId = await start()
      expect((await ended(runId)).status).toBe('succeeded')
      expect((await rig.steps(runId))[0]).toMatchObject({ status: 'succeeded', attempt: 3 })
      expect(new Set(keys).size).toBe(1)
      expect(await rig.log(runId)).toEqual([
        'Try 1 of 3 failed: The pipe is broken. Next try in 5 ms.',
        'Try 2 of 3 failed: The pipe is broken. Next try in 10 ms.',
      ])
    })

    it('a step past its time limit is stopped and says its limit', async () => {
      let stopped = false
      await open(workflow({
        slow: {
          timeoutMilliseconds: 50,
          run: (_context, step) => new Promise(() => {
            step.signal.addEventListener('abort', () => { stopped = true })
          }),
        },
      }))
      const runId = await start()
      expect(await ended(runId)).toEqual({ status: 'failed', codes: ['step-timeout'] })
      expect(stopped).toBe(true)
    })

    it('the next process goes on at the step in flight and repeats no finished step', async () => {
      const calls: string[] = []
      const held = gate()
      const steps = (second: StepDefinition['run']): WorkflowDefinition => workflow({
        first: async () => {
          calls.push('first')
          return done('kept')
        },
        second,
        third: async ({ outputs }) => {
          calls.push(`third after ${String(outputs['first'])}`)
          return done()
        },
      })
      await open(steps(async () => {
        calls.push('second, cut short')
        held.enter()
        return new Promise(() => undefined)
      }))
      const runId = await start()
      await held.entered
      await open(steps(async () => {
        calls.push('second')
        return done()
      }))
      expect((await ended(runId)).status).toBe('succeeded')
      expect(calls).toEqual(['first', 'second, cut short', 'second', 'third after kept'])
      expect((await rig.steps(runId)).map((s) => s.attempt)).toEqual([1, 2, 1])
    })

    it('a run that waits in the queue when the process ends is run by the next one', async () => {
      const held = gate()
      const blocking = workflow({ only: async () => {
        held.enter()
        return new Promise(() => undefined)
      } })
      await open(blocking)
      const first = await start(request('orders', { n: 1 }))
      await held.entered
      const second = await start(request('orders', { n: 2 }))
      await open(workflow({ only: async () => done() }))
      expect((await ended(first)).status).toBe('succeeded')
      expect((await ended(second)).status).toBe('succeeded')
    })

    it('runs of one subject never overlap, and no more than two run at once', async () => {
      let now = 0
      let most = 0
      const two = Promise.withResolvers<void>()
      const bySubject = new Map<string, number>()
      await open(workflow({
        only: async ({ subject }) => {
          now += 1
          most = Math.max(most, now)
          const same = (bySubject.get(subject) ?? 0) + 1
          bySubject.set(subject, same)
          expect(same).toBe(1)
          if (now === 2) two.resolve()
          await two.promise
          await new Promise((resolve) => setTimeout(resolve, 20))
          bySubject.set(subject, same - 1)
          now -= 1
          return done()
        },
      }))
      const runs = await Promise.all(['a', 'b', 'c'].flatMap((subject) => [1, 2].map((n) => start(request(subject, { n })))))
      const ends = await Promise.all(runs.map(ended))
      expect(ends.map((end) => end.status)).toEqual(Array(6).fill('succeeded'))
      expect(most).toBe(2)
    })

    it('a run that stands aside gives its place to others, and goes on when it has one again', async () => {
      const [comes, ends] = [gate(), gate()]
      const went: Json[] = []
      await open(workflow({
        only: async ({ subject }, step) => {
          if (subject === 'waits') await step.standAside('orders: it was never published', async () => {
            comes.enter()
            await comes.opened
          })
          went.push(subject)
          if (subject !== 'waits') {
            if (went.length === 2) ends.enter()
            await ends.opened
          }
          return done()
        },
        after: async () => done(),
      }))
      const waits = await start(request('waits'))
      await comes.entered
      const others = await Promise.all(['a', 'b'].map((subject) => start(request(subject))))
      // Two go beside the one that waits.
      await ends.entered
      expect(await rig.waits(waits)).toBe('orders: it was never published')
      comes.open()
      await expect.poll(() => rig.waits(waits), { timeout: 20_000 }).toBe('the mesh runs 2 of 2')
      expect(went.toSorted()).toEqual(['a', 'b'])
      ends.open()
      for (const runId of [...others, waits]) expect(await ended(runId)).toEqual({ status: 'succeeded', codes: [] })
      expect(went.at(-1)).toBe('waits')
      expect(await rig.waits(waits)).toBeUndefined()
    })

    it('a storm of equal requests becomes one running and one queued run', async () => {
      const held = gate()
      let runs = 0
      await open(workflow({ only: async () => {
        runs += 1
        held.enter()
        await held.opened
        return done()
      } }))
      const running = await start(request('orders'))
      await held.entered
      const storm = await Promise.all(Array.from({ length: 25 }, () => start(request('orders'))))
      expect(new Set(storm).size).toBe(1)
      expect(storm[0]).not.toBe(running)
      held.open()
      await Promise.all([running, ...storm].map(ended))
      expect(runs).toBe(2)
    })

    it('a cancelled run stops its step and ends as cancelled', async () => {
      const held = gate()
      const stopped = gate()
      await open(workflow({
        only: async (_context, step) => {
          held.enter()
          step.signal.addEventListener('abort', stopped.enter)
          await stopped.entered
          return done()
        },
        after: async () => done(),
      }))
      const runId = await start()
      await held.entered
      expect((await (runtime as WorkflowRuntime).cancel(runId)).ok).toBe(true)
      await stopped.entered
      expect(await ended(runId)).toEqual({ status: 'cancelled', codes: ['run-cancelled'] })
      expect(await statuses(runId)).toEqual(['only cancelled', 'after cancelled'])
      expect(await (runtime as WorkflowRuntime).cancel(runId)).toMatchObject({ ok: false, diagnostics: [{ code: 'run-ended' }] })
    })

    it('a run cancelled while queued never starts', async () => {
      const held = gate()
      const subjects: Json[] = []
      await open(workflow({ only: async ({ input }) => {
        subjects.push(input['n'] as Json)
        held.enter()
        await held.opened
        return done()
      } }))
      const first = await start(request('orders', { n: 1 }))
      await held.entered
      const second = await start(request('orders', { n: 2 }))
      await (runtime as WorkflowRuntime).cancel(second)
      held.open()
      await ended(first)
      const third = await start(request('orders', { n: 3 }))
      await ended(third)
      expect(subjects).toEqual([1, 3])
    })

    it('what a run holds open is released once when it ends', async () => {
      const released: string[] = []
      await open({ ...workflow({ only: async () => done() }), release: async (runId) => { released.push(runId) } })
      const runId = await start()
      await ended(runId)
      await expect.poll(() => released).toEqual([runId])
    })

    it('an unknown workflow and an unknown run are told apart from a failure', async () => {
      await open(workflow({ only: async () => done() }))
      const live = runtime as WorkflowRuntime
      expect(await live.start({ ...request(), workflow: 'nightly' })).toMatchObject({ ok: false, diagnostics: [{ code: 'workflow-unknown', message: 'There is no workflow "nightly".' }] })
      expect(await live.status(randomUUID())).toMatchObject({ ok: false, diagnostics: [{ code: 'run-unknown' }] })
    })
  })
}
