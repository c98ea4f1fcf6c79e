// The data sets of other products that a run reads, each at the snapshot that is published now. What is pinned stays: a
// publish during the run changes nothing for it.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { Lake } from '@tulle/lake'
import { loadTable, planScan } from '@tulle/lake'
import { isKept } from '@tulle/providers'
import { tableRelation } from '@tulle/tables'
import type { InputDataSet } from '@tulle/model'
import type { PinnedInput } from './types.ts'
import { linkInto } from './sessions.ts'
import { messages } from './messages.ts'

/** The published snapshot of each; every input without one is told. */
export async function pinInputs(lake: Lake, product: string, inputs: readonly InputDataSet[]): Promise<Result<readonly PinnedInput[]>> {
  const pinned: PinnedInput[] = []
  const diagnostics: Diagnostic[] = []
  for (const { product: from, dataSet } of inputs) {
    const table = await loadTable(lake, { namespace: from, name: dataSet })
    if (!table.ok) return table
    const snapshot = table.value.currentSnapshot
    if (snapshot === undefined) diagnostics.push(messages['input-unpublished']({ product, input: `${from}.${dataSet}` }))
    else pinned.push({ product: from, dataSet, snapshot: snapshot.id })
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok(pinned)
}

/** `files`: these data files alone, by their addresses. */
interface RelationAtOptions { readonly withKept?: boolean; readonly files?: ReadonlySet<string> }

/**
 * A data set at a snapshot as a relation of the run's engine process: its files are linked into `inFolder`. Columns that are
 * kept beyond the contract are for nobody to see, but for the run that adds to them.
 */
export async function relationAt(lake: Lake, { product, dataSet, snapshot }: PinnedInput, inFolder: string, { withKept = false, files }: RelationAtOptions = {}): Promise<Result<Relation>> {
  const table = await loadTable(lake, { namespace: product, name: dataSet })
  if (!table.ok) return table
  const scan = await planScan(lake, table.value, { snapshotId: snapshot })
  if (!scan.ok) return scan
  let placed = 0
  const read = files === undefined ? scan.value : { ...scan.value, files: scan.value.files.filter(({ file }) => files.has(file.path)) }
  const relation = await tableRelation(lake, table.value, read, { place: (file) => linkInto(inFolder, `${product}.${dataSet}.${snapshot}.${placed++}.parquet`, file) })
  if (!relation.ok || withKept) return relation
  const named = new Set(table.value.schema.fields.filter((field) => !isKept(field)).map((field) => field.id))
  const kept = new Set(scan.value.schema.fields.filter((field) => isKept(field) && !named.has(field.id)).map((field) => field.id))
  return kept.size === 0 ? relation : ok({ ...relation.value, columns: relation.value.columns.filter(({ fieldId }) => fieldId === undefined || !kept.has(fieldId)) })
}
