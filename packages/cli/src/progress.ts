// Long work as it goes: each step that is done becomes a line that stays, what is under way is one line that moves.

import { formatDuration, formatStatus } from './format.ts'
import { printable, styled } from './terminal.ts'
import type { Terminal } from './types.ts'

/** One step of a run or one stage of an apply, as it is now. */
export interface Step {
  readonly name: string
  readonly status: string
  readonly startedAt?: string | undefined
  readonly finishedAt?: string | undefined
  /** What came of it: row counts, a reason. */
  readonly note?: string | undefined
}

const DONE: ReadonlySet<string> = new Set(['succeeded', 'skipped', 'failed', 'cancelled'])

/** Follows work by being shown its steps again and again, in the same order. */
export function followSteps(terminal: Terminal): (steps: readonly Step[]) => void {
  const told = new Set<number>()
  let last: string | undefined
  return (steps) => {
    for (const [i, step] of steps.entries()) {
      if (!DONE.has(step.status) || told.has(i)) continue
      told.add(i)
      // Seven steps that are skipped for one reason say it once.
      terminal.say(renderStep(terminal, step.status === 'skipped' && step.note === last ? { ...step, note: undefined } : step))
      last = step.note
    }
    const running = steps.filter((step) => step.status === 'running')
    terminal.status(running.length === 0 ? '' : `▶ ${running.map((step) => printable(step.name)).join(', ')}  ${told.size} of ${steps.length} done`)
  }
}

/** One finished step: state, name, time, note. */
export function renderStep(terminal: Terminal, step: Step): string {
  const time = step.finishedAt === undefined ? '' : styled(terminal, 'dim', `  ${formatDuration(step.startedAt, step.finishedAt)}`)
  const note = step.note === undefined || step.note === '' ? '' : `  ${printable(step.note)}`
  return `${formatStatus(terminal, step.status)}  ${printable(step.name)}${time}${note}`
}
