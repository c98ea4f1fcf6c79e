// Ended runs, their logs and old events. What a version names stays with it: its run is where it comes from, and the event
// of its publish is by what a lost pointer is found again.

import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Lake } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { MaintainedTable } from '@tulle/providers'
import type { Store } from '@tulle/store'
import type { Removal } from './types.ts'
import { MAINTAINED } from './due.ts'
import { printSpan } from './print-time.ts'

/** Of each product the newest stay, however old: schedules go on from them. */
const RUNS_OF_EACH = 20
const RUN_ID = 'tulle.run-id'

export interface Pruning {
  readonly store: Store
  readonly lake: Lake
  readonly tables: readonly MaintainedTable[]
  /** Milliseconds. */
  readonly keep: number
  readonly now: number
}

/** What `pruneJournal` would remove. */
export async function foreseePruning(pruning: Pruning): Promise<readonly Removal[]> {
  const named = await namedRuns(pruning)
  if (named === undefined) return []
  const { runs, events } = oldOnes(pruning, named)
  const [run, event] = [await sql<{ n: string }>`select count(*) as n from run where ${runs}`.execute(pruning.store.db), await sql<{ n: string }>`select count(*) as n from outbox where ${events}`.execute(pruning.store.db)]
  return removalsOf(Number(run.rows[0]?.n), Number(event.rows[0]?.n), pruning.keep)
}

/** Removes nothing where a table cannot be loaded: nobody could say which runs it names. */
export async function pruneJournal(pruning: Pruning): Promise<readonly Removal[]> {
  const named = await namedRuns(pruning)
  if (named === undefined) return []
  const { runs, events } = oldOnes(pruning, named)
  return pruning.store.db.transaction().execute(async (tx) => {
    const run = await sql`delete from run where ${runs}`.execute(tx)
    const event = await sql`delete from outbox where ${events}`.execute(tx)
    return removalsOf(Number(run.numAffectedRows ?? 0), Number(event.numAffectedRows ?? 0), pruning.keep)
  })
}

async function namedRuns({ lake, tables }: Pruning): Promise<readonly string[] | undefined> {
  const named = new Set<string>()
  for (const { name } of tables) {
    const table = await loadTable(lake, name)
    if (!table.ok) return undefined
    for (const { summary } of table.value.snapshots) if (summary[RUN_ID] !== undefined) named.add(summary[RUN_ID])
  }
  return [...named]
}

/** Conditions on rows of `run` and of `outbox`. */
function oldOnes({ keep, now, tables }: Pruning, named: readonly string[]): { readonly runs: RawBuilder<boolean>; readonly events: RawBuilder<boolean> } {
  const before = new Date(now - keep)
  // What an archived product's versions name is known when it is restored.
  const products = [...new Set(tables.map(({ name }) => name.namespace))]
  return {
    runs: sql<boolean>`finished_at < ${before} and id <> all(${named}::text[]) and product = any(${products}::text[])
      and id not in (select id from (select id, row_number() over (partition by product order by requested_at desc) as newest from run) r where r.newest <= ${RUNS_OF_EACH})`,
    // Behind every consumer; and of what tables go by, the last stays.
    events: sql<boolean>`time < ${before} and seq <= coalesce((select min(seq) from outbox_cursor), 0)
      and not (type = 'tulle.product.published' and (data->>'runId' = any(${named}::text[]) or subject <> all(${products}::text[])))
      and not (type = ${MAINTAINED} and not exists (select 1 from outbox later where later.type = ${MAINTAINED} and later.subject = outbox.subject and later.seq > outbox.seq))`,
  }
}

const removalsOf = (runs: number, events: number, keep: number): readonly Removal[] => [
  ...(runs > 0 ? [{ job: 'journal', what: 'run', name: `${runs} ended runs`, rule: 'keep-runs', reason: `They ended more than ${printSpan(keep)} ago, and no version that is kept came from them.` } as const] : []),
  ...(events > 0 ? [{ job: 'journal', what: 'event', name: `${events} events`, rule: 'keep-runs', reason: `They are older than ${printSpan(keep)}, and everybody has read them.` } as const] : []),
]
