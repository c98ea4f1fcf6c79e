// Rows of data sets are held against the tables that are really there: pointer, metadata file, schema. Reads only; a
// metadata file that was read once is only looked for.

import { systemClock } from '@tulle/kernel'
import type { Pointer, TableName } from '@tulle/lake'
import { columnsOf } from './data-set.ts'
import { schemaDiffers, toColumns } from './evolve-table.ts'
import { lakeOf, tableAt } from './find-table.ts'
import type { Drift, ObserveContext, Observed } from './types.ts'

/** Adds what drifted. */
export async function observeDataSets(context: ObserveContext, rows: readonly Observed[]): Promise<readonly Observed[]> {
  const stored = await context.db.selectFrom('table_pointer').select(['uuid', 'metadata_location']).where('archived_at', 'is', null).execute()
  const pointers = new Map(stored.map((row) => [row.uuid, { uuid: row.uuid, metadataLocation: row.metadata_location }]))
  const shares = Math.ceil(rows.length / LOOKED_FOR)
  return mapSome(rows, 32, async (row, index) => {
    const drift = await driftOf(context, row, { pointers, lookFor: index % shares === context.look % shares })
    return drift === undefined ? row : { ...row, drift }
  })
}

/** How many known metadata files a look makes sure of. In larger meshes they take turns: a lost one is seen within a few looks. */
const LOOKED_FOR = 1000

interface Look { readonly pointers: ReadonlyMap<string, Pointer>; readonly lookFor: boolean }

async function driftOf(context: ObserveContext, row: Observed, { pointers, lookFor }: Look): Promise<Drift | undefined> {
  const { made, archived } = row
  if (made?.['destroying'] === true) return { reason: 'half-destroyed', message: `The destruction of ${row.ref} was interrupted.`, remedy: 'It is finished.' }
  if (archived || row.drift !== undefined) return row.drift
  const pointer = pointers.get(String(made?.['uuid']))
  const seen = context.remembered.get(row.ref)
  const known = seen !== undefined && seen.metadataLocation === pointer?.metadataLocation && seen.fingerprint === row.fingerprint
  if (known && !seen.schemaDiffers && (!lookFor || (await context.objects.localFile(seen.metadataLocation)).ok)) return undefined
  return tableDrift(context, row, pointer)
}

async function tableDrift(context: ObserveContext, { ref, spec, fingerprint }: Observed, pointer: Pointer | undefined): Promise<Drift | undefined> {
  const declared = columnsOf(spec)
  if (declared === undefined) return undefined
  const name: TableName = { namespace: String(spec['product']), name: String(spec['name']) }
  const text = `${name.namespace}.${name.name}`
  if (pointer === undefined) return { reason: 'table-missing', message: `The table ${text} was dropped by hand.`, remedy: REMADE }
  const table = await tableAt(lakeOf({ db: context.db, objects: context.objects, clock: systemClock }), name, pointer)
  if (!table.ok) return { reason: 'metadata-missing', message: `The metadata file of the table ${text} is gone or cannot be read.`, remedy: REMADE }
  const columns = toColumns(declared)
  const differs = columns.ok && schemaDiffers(table.value.schema.fields, columns.value)
  context.remembered.set(ref, { metadataLocation: pointer.metadataLocation, fingerprint, schemaDiffers: differs })
  if (!differs) return undefined
  return { reason: 'schema-differs', message: `The columns of the table ${text} were changed by hand.`, remedy: 'They become those of its contract again.' }
}

const REMADE = 'It comes back as its newest published metadata file has it, or empty where none is left.'

/** Maps with at most so many at a time, in order. */
async function mapSome<T, U>(items: readonly T[], width: number, map: (item: T, index: number) => Promise<U>): Promise<readonly U[]> {
  const results: U[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await map(items[index] as T, index)
  }
  await Promise.all(Array.from({ length: width }, work))
  return results
}
