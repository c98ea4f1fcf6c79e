// Ended runs, their logs and old events. What a version names stays with it: its run is where it comes from, and the event
// of its publish is by what a lost pointer is found again.

import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Lake } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { MaintenanceRules } from '@tulle/model'
import type { MaintainedTable } from '@tulle/providers'
import type { Store } from '@tulle/store'
import type { Removal } from './types.ts'
import { MAINTAINED } from './due.ts'
import { printSpan } from './print-time.ts'
import { keepAlertsOf, keepRunsOf } from './table-policy.ts'

/** Of each product the newest stay, however old: schedules go on from them. */
const RUNS_OF_EACH = 20
/** As many as a check learns from. */
const VERDICTS_OF_EACH = 800
const RUN_ID = 'tulle.run-id'

export interface Pruning {
  readonly store: Store
  readonly lake: Lake
  /** Of all products in use; of one, where only that one's rows are to go. */
  readonly tables: readonly MaintainedTable[]
  readonly product?: string | undefined
  /** What the mesh says. */
  readonly rules: MaintenanceRules
  readonly now: number
}

/** What `pruneJournal` would remove. */
export async function foreseePruning(pruning: Pruning): Promise<readonly Removal[]> {
  const named = await namedRuns(pruning)
  if (named === undefined) return []
  const removals: Removal[] = []
  for (const { table, rows, tell } of oldOnes(pruning, named)) {
    const counted = await sql<{ n: string }>`select count(*) as n from ${sql.table(table)} where ${rows}`.execute(pruning.store.db)
    removals.push(...tell(Number(counted.rows[0]?.n)))
  }
  return removals
}

/** Removes nothing where a table cannot be loaded: nobody could say which runs it names. */
export async function pruneJournal(pruning: Pruning): Promise<readonly Removal[]> {
  const named = await namedRuns(pruning)
  if (named === undefined) return []
  return pruning.store.db.transaction().execute(async (tx) => {
    const removals: Removal[] = []
    for (const { table, rows, tell } of oldOnes(pruning, named)) {
      const gone = await sql`delete from ${sql.table(table)} where ${rows}`.execute(tx)
      removals.push(...tell(Number(gone.numAffectedRows ?? 0)))
    }
    return removals
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

interface OldRows { readonly table: string; readonly rows: RawBuilder<boolean>; readonly tell: (count: number) => readonly Removal[] }

/** Rows that have had their time, table by table; what the first lose, the next may lose too. */
function oldOnes(pruning: Pruning, named: readonly string[]): readonly OldRows[] {
  const { now, rules, product, tables } = pruning
  // What an archived product's versions name is known when it is restored.
  const products = [...new Set(tables.map(({ name }) => name.namespace))]
  return [
    ...keptAlike(pruning, (table) => table.name.namespace).flatMap((group) => ofRuns(group, { now, named, products })),
    ...keptAlike(pruning, ({ name }) => `${name.namespace}.${name.name}`).map((group) => ofVerdicts(group, now)),
    ...(product === undefined ? ofNoProduct(rules, now) : []),
  ]
}

/** What is kept for the same time: some products or data sets, or all that say nothing of their own. */
interface KeptAlike { readonly keep: number; readonly holds: (name: RawBuilder<unknown>) => RawBuilder<boolean> }

/** A run is of all data sets of its product: it stays as long as the one that keeps runs for the longest. */
function keptAlike({ tables, rules, product }: Pruning, nameOf: (table: MaintainedTable) => string): readonly KeptAlike[] {
  const longest = new Map<string, number>()
  for (const table of tables) longest.set(nameOf(table), Math.max(longest.get(nameOf(table)) ?? 0, keepRunsOf(table.rules)))
  const own = [...longest].filter(([, keep]) => product !== undefined || keep !== keepRunsOf(rules))
  const groups = [...Map.groupBy(own, ([, keep]) => keep)].map(([keep, of]): KeptAlike => ({ keep, holds: (name) => sql`${name} = any(${of.map(([one]) => one)}::text[])` }))
  return product === undefined ? [{ keep: keepRunsOf(rules), holds: (name) => sql`coalesce(${name} <> all(${own.map(([one]) => one)}::text[]), true)` }, ...groups] : groups
}

const some = (what: Removal['what'], of: string, rule: string, reason: string) => (count: number): readonly Removal[] => (count > 0 ? [{ job: 'journal', what, name: `${count} ${of}`, rule, reason }] : [])

function ofRuns({ keep, holds }: KeptAlike, { now, named, products }: { readonly now: number; readonly named: readonly string[]; readonly products: readonly string[] }): readonly OldRows[] {
  const before = new Date(now - keep)
  const ofProduct = holds(sql.ref('product'))
  return [
    {
      table: 'run',
      rows: sql<boolean>`finished_at < ${before} and id <> all(${named}::text[]) and product = any(${products}::text[]) and ${ofProduct}
        and id not in (select id from (select id, row_number() over (partition by product order by requested_at desc) as newest from run) r where r.newest <= ${RUNS_OF_EACH})`,
      tell: some('run', 'ended runs', 'keep-runs', `They ended more than ${printSpan(keep)} ago, and no version that is kept came from them.`),
    },
    {
      // Steps of a run that goes on, or is begun again, are read; those of one that ended so long ago are not.
      table: 'run_output',
      rows: sql<boolean>`run_id in (select id from run where finished_at < ${before} and ${ofProduct})
        and run_id not in (select id from (select id, row_number() over (partition by product order by requested_at desc) as newest from run) r where r.newest <= ${RUNS_OF_EACH})`,
      tell: some('output', 'outputs of steps', 'keep-runs', `Their runs ended more than ${printSpan(keep)} ago.`),
    },
    {
      // Behind every consumer; and of what tables go by, the last stays.
      table: 'outbox',
      rows: sql<boolean>`time < ${before} and seq <= coalesce((select min(seq) from outbox_cursor), 0) and ${holds(sql`(data->>'product')`)}
        and not (type = 'tulle.product.published' and (data->>'runId' = any(${named}::text[]) or subject <> all(${products}::text[])))
        and not (type = ${MAINTAINED} and not exists (select 1 from outbox later where later.type = ${MAINTAINED} and later.subject = outbox.subject and later.seq > outbox.seq))`,
      tell: some('event', 'events', 'keep-runs', `They are older than ${printSpan(keep)}, and everybody has read them.`),
    },
  ]
}

const ofVerdicts = ({ keep, holds }: KeptAlike, now: number): OldRows => ({
  // What is usual is learned from the last ones of a check, over years where it runs once a day.
  table: 'check_verdict',
  rows: sql<boolean>`at < ${new Date(now - keep)} and ${holds(sql`(product || '.' || data_set)`)} and (run_id, data_set, check_name) not in (
    select run_id, data_set, check_name from (select run_id, data_set, check_name, row_number() over (partition by product, data_set, check_name order by at desc) as newest from check_verdict) v where v.newest <= ${VERDICTS_OF_EACH})`,
  tell: some('verdict', 'verdicts of checks', 'keep-runs', `They are older than ${printSpan(keep)}, and ${VERDICTS_OF_EACH} newer ones of their check stay.`),
})

function ofNoProduct(rules: MaintenanceRules, now: number): readonly OldRows[] {
  const [keep, keepAlerts] = [keepRunsOf(rules), keepAlertsOf(rules)]
  const before = new Date(now - keep)
  return [
    {
      // A run listens from the moment it began: what came before the oldest one that is open is heard by nobody.
      table: 'workflow_event',
      rows: sql<boolean>`kept_at < ${before} and kept_at < coalesce((select min(requested_at) from run where finished_at is null), 'infinity')`,
      tell: some('event', 'events between workflows', 'keep-runs', `They are older than ${printSpan(keep)}, and no run that is open began before them.`),
    },
    {
      table: 'alert',
      rows: sql<boolean>`at < ${new Date(now - keepAlerts)} and not exists (select 1 from alert_delivery d where d.alert_id = alert.id and d.status = 'waiting')`,
      tell: some('alert', 'alerts', 'keep-alerts', `They are older than ${printSpan(keepAlerts)}, and nobody is still to be told.`),
    },
  ]
}
