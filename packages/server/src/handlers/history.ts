// Versions of data sets: listed, compared, built again, and served again.

import type { Handlers, Snapshot } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { ancestorsOf, loadTable } from '@tulle/lake'
import type { Snapshot as KeptSnapshot, Table } from '@tulle/lake'
import { RUN_SUMMARY } from '@tulle/pipeline'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { diffSnapshots } from './diff-snapshots.ts'
import { findTableName } from './find-table-name.ts'
import { permission } from './permissions.ts'
import { findProduct, findProductFor, governed } from './products.ts'
import { pick, pickNumbers } from './summary-facts.ts'

type HistoryHandlers = Pick<Handlers<Caller>, 'listSnapshots' | 'diffSnapshots' | 'reproduceSnapshot' | 'rollBack'>

export function historyHandlers(house: House): HistoryHandlers {
  return {
    listSnapshots: async ({ product, dataSet, limit }, { subject }) => {
      const found = await findProduct(house, product)
      if (!found.ok) return found
      const name = await findTableName(house, product, dataSet)
      if (!name.ok) return name
      const table = await loadTable(house.lake, name.value)
      if (!table.ok) return table
      const versions = versionsOf(table.value)
      // Whoever only consumes never meets what was not audited.
      const inside = permission(house, subject, 'run', governed(found.value)).allowed
      const shown = versions.filter(({ state }) => inside || state !== 'unpublished').slice(0, limit)
      const askers = await readAskers(house, shown.flatMap(({ runId }) => runId ?? []))
      return ok({ snapshots: shown.map((one) => ({ ...one, ...(askers.has(one.runId ?? '') && { requestedBy: askers.get(one.runId ?? '') }) })) })
    },
    diffSnapshots: (input, caller, signal) => diffSnapshots(house, input, caller, signal),
    reproduceSnapshot: async ({ product, snapshotId }, { subject }) => {
      const found = await findProductFor(house, subject, 'run', product)
      if (!found.ok) return found
      const started = await house.pipeline.reproduce(product, { snapshot: snapshotId, requestedBy: subject.name })
      return started.ok ? ok({ runId: started.value.runId }) : started
    },
    rollBack: async ({ product, snapshotId, runId }, { subject }) => {
      const found = await findProductFor(house, subject, 'run', product)
      if (!found.ok) return found
      const moved = await house.pipeline.rollBack(product, { requestedBy: subject.name, snapshot: snapshotId, run: runId })
      return moved.ok ? ok({ product, dataSets: [...moved.value] }) : moved
    },
  }
}

/** Every version that the table still has, newest first. */
function versionsOf(table: Table): readonly Snapshot[] {
  const { snapshots, currentSnapshot, metadata } = table
  const past = new Set(currentSnapshot === undefined ? [] : ancestorsOf(table, currentSnapshot.id).map((one) => one.id))
  const published = new Map(metadata.snapshotLog.map((entry) => [entry.snapshotId, entry.timestamp]))
  const refs = Map.groupBy(Object.entries(metadata.refs), ([, ref]) => ref.snapshotId)
  const stateOf = ({ id }: KeptSnapshot): Snapshot['state'] =>
    (id === currentSnapshot?.id ? 'current' : past.has(id) ? 'past' : published.has(id) ? 'undone' : 'unpublished')
  return snapshots.toReversed().map((snapshot) => {
    const { id, parentId, timestamp, summary } = snapshot
    const publishedAt = published.get(id)
    return {
      id,
      ...(parentId !== undefined && { parentId }),
      time: new Date(timestamp).toISOString(),
      ...(publishedAt !== undefined && { publishedAt: new Date(publishedAt).toISOString() }),
      current: id === currentSnapshot?.id,
      state: stateOf(snapshot),
      ...pick(summary, { operation: 'operation', runId: RUN_SUMMARY.run, contractVersion: RUN_SUMMARY.contract, codeFingerprint: RUN_SUMMARY.code }),
      ...pickNumbers(summary, { rows: 'total-records', rowsAdded: 'added-records', rowsRemoved: 'deleted-records' }),
      refs: (refs.get(id) ?? []).map(([name, { type }]) => ({ name, type })),
      inputs: inputsOf(summary[RUN_SUMMARY.inputs]),
    }
  })
}

/** As a run wrote them; another writer may have put anything there. */
function inputsOf(text: string | undefined): Record<string, string> {
  try {
    const read: unknown = JSON.parse(text ?? '{}')
    if (read === null || typeof read !== 'object') return {}
    return Object.fromEntries(Object.entries(read).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return {}
  }
}

/** Who asked for these runs. */
export async function readAskers({ db }: House, runs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (runs.length === 0) return new Map()
  const rows = await db.selectFrom('run').select(['id', 'requested_by']).where('id', 'in', [...new Set(runs)]).execute()
  return new Map(rows.map((row) => [row.id, row.requested_by]))
}
