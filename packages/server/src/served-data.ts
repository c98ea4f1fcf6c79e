// What a data port serves: applied products with their published snapshots, as the gateway asks for them.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RelationFile } from '@tulle/engine'
import type { DataSource, ServedColumn, ServedDataSet, ServedProduct } from '@tulle/gateway'
import { filesAt, loadTable } from '@tulle/lake'
import type { Lake } from '@tulle/lake'
import type { DataSet, OutputPort } from '@tulle/model'
import { readProductDefinitions } from '@tulle/providers'
import type { AppliedTable, ProductDefinition } from '@tulle/providers'
import type { Store } from '@tulle/store'

interface ServedDataOptions {
  readonly store: Store
  readonly lake: Lake
  /** Serves the data sets behind output ports of this kind, and no others. */
  readonly port: OutputPort['kind']
}

export function servedData({ store, lake, port }: ServedDataOptions): DataSource {
  // Set only by a read that succeeded, so that one failure does not stay.
  let definitions: ReadonlyMap<string, ProductDefinition> | undefined
  const read = async (): Promise<ReadonlyMap<string, ProductDefinition>> => {
    definitions = new Map((await readProductDefinitions(store.db)).map((definition) => [definition.id, definition]))
    return definitions
  }
  return {
    products: async () => [...(await read()).values()].map((definition) => toServed(definition, port)).filter((product) => product.dataSets.length > 0),
    snapshot: async (productId, dataSet) => {
      const table = (definitions ?? (await read())).get(productId)?.tables[dataSet]
      return table === undefined ? ok(undefined) : currentSnapshot(lake, table)
    },
  }
}

async function currentSnapshot(lake: Lake, { name }: AppliedTable): Promise<Result<{ readonly id: string; readonly files: readonly RelationFile[] } | undefined>> {
  const table = await loadTable(lake, name)
  if (!table.ok) return table
  const snapshot = table.value.currentSnapshot
  if (snapshot === undefined) return ok(undefined)
  const files = await filesAt(lake, table.value, snapshot.id)
  if (!files.ok) return files
  const local: RelationFile[] = []
  for (const file of files.value) {
    const path = await lake.objects.localFile(file.path)
    if (!path.ok) return path
    local.push({ path: path.value })
  }
  return ok({ id: snapshot.id, files: local })
}

function toServed({ id, product, tables }: ProductDefinition, kind: OutputPort['kind']): ServedProduct {
  const offered = new Set(product.outputPorts.filter((port) => port.kind === kind).flatMap((port) => port.dataSets))
  return {
    id,
    schema: product.name,
    name: product.name,
    title: product.title,
    ...(product.description !== undefined && { description: product.description }),
    domain: product.domain,
    team: product.team,
    dataSets: product.dataSets.flatMap((dataSet) => {
      const table = tables[dataSet.name]
      return table === undefined || !offered.has(dataSet.name) ? [] : [toServedDataSet(dataSet, table)]
    }),
  }
}

function toServedDataSet(dataSet: DataSet, table: AppliedTable): ServedDataSet {
  const columns = dataSet.contract?.columns ?? []
  return {
    name: dataSet.name,
    title: dataSet.title,
    ...(dataSet.description !== undefined && { description: dataSet.description }),
    columns: columns.flatMap((column): ServedColumn[] => {
      const fieldId = table.fieldIds[column.name]
      return fieldId === undefined ? [] : [{
        name: column.name,
        type: column.type,
        fieldId,
        required: column.required,
        ...(column.primaryKey !== undefined && { primaryKey: true }),
        ...(column.description !== undefined && { description: column.description }),
        ...(column.classification !== undefined && { classification: column.classification }),
      }]
    }),
  }
}
