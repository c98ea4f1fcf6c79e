// The data sets of other products that a run reads, each at the snapshot that is published now. What is pinned stays: a
// publish during the run changes nothing for it.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Relation, RelationFile } from '@tulle/engine'
import type { Lake } from '@tulle/lake'
import { filesAt, loadTable, schemaAt } from '@tulle/lake'
import type { InputDataSet } from './product-plan.ts'
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

/** A data set at a snapshot as a relation of the run's engine process: its files are linked into `inFolder`. */
export async function relationAt(lake: Lake, { product, dataSet, snapshot }: PinnedInput, inFolder: string): Promise<Result<Relation>> {
  const table = await loadTable(lake, { namespace: product, name: dataSet })
  if (!table.ok) return table
  const schema = schemaAt(table.value, snapshot)
  if (!schema.ok) return schema
  const data = await filesAt(lake, table.value, snapshot)
  if (!data.ok) return data
  const files: RelationFile[] = []
  for (const [i, file] of data.value.entries()) {
    const local = await lake.objects.localFile(file.path)
    if (!local.ok) return local
    files.push({ path: await linkInto(inFolder, `${product}.${dataSet}.${snapshot}.${i}.parquet`, local.value) })
  }
  const columns = schema.value.fields.map(({ id, name, type }) => ({ name, type, fieldId: id }))
  return ok({ schema: product, name: dataSet, columns, files })
}
