// Two versions of a data set, compared under the caller's own rights. What was never published is a version only to those
// who may run the product, and rows only to those who may read them.

import type { Difference } from '@tulle/api'
import type { ServedDifference } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { ancestorsOf, loadTable, planScan, printTableName, snapshotOf, snapshotOfRef } from '@tulle/lake'
import type { Scan, Snapshot, Table } from '@tulle/lake'
import { differingFiles, filesOfScan } from '@tulle/tables'
import type { DifferingFiles } from '@tulle/tables'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { publishedVersion } from '../published-version.ts'
import { readProductDefinition } from '@tulle/providers'
import { servedName } from '../served-name.ts'
import { whoIs } from '../who.ts'
import { findTableName } from './find-table-name.ts'
import { permission } from './permissions.ts'
import { findProduct, governed } from './products.ts'

export interface DiffInput {
  readonly product: string
  readonly dataSet: string
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly limit: number
}

export async function diffSnapshots(house: House, { product, dataSet, from, to, limit }: DiffInput, caller: Caller, signal: AbortSignal): Promise<Result<Difference>> {
  const found = await findProduct(house, product)
  if (!found.ok) return found
  const definition = await readProductDefinition(house.db, product)
  if (!definition.ok) return definition
  const name = await findTableName(house, product, dataSet)
  if (!name.ok) return name
  const table = await loadTable(house.lake, name.value)
  if (!table.ok) return table
  const inside = permission(house, caller.subject, 'run', governed(found.value)).allowed
  const ends = endsOf(table.value, { from, to, inside })
  if (!ends.ok) return ends
  let files: DifferingFiles | undefined
  const compared = await house.sql.governor.compare(whoIs(house, caller, found.value.id), {
    table: servedName(definition.value.product, dataSet), limit, port: 'rest', signal,
    difference: async () => {
      const differing = await filesBetween(house, table.value, ends.value)
      if (!differing.ok) return differing
      files = differing.value
      return relationsOf(house, table.value, ends.value, differing.value)
    },
  })
  if (!compared.ok) return compared
  const { columns, key, added, removed, changed, rows } = compared.value
  return ok({
    from: ends.value.before.id, to: ends.value.after.id, columns: [...columns], key: [...key], added, removed, changed,
    rows: rows.map((row) => ({ ...row })),
    read: sizeOf([...(files?.before.files ?? []), ...(files?.after.files ?? [])]),
    skipped: files?.same ?? { files: 0, bytes: 0 },
  })
}

interface Ends { readonly before: Snapshot; readonly after: Snapshot }

function endsOf(table: Table, { from, to, inside }: { readonly from: string | undefined; readonly to: string | undefined; readonly inside: boolean }): Result<Ends> {
  const name = printTableName(table.name)
  const after = to === undefined ? table.currentSnapshot : versionOf(table, to, inside)
  if (after === undefined) return fail(to === undefined ? messages['nothing-published']({ table: name }) : unknownVersion(table, to))
  const before = from === undefined ? table.snapshots.find((one) => one.id === after.parentId) : versionOf(table, from, inside)
  if (before === undefined) return fail(from === undefined ? messages['nothing-before']({ table: name, version: after.id }) : unknownVersion(table, from))
  return ok({ before, after })
}

export function versionOf(table: Table, text: string, inside: boolean): Snapshot | undefined {
  const published = publishedVersion(table, { kind: 'named', name: text })
  if (published !== undefined || !inside) return published
  const named = snapshotOfRef(table, text)
  const found = named.ok ? named : snapshotOf(table, text)
  return found.ok ? found.value : undefined
}

const SHOWN = 8

export function unknownVersion(table: Table, version: string) {
  const past = table.currentSnapshot === undefined ? [] : ancestorsOf(table, table.currentSnapshot.id).map((one) => one.id)
  const tags = Object.entries(table.metadata.refs).filter(([, ref]) => ref.type === 'tag').map(([tag]) => tag)
  return messages['unknown-version']({ table: printTableName(table.name), version: version.slice(0, 100), hint: didYouMean(version, [...tags, ...past]), known: past.slice(0, SHOWN) })
}

async function filesBetween({ lake }: House, table: Table, { before, after }: Ends): Promise<Result<DifferingFiles>> {
  const was = await planScan(lake, table, { snapshotId: before.id })
  if (!was.ok) return was
  const is = await planScan(lake, table, { snapshotId: after.id })
  return is.ok ? ok(differingFiles(was.value, is.value)) : is
}

async function relationsOf({ lake }: House, table: Table, { before, after }: Ends, differing: DifferingFiles): Promise<Result<ServedDifference>> {
  // Both are shown as the data set is today.
  const was = await filesOfScan(lake, table, { ...differing.before, schema: table.schema })
  if (!was.ok) return was
  const is = await filesOfScan(lake, table, { ...differing.after, schema: table.schema })
  return is.ok ? ok({ before: { id: before.id, files: was.value }, after: { id: after.id, files: is.value } }) : is
}

const sizeOf = (files: Scan['files']) => ({ files: files.length, bytes: files.reduce((sum, { file }) => sum + file.bytes, 0) })
