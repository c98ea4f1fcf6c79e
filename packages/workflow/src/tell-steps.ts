// Writes what happens in a flow down as the steps and the log of a run. What an earlier process told is not told again: what
// is heard waits until the run is beyond what was kept.

import type { Diagnostic, Json } from '@tulle/kernel'
import { fingerprintOf } from '@tulle/kernel'
import type { RunRecorder, StepOutcome } from './types.ts'
import type { Observed, TaskStatus } from './dsl/host.ts'
import type { WorkflowDocument } from './dsl/types.ts'
import { messages } from './messages.ts'

export interface StepTeller {
  readonly hear: (event: Observed) => void
  /** The document whose tasks are heard of. */
  readonly follow: (document: WorkflowDocument) => void
  /** Writes everything heard so far. */
  flush(): Promise<void>
  forget(): void
  /** Steps below `count` that never had their turn are skipped for this reason. */
  leaveOut(count: number, why: string): Promise<void>
}

const PART = /^\/do\/(\d+)\/([^/]+)(\/)?/u

/** The task of a document's first level that a reference leads to or into. */
export function firstLevelAt(reference: string): { readonly ordinal?: number; readonly name?: string; readonly isWhole: boolean } {
  const [, ordinal, name, more] = PART.exec(reference) ?? []
  return ordinal === undefined || name === undefined ? { isWhole: false } : { ordinal: Number(ordinal), name: name.replaceAll('~1', '/').replaceAll('~0', '~'), isWhole: more === undefined }
}

/** The tasks of the document's first level are the steps of the run; what lies deeper is lines of their log. */
export function tellSteps(runId: string, recorder: RunRecorder): StepTeller {
  let heard: Observed[] = []
  let tasks: WorkflowDocument['do'] = []
  let writing: Promise<void> = Promise.resolve()
  const write = async ({ reference, status, why, began }: Observed): Promise<void> => {
    const { name: step, ordinal, isWhole } = firstLevelAt(reference)
    if (ordinal !== undefined && isWhole) {
      if (status === 'started') await recorder.startStep(runId, ordinal, began === undefined ? undefined : { ...began, before: printBefore(tasks, ordinal) })
      const outcome = outcomeOf(status, why)
      if (outcome !== undefined) await recorder.endStep(runId, ordinal, outcome)
    }
    if (status === 'retried') await recorder.log(runId, step, 'warning', `${reference}: ${why}.`)
    else if (!isWhole || status === 'skipped') await recorder.log(runId, step, status === 'faulted' ? 'warning' : 'info', `${reference} ${status}: ${why}.`)
  }
  return {
    // Deeper ones are lines of a log, and what they began with is nobody's to keep.
    hear: ({ began, ...event }) => void heard.push({ ...event, ...(began !== undefined && firstLevelAt(event.reference).isWhole && { began }) }),
    follow: (document) => void (tasks = document.do),
    forget: () => void (heard = []),
    async leaveOut(count, why) {
      for (let ordinal = 0; ordinal < count; ordinal += 1) await recorder.endStep(runId, ordinal, { status: 'skipped', reason: why })
    },
    flush() {
      const told = heard
      heard = []
      writing = writing.then(async () => {
        for (const one of told) await write(one)
      })
      return writing
    },
  }
}

/** The same where the tasks before one are the same. */
export const printBefore = (tasks: WorkflowDocument['do'], ordinal: number): string => fingerprintOf(tasks.slice(0, ordinal) as unknown as Json)

function outcomeOf(status: TaskStatus, why: string): StepOutcome | undefined {
  if (status === 'completed') return { status: 'succeeded', output: null }
  if (status === 'skipped') return { status: 'skipped', reason: `${why}.` }
  if (status === 'faulted') return { status: 'failed', diagnostics: [messages['step-faulted']({ why }) satisfies Diagnostic] }
  return undefined
}
