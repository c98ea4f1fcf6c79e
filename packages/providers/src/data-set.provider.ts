// The life of a data set: its row and, where it has a contract, one Iceberg table. Every verb that ends in "as desired"
// is the same effect: look at what is there, stage the files that are missing, then one transaction with pointer, row and
// events. A crash leaves at most files that nobody points to.

import { Bug, fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { stageCreate } from '@tulle/lake'
import type { Column, PointerSwap, Table, TableName } from '@tulle/lake'
import type { DataLayout } from '@tulle/model'
import { appendEvent } from '@tulle/store'
import { columnChanges, columnsOf, dataSetDesire, deprecationOf, diffDataSet, layoutOf } from './data-set.ts'
import { destroyDataSet } from './destroy-data-set.ts'
import { evolveTable, fieldIdsIn, partitionsOf, sortKeysOf, toColumns } from './evolve-table.ts'
import { findTable, lakeOf } from './find-table.ts'
import type { FoundTable } from './find-table.ts'
import { messages } from './messages.ts'
import { observeDataSets } from './observe-data-sets.ts'
import { postgresCatalog } from './postgres-catalog.ts'
import { archiveRow, findRow, inTransaction, isAsDesired, lockRow, putRow } from './rows.ts'
import type { Tx } from './rows.ts'
import { tableFolder } from './table-folder.ts'
import type { Action, Effect, FieldChange, Made, Provider, ProviderContext, Resource, ResourceRow } from './types.ts'

const put = (action: Action) => (context: ProviderContext, desired: Resource): Promise<Result<Effect>> => putDataSet(context, desired, action)

export const dataSetProvider: Provider = {
  kind: 'data-set',
  target: 'embedded',
  desire: dataSetDesire,
  outlivesDeclaration: true,
  observe: observeDataSets,
  diff: diffDataSet,
  create: put('create'),
  update: put('update'),
  move: put('move'),
  restore: put('restore'),
  heal: put('heal'),
  archive: archiveDataSet,
  destroy: destroyDataSet,
}

/** An attempt is lost only to a publish that won: this many in a row are a loop that never rests. */
const ATTEMPTS = 24

async function putDataSet(context: ProviderContext, desired: Resource, action: Action): Promise<Result<Effect>> {
  const name = tableNameOf(desired)
  // A forged plan must not reach another product's table under the address of its own.
  if (desired.ref !== `data-set:${name.namespace}.${name.name}`) return fail(messages['bad-table-name']({ product: name.namespace, dataSet: name.name }))
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const row = await findRow(context.db, desired.ref)
    const prepared = await prepareTable(context, { desired, name, row })
    if (!prepared.ok) return prepared
    const effect = await commitDataSet(context, { desired, name, action, prepared: prepared.value })
    if (effect !== 'conflict') return effect
  }
  return fail(messages['table-busy']({ table: `${name.namespace}.${name.name}` }))
}

const tableNameOf = ({ spec }: Resource): TableName => ({ namespace: String(spec['product']), name: String(spec['name']) })

/** What the transaction has to do besides the row. */
interface Prepared {
  readonly found: FoundTable
  /** The table as it will be; undefined for a data set without a contract. */
  readonly table?: Table
  readonly swap?: PointerSwap
  readonly note?: string
}

interface Wanted {
  readonly desired: Resource
  readonly name: TableName
  readonly row: ResourceRow | undefined
}

async function prepareTable(context: ProviderContext, { desired, name, row }: Wanted): Promise<Result<Prepared>> {
  const found = await findTable(context, name, row?.made)
  const declared = columnsOf(desired.spec)
  if (declared === undefined) return ok({ found })
  const columns = toColumns(declared)
  if (!columns.ok) return columns
  // A contract that once said how and no longer does wants it undone.
  const layout = layoutOf(desired.spec) ?? (row !== undefined && layoutOf(row.spec) !== undefined ? {} : undefined)
  return found.table === undefined ? newTable(context, name, { found, columns: columns.value, layout, row }) : nextTable(context, found, found.table, { columns: columns.value, layout })
}

interface Missing {
  readonly found: FoundTable
  readonly columns: readonly Column[]
  readonly layout: DataLayout | undefined
  readonly row: ResourceRow | undefined
}

async function newTable(context: ProviderContext, name: TableName, { found, columns, layout, row }: Missing): Promise<Result<Prepared>> {
  const product = await findRow(context.db, `data-product:${name.namespace}`)
  if (product === undefined) return fail(messages['product-row-missing']({ ref: `data-set:${name.namespace}.${name.name}`, product: name.namespace }))
  const folder = tableFolder({ productId: product.id, product: name.namespace, dataSet: name.name })
  if (!folder.ok) return folder
  const staged = await stageCreate(lakeOf(context), { name, folder: folder.value, columns, ...(layout !== undefined && { partitioning: partitionsOf(layout), sortOrder: sortKeysOf(layout) }), properties: { 'tulle.product-id': product.id } })
  if (!staged.ok) return staged
  const { table, swap } = staged.value
  const lostTable = row?.made !== undefined
  return ok({
    found, table, swap: { ...swap, expected: found.pointer },
    ...(lostTable && { note: `The table ${name.namespace}.${name.name} was made again, empty: tulle run ${name.namespace} builds its data.` }),
  })
}

async function nextTable(context: ProviderContext, found: FoundTable, table: Table, { columns, layout }: Pick<Missing, 'columns' | 'layout'>): Promise<Result<Prepared>> {
  const staged = await evolveTable(lakeOf(context), table, columns, layout)
  if (!staged.ok) return staged
  if (staged.value !== undefined) return ok({ found, table: staged.value.table, swap: { ...staged.value.swap, expected: found.pointer } })
  if (!found.recovered) return ok({ found, table })
  const name = `${table.name.namespace}.${table.name.name}`
  return ok({
    found, table,
    swap: { name: table.name, expected: found.pointer, next: { uuid: table.uuid, metadataLocation: table.metadataLocation } },
    note: `The table ${name} points again to its newest published metadata file; its data is back.`,
  })
}

interface Commit {
  readonly desired: Resource
  readonly name: TableName
  readonly action: Action
  readonly prepared: Prepared
}

class Conflict extends Error {}

async function commitDataSet(context: ProviderContext, commit: Commit): Promise<Result<Effect> | 'conflict'> {
  const { desired, name, action, prepared } = commit
  try {
    return ok(await inTransaction(context, async (tx) => {
      const row = await lockRow(tx, desired.ref)
      const moved = await movePointer(tx, context, name, prepared)
      const made = prepared.table === undefined ? row?.made : madeOf(prepared.table, desired)
      if (!moved && row !== undefined && isAsDesired(row, desired) && sameMade(row.made, made)) return { id: row.id, changed: false }
      const effect = await putRow(tx, context, { desired, made, action, row })
      await tellSchema(tx, desired, row, prepared)
      await tellDeprecation(tx, desired, row)
      return { ...effect, ...(prepared.note !== undefined && { note: prepared.note }) }
    }))
  } catch (error) {
    if (error instanceof Conflict) return 'conflict'
    if (isTaken(error)) return fail(messages['table-name-taken']({ table: `${name.namespace}.${name.name}` }))
    throw error
  }
}

/** Moves the pointer to the prepared table, in use; out of use where there is to be no table. True where anything moved. */
async function movePointer(tx: Tx, context: ProviderContext, name: TableName, { found, table, swap }: Prepared): Promise<boolean> {
  const { pointer } = found
  if (table === undefined) return pointer !== undefined && !pointer.archived && (await setArchived(tx, pointer.uuid, new Date(context.clock.now())))
  const restored = pointer?.archived === true && (await setArchived(tx, pointer.uuid, null))
  if (swap === undefined) {
    // Nothing to swap, but what was looked at must still be there when the row says so.
    const still = await tx.selectFrom('table_pointer').select('uuid').forShare()
      .where('uuid', '=', table.uuid).where('namespace', '=', name.namespace).where('name', '=', name.name).where('archived_at', 'is', null).executeTakeFirst()
    if (still === undefined) throw new Conflict()
    return restored
  }
  if ((await postgresCatalog(tx).swapIn(tx, [swap])) === 'conflict') throw new Conflict()
  return true
}

async function setArchived(tx: Tx, uuid: string, archivedAt: Date | null): Promise<boolean> {
  const updated = await tx.updateTable('table_pointer').set({ archived_at: archivedAt }).where('uuid', '=', uuid)
    .where('archived_at', archivedAt === null ? 'is not' : 'is', null).executeTakeFirst()
  return updated.numUpdatedRows > 0n
}

// `asOf` says for which contract the metadata file had the columns, so that a later look need not read it again.
const madeOf = (table: Table, { fingerprint }: Resource): Made =>
  ({ uuid: table.uuid, location: table.location, fieldIds: fieldIdsIn(table), asOf: { metadata: table.metadataLocation, fingerprint } })
const sameMade = (a: Made | undefined, b: Made | undefined): boolean => JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b))
// The database orders members in its own way. A newer `asOf` alone is no reason to write the row again.
const inOrder = (made: Made | undefined) =>
  (made === undefined ? [] : [made['uuid'], made['location'], Object.entries(made['fieldIds'] ?? {}).toSorted(), made['destroying']])

async function tellSchema(tx: Tx, desired: Resource, row: ResourceRow | undefined, { table, swap }: Prepared): Promise<void> {
  const fields: readonly FieldChange[] = row === undefined ? [] : columnChanges(diffDataSet(desired, { spec: row.spec, fingerprint: row.recorded }).fields)
  if (table === undefined || (swap === undefined && fields.length === 0)) return
  await appendEvent(tx, {
    type: 'tulle.schema.changed',
    source: '/resources',
    subject: desired.ref,
    data: {
      product: table.name.namespace, dataSet: table.name.name, table: table.uuid, schemaId: table.schema.schemaId,
      breaking: fields.some((field) => field.breaking), changes: fields.map((field) => field.sentence),
    },
  })
}

/** Consumers hear of it once: where a day to retire is set or moved, or the contract becomes deprecated. */
async function tellDeprecation(tx: Tx, desired: Resource, row: ResourceRow | undefined): Promise<void> {
  const [before, now] = [row === undefined ? {} : deprecationOf(row.spec), deprecationOf(desired.spec)]
  const isNews = (now.retires !== undefined && now.retires !== before.retires) || (now.deprecated === true && before.deprecated !== true)
  if (!isNews) return
  const { product = '', name = '' } = desired.spec as { readonly product?: string; readonly name?: string }
  await appendEvent(tx, { type: 'tulle.data-set.deprecated', source: '/resources', subject: desired.ref, data: { product, dataSet: name, ...(now.retires !== undefined && { retires: now.retires }) } })
}

const isTaken = (error: unknown): boolean =>
  (error as { code?: unknown }).code === '23505' && (error as { constraint?: unknown }).constraint === 'table_pointer_active_name'

async function archiveDataSet(context: ProviderContext, ref: string): Promise<Result<Effect>> {
  return ok(await inTransaction(context, async (tx) => {
    const row = await lockRow(tx, ref)
    if (row === undefined) return { changed: false }
    if (row.archived) return { id: row.id, changed: false }
    if (row.kind !== 'data-set') throw new Bug(`${ref} is no data set.`)
    if (typeof row.made?.['uuid'] === 'string') await setArchived(tx, row.made['uuid'], new Date(context.clock.now()))
    return archiveRow(tx, context, row)
  }))
}
