// An older version of a product is served again: main of every data set goes back to what one run published, all in one
// transaction with its events. No row is written, and what is undone stays in the tables until it expires.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, Snapshot, StagedCommit, Table } from '@tulle/lake'
import { ancestorsOf, printTableName, withRef, writeMetadata } from '@tulle/lake'
import type { RollbackOptions, RolledBack, Snapshots, Workshop } from './types.ts'
import { moveTables } from './move-tables.ts'
import type { Staged } from './move-tables.ts'
import { publishedEvent } from './published-event.ts'
import { readPlan } from './read-plan.ts'
import type { ReadPlan } from './read-plan.ts'
import { contractTag, RUN_SUMMARY } from './run-summary.ts'
import { messages } from './messages.ts'

/** Answers the data sets that moved; those that are there already, or that the run did not publish, stay. */
export async function rollBack(workshop: Pick<Workshop, 'lake' | 'store' | 'catalog'>, product: string, options: RollbackOptions): Promise<Result<readonly RolledBack[]>> {
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok) return plan
  let steps: readonly RolledBack[] = []
  const moved = await moveTables(workshop, {
    product,
    targets: plan.value.targets,
    stage: async (tables) => {
      const aim = aimOf(product, tables, options)
      if (!aim.ok) return aim
      const staged = await stageAll(workshop.lake, plan.value, { tables, aim: aim.value, options })
      if (staged.ok) steps = staged.value.steps
      return staged
    },
  })
  return moved.ok ? ok(steps) : moved
}

/** What each table's main goes back to; undefined where it stays. */
type Aim = readonly (Snapshot | undefined)[]

function aimOf(product: string, tables: readonly Table[], { snapshot, run }: RollbackOptions): Result<Aim> {
  const pasts = tables.map((table) => (table.currentSnapshot === undefined ? [] : ancestorsOf(table, table.currentSnapshot.id)))
  if (snapshot !== undefined) {
    const found = pasts.flat().find((one) => one.id === snapshot)
    if (found === undefined) return fail(unknown(product, `snapshot ${snapshot}`, pasts))
    const published = runOf(found)
    // What another writer wrote was published alone.
    return ok(pasts.map((past) => past.find((one) => one === found) ?? (published === undefined ? undefined : past.find((one) => runOf(one) === published))))
  }
  const aim = run ?? runBefore(pasts)
  if (aim === undefined) return fail(messages['nothing-before']({ product }))
  const found = pasts.map((past) => past.find((one) => runOf(one) === aim))
  return found.some((one) => one !== undefined) ? ok(found) : fail(unknown(product, `run ${aim}`, pasts))
}

const runOf = ({ summary }: Snapshot): string | undefined => summary[RUN_SUMMARY.run]

/** The run whose snapshots came before those of the newest one, in any data set. */
function runBefore(pasts: readonly (readonly Snapshot[])[]): string | undefined {
  const newest = pasts.flatMap((past) => past.slice(0, 1)).toSorted((a, b) => b.timestamp - a.timestamp)[0]
  return pasts.flat().filter((one) => runOf(one) !== undefined && runOf(one) !== (newest && runOf(newest)))
    .toSorted((a, b) => b.timestamp - a.timestamp).map(runOf)[0]
}

const SHOWN = 8

function unknown(product: string, what: string, pasts: readonly (readonly Snapshot[])[]) {
  const known = pasts.flatMap((past) => past).toSorted((a, b) => b.timestamp - a.timestamp).slice(0, SHOWN)
  return messages['rollback-target-unknown']({ product, what, known: known.map((one) => (runOf(one) === undefined ? one.id : `${one.id} (run ${runOf(one)})`)) })
}

interface Going { readonly tables: readonly Table[]; readonly aim: Aim; readonly options: RollbackOptions }

async function stageAll(lake: Lake, plan: ReadPlan, { tables, aim, options }: Going): Promise<Result<Staged & { readonly steps: readonly RolledBack[] }>> {
  const product = plan.product.name
  const commits: StagedCommit[] = []
  const steps: RolledBack[] = []
  for (const [i, table] of tables.entries()) {
    const [from, to] = [table.currentSnapshot, aim[i]]
    if (from === undefined || to === undefined || from.id === to.id) continue
    const commit = await stageBack(lake, table, to)
    if (!commit.ok) return commit
    commits.push(commit.value)
    steps.push({ dataSet: printTableName(table.name), from: from.id, to: to.id })
  }
  const snapshots: Snapshots = Object.fromEntries(plan.targets.flatMap(({ dataSet }, i) => {
    const now = aim[i] ?? tables[i]?.currentSnapshot
    return now === undefined ? [] : [[dataSet.name, now.id]]
  }))
  const { id: productId } = plan.definition
  const events = [
    { type: 'tulle.product.rolled-back', source: '/tulle/pipeline', subject: product, data: { product, productId, by: options.requestedBy, dataSets: steps as unknown as Json } },
    publishedEvent({ product, productId, snapshots }),
  ]
  return ok({ commits, snapshots, events, steps })
}

/** Main goes back, and with it the tags of contracts whose newest snapshot is undone. */
function stageBack(lake: Lake, table: Table, to: Snapshot): Promise<Result<StagedCommit>> {
  const { metadata, currentSnapshot } = table
  const lastUpdated = Math.max(lake.clock.now(), metadata.lastUpdated)
  const moved = { ...metadata, ...withRef(metadata, 'main', { ...metadata.refs['main'], type: 'branch', snapshotId: to.id }, lastUpdated) }
  const kept = ancestorsOf(table, to.id)
  const undone = new Set(ancestorsOf(table, currentSnapshot?.id ?? to.id).map((one) => one.id).filter((id) => !kept.some((one) => one.id === id)))
  const refs = Object.entries(moved.refs).flatMap(([name, ref]) => {
    const snapshot = table.snapshots.find((one) => one.id === ref.snapshotId)
    const version = snapshot?.summary[RUN_SUMMARY.contract]
    if (ref.type !== 'tag' || !undone.has(ref.snapshotId) || version === undefined || name !== contractTag(version)) return [[name, ref] as const]
    const newest = kept.find((one) => one.summary[RUN_SUMMARY.contract] === version)
    return newest === undefined ? [] : [[name, { ...ref, snapshotId: newest.id }] as const]
  })
  return writeMetadata(lake, table, { ...moved, refs: Object.fromEntries(refs), lastUpdated })
}
