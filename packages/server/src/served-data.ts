// What a data port serves: applied products with their published snapshots, as the gateway asks for them.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RelationFile } from '@tulle/engine'
import type { DataSource, ServedColumn, ServedDataSet, ServedProduct, ServedSnapshot, TableVersion } from '@tulle/gateway'
import { loadTable, planScan, schemaAt } from '@tulle/lake'
import type { Lake, Predicate } from '@tulle/lake'
import { dataSetVersions, isCollection } from '@tulle/model'
import type { DataSet, OutputPort } from '@tulle/model'
import { readProductDefinitions } from '@tulle/providers'
import type { AppliedTable, ProductDefinition } from '@tulle/providers'
import type { Store } from '@tulle/store'
import { filesOfScan } from '@tulle/tables'
import { publishedVersion } from './published-version.ts'

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
    products: async () => [...(await read()).values()].flatMap((definition) => toServed(definition, port)).filter((product) => product.dataSets.length > 0),
    snapshot: async (productId, dataSet, version) => {
      const table = (definitions ?? (await read())).get(productId)?.tables[dataSet]
      return table === undefined ? ok(undefined) : servedSnapshot(lake, table, version)
    },
  }
}

async function servedSnapshot(lake: Lake, { name }: AppliedTable, version: TableVersion | undefined): Promise<Result<ServedSnapshot | undefined>> {
  const loaded = await loadTable(lake, name)
  if (!loaded.ok) return loaded
  const table = loaded.value
  const snapshot = version === undefined ? table.currentSnapshot : publishedVersion(table, version)
  if (snapshot === undefined) return ok(undefined)
  const schema = schemaAt(table, snapshot.id)
  if (!schema.ok) return schema
  const readings = new Map<string, Promise<Result<readonly RelationFile[]>>>()
  const readFiles = async (filter?: Predicate): Promise<Result<readonly RelationFile[]>> => {
    const scan = await planScan(lake, table, { snapshotId: snapshot.id, ...(filter !== undefined && { filter }) })
    // What has no version is shown as the data set is today, though its last snapshot may be from before a rename.
    return scan.ok ? filesOfScan(lake, table, version === undefined ? { ...scan.value, schema: table.schema } : scan.value) : scan
  }
  // Leaving out a few files costs more than it spares.
  const few = Number(snapshot.summary['total-data-files'] ?? Infinity) <= FEW_FILES
  return ok({
    id: snapshot.id,
    // A writer that does not say how many there are may have left some.
    hasDeletedRows: Number(snapshot.summary['total-delete-files'] ?? Infinity) > 0,
    ...(version !== undefined && { columns: schema.value.fields.map(({ id, name: column, type }) => ({ name: column, type, fieldId: id })) }),
    files: (filter) => {
      const asked = few ? undefined : filter
      const key = JSON.stringify(asked, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)) ?? ''
      const reading = readings.get(key) ?? readFiles(asked)
      // What failed is tried again by the next who asks; of filters the last ones are remembered.
      readings.delete(key)
      readings.set(key, reading)
      reading.then((read) => read.ok || readings.delete(key), () => readings.delete(key))
      for (const oldest of readings.keys()) if (readings.size > REMEMBERED && oldest !== '') readings.delete(oldest)
      return reading
    },
  })
}

const FEW_FILES = 4
const REMEMBERED = 64

/** Under its plain name, and beside it under that of each major version, where there are several of a data set. */
function toServed({ id, product, tables }: ProductDefinition, kind: OutputPort['kind']): readonly ServedProduct[] {
  const offered = new Set(product.outputPorts.filter((port) => port.kind === kind).flatMap((port) => port.dataSets))
  const byName = new Map(product.dataSets.map((dataSet) => [dataSet.name, dataSet]))
  const schemas = new Map<string, ServedDataSet[]>([[product.name, []]])
  for (const { name, stored, major, isPlain, retires, next } of dataSetVersions(product.dataSets)) {
    const [dataSet, table] = [byName.get(stored), tables[stored]]
    if (dataSet === undefined || table === undefined || !offered.has(stored)) continue
    const version = major === undefined ? {} : { version: { stored, major, ...(retires !== undefined && { retires }), ...(next !== undefined && { next }) } }
    const served = { ...toServedDataSet(dataSet, table), name, ...version, ...(isCollection(product, dataSet) && { isCollection: true }) }
    for (const schema of [...(isPlain ? [product.name] : []), ...(major === undefined ? [] : [`${product.name}@${major}`])]) {
      schemas.set(schema, [...(schemas.get(schema) ?? []), { ...served }])
    }
  }
  const { name, title, description, domain, team } = product
  return [...schemas].map(([schema, dataSets]) => ({ id, schema, name, title, ...(description !== undefined && { description }), domain, team, dataSets }))
}

function toServedDataSet(dataSet: DataSet, table: AppliedTable): ServedDataSet {
  const columns = dataSet.contract?.columns ?? []
  return {
    name: dataSet.name,
    title: dataSet.title,
    ...(dataSet.description !== undefined && { description: dataSet.description }),
    ...((dataSet.contract?.drift === 'evolve' || Object.keys(table.fieldIds).length > columns.length) && { mayHoldMore: true }),
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
