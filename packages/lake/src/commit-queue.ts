// Many changes of one table, from one process, with one swap: whatever comes while a swap is under way shares the next one.
// Each has a snapshot of its own, and none is answered before the pointer has moved.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, Snapshot, StagedCommit, Table, TableName } from './types.ts'
import type { RetryOptions } from './commit.ts'
import { commitWithRetry } from './commit.ts'
import { holdBack } from './hold-back.ts'
import { loadTable } from './load-table.ts'

/** Stages a change of the table that it is given, with the lake that it is given, so that it is written with the others. */
export type Stage = (lake: Lake, table: Table) => Promise<Result<StagedCommit>>

/** The table after the commit, and the snapshot of the change where it made one. */
export interface Committed { readonly table: Table; readonly snapshot?: Snapshot }

export interface CommitQueue {
  /** Stages a change until it is committed, as often as others are faster. A change that cannot be staged fails alone. */
  commit(name: TableName, stage: Stage): Promise<Result<Committed>>
}

/** So many changes share a swap at most, so that the first of them does not wait for long. */
const MOST = 64

interface Waiting { readonly stage: Stage; readonly answer: (outcome: Result<Committed> | Promise<never>) => void }

/** A queue for each table of the lake. All who commit to a table often should go through the same one. */
export function commitQueue(lake: Lake, options: RetryOptions = {}): CommitQueue {
  const lines = new Map<string, Waiting[]>()
  const work = async (key: string, name: TableName, line: Waiting[]): Promise<void> => {
    while (line.length > 0) await takeTurn(lake, name, line.splice(0, MOST), options)
    // INVARIANT: in the same breath as the look at the line, or whoever joins it in between waits forever.
    lines.delete(key)
  }
  return {
    commit: (name, stage) => new Promise((answer) => {
      const key = JSON.stringify([name.namespace, name.name])
      const line = lines.get(key)
      if (line !== undefined) {
        line.push({ stage, answer })
        return
      }
      const first = [{ stage, answer }]
      lines.set(key, first)
      void work(key, name, first)
    }),
  }
}

type Outcomes = ReadonlyMap<Waiting, Result<StagedCommit>>

async function takeTurn(lake: Lake, name: TableName, turn: readonly Waiting[], options: RetryOptions): Promise<void> {
  try {
    // By the metadata file of the attempt: whichever turns out to be the committed one says what became of each change.
    const attempts = new Map<string, Outcomes>()
    let last: Outcomes = new Map()
    const done = await commitWithRetry(lake, async () => {
      const attempt = await stageAll(lake, name, turn)
      if (!attempt.ok) return attempt
      const { staged, outcomes } = attempt.value
      last = outcomes
      if (staged !== undefined) attempts.set(staged.swap.next.metadataLocation, outcomes)
      return ok(staged === undefined ? [] : [staged])
    }, options)
    const [table] = done.ok ? done.value : []
    const outcomes = (table === undefined ? undefined : attempts.get(table.metadataLocation)) ?? last
    for (const waiting of turn) waiting.answer(done.ok ? answerOf(outcomes.get(waiting), table) : done)
  } catch (error) {
    for (const waiting of turn) waiting.answer(Promise.reject<never>(error))
  }
}

function answerOf(outcome: Result<StagedCommit> | undefined, table: Table | undefined): Result<Committed> | Promise<never> {
  if (outcome?.ok === false) return outcome
  if (outcome === undefined || table === undefined) return Promise.reject(new Error('a change was committed that nobody staged'))
  const { snapshot } = outcome.value
  return ok({ table, ...(snapshot !== undefined && { snapshot }) })
}

/** Stages every change on what the one before it leaves. Only the last one's metadata is written: it has the snapshots of all. */
async function stageAll(lake: Lake, name: TableName, turn: readonly Waiting[]): Promise<Result<{ readonly staged: StagedCommit | undefined; readonly outcomes: Outcomes }>> {
  const loaded = await loadTable(lake, name)
  if (!loaded.ok) return loaded
  const held = holdBack(lake)
  const outcomes = new Map<Waiting, Result<StagedCommit>>()
  const steps: StagedCommit[] = []
  for (const waiting of turn) {
    const staged = await waiting.stage(held.lake, steps.at(-1)?.table ?? loaded.value)
    outcomes.set(waiting, staged)
    if (staged.ok) steps.push(staged.value)
  }
  const staged = steps.at(-1)
  const written = staged === undefined ? ok(undefined) : await held.write(staged.swap.next.metadataLocation)
  return written.ok ? ok({ staged, outcomes }) : fail(...written.diagnostics)
}
