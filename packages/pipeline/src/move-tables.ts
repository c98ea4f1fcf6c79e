// One transaction over all tables of a product: their pointers, the run that moves them, and the event that says so. Where
// somebody else was quicker, everything is staged again on what is there now.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { StagedCommit, Table } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { NewEvent } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import type { Snapshots, Target, Workshop } from './types.ts'
import { messages } from './messages.ts'

export interface Staged {
  /** Of the tables that move; without any, nothing is left to do. */
  readonly commits: readonly StagedCommit[]
  /** What the move comes to. */
  readonly snapshots: Snapshots
  readonly events?: readonly NewEvent[]
}

export interface Move {
  readonly product: string
  readonly targets: readonly { readonly table: Pick<Target['table'], 'name'> }[]
  /** The run must still be running when the tables move. */
  readonly runId?: string
  /** Called again after a conflict, with the tables as they are then. */
  readonly stage: (tables: readonly Table[]) => Promise<Result<Staged>>
}

const TRIES = 5

/** Moves all or nothing. */
export async function moveTables(workshop: Pick<Workshop, 'lake' | 'store' | 'catalog'>, move: Move): Promise<Result<Snapshots>> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const tables: Table[] = []
    for (const { table } of move.targets) {
      const loaded = await loadTable(workshop.lake, table.name)
      if (!loaded.ok) return loaded
      tables.push(loaded.value)
    }
    const staged = await move.stage(tables)
    if (!staged.ok) return staged
    if (staged.value.commits.length === 0) return ok(staged.value.snapshots)
    const outcome = await swap(workshop, move, staged.value)
    if (outcome === 'swapped') return ok(staged.value.snapshots)
    if (outcome === 'ended') return fail(messages['publish-cancelled']({ product: move.product }))
  }
  return fail(messages['publish-conflict']({ product: move.product, tries: TRIES }))
}

type Outcome = 'swapped' | 'conflict' | 'ended'

class Stop extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super(outcome)
    this.outcome = outcome
  }
}

async function swap({ store, catalog }: Pick<Workshop, 'store' | 'catalog'>, { runId }: Move, { commits, events = [] }: Staged): Promise<Outcome> {
  try {
    await store.db.transaction().execute(async (tx) => {
      // The row is held until the commit, so a run is either cancelled or published, never both.
      const run = runId === undefined ? undefined : await tx.selectFrom('run').select('status').where('id', '=', runId).forUpdate().executeTakeFirst()
      if (runId !== undefined && run?.status !== 'running') throw new Stop('ended')
      if (await catalog.swapIn(tx, commits.map((commit) => commit.swap)) === 'conflict') throw new Stop('conflict')
      for (const event of events) await appendEvent(tx, event)
    })
    return 'swapped'
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    return error.outcome
  }
}
