// The tables that statements can name, as they are and as a list of changes leaves them. Pure.

import type { Json } from '@tulle/kernel'
import { dataSetVersions } from '@tulle/model'
import type { Observed, ObservedMesh, Spec } from '@tulle/providers'
import type { Change } from '../types.ts'
import type { ReplayTable, Worlds } from './types.ts'

/** Whether a plan touches what statements can name. */
export const touchesTables = (changes: readonly Change[]): boolean => changes.some(isOfTables)

const isOfTables = ({ kind, action }: Change): boolean => (kind === 'data-set' || kind === 'output-port') && action !== 'create'

/** The products whose tables the changes touch, and the others that are asked for, before and after. */
export function worldsOf(changes: readonly Change[], { resources }: ObservedMesh, others: Iterable<string> = []): Worlds {
  const touched = new Set(changes.filter(isOfTables).flatMap(({ product }) => product ?? []))
  const products = new Set([...touched, ...others])
  const rows = new Map<string, Row>()
  for (const { kind, ref, product, spec, archived } of resources.values()) {
    if (!archived && product !== undefined && products.has(product) && (kind === 'data-set' || kind === 'output-port')) rows.set(ref, { kind, product, ref, spec })
  }
  const left = new Map(rows)
  for (const change of changes) {
    if (change.product === undefined || !products.has(change.product) || (change.kind !== 'data-set' && change.kind !== 'output-port')) continue
    if ('desired' in change) left.set(change.ref, { kind: change.kind, product: change.product, ref: change.ref, spec: change.desired.spec })
    else left.delete(change.ref)
  }
  const [before, after] = [tablesOf(rows), tablesOf(left)]
  const changed = new Map<string, readonly string[]>()
  for (const [address, { table, ref }] of before) {
    const next = after.get(address)
    if (next === undefined || columnsText(next.table) !== columnsText(table)) changed.set(address, next === undefined || next.ref === ref ? [ref] : [ref, next.ref])
  }
  return { before: [...before.values()].map(({ table }) => table), after: [...after.values()].map(({ table }) => table), changed }
}

interface Row { readonly kind: Observed['kind']; readonly product: string; readonly ref: string; readonly spec: Spec }
interface Found { readonly table: ReplayTable; readonly ref: string }

const columnsText = ({ columns }: ReplayTable): string => JSON.stringify(columns)

function tablesOf(rows: ReadonlyMap<string, Row>): ReadonlyMap<string, Found> {
  const tables = new Map<string, Found>()
  for (const [product, own] of Map.groupBy(rows.values(), (row) => row.product)) {
    const offered = new Set(own.filter(({ kind, spec }) => kind === 'output-port' && (spec['kind'] === 'sql' || spec['kind'] === 'rest' || spec['kind'] === 'files')).flatMap(({ spec }) => textsOf(spec['dataSets'])))
    const dataSets = own.filter(({ kind }) => kind === 'data-set').map(({ ref, spec }) => ({ ref, columns: columnsIn(spec), ...versionedOf(spec) }))
    const byName = new Map(dataSets.map((dataSet) => [dataSet.name, dataSet]))
    for (const { name, stored, major, isPlain } of dataSetVersions(dataSets)) {
      const dataSet = byName.get(stored)
      if (dataSet === undefined || !offered.has(stored) || dataSet.columns.length === 0) continue
      for (const schema of [...(isPlain ? [product] : []), ...(major === undefined ? [] : [`${product}@${major}`])]) {
        tables.set(`${schema}.${name}`, { ref: dataSet.ref, table: { schema, name, columns: dataSet.columns } })
      }
    }
  }
  return tables
}

const textsOf = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])
const objectOf = (value: Json | undefined): Spec => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Spec) : {})

function versionedOf(spec: Spec) {
  const { name, versionOf, plainName, contract } = spec
  return {
    name: String(name), contract: { major: Number(objectOf(contract)['major'] ?? 0) },
    ...(typeof versionOf === 'string' && { versionOf }), ...(plainName === true && { plainName }),
  }
}

function columnsIn(spec: Spec): ReplayTable['columns'] {
  const columns = objectOf(spec['contract'])['columns']
  return Array.isArray(columns) ? (columns as readonly Json[]).map(objectOf).map(({ name, type }) => ({ name: String(name), type: String(type) })) : []
}
