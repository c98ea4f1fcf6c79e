// Rows of data sets are held against the tables that are really there: pointer, metadata file, schema. Reads only. A
// metadata file is read once; afterwards, and where the row says what it holds, it is only looked for.

import { sql } from 'kysely'
import { systemClock } from '@tulle/kernel'
import type { Pointer, TableName } from '@tulle/lake'
import { columnsOf } from './data-set.ts'
import { schemaDiffers, toColumns } from './evolve-table.ts'
import { lakeOf, tableAt } from './find-table.ts'
import type { Drift, ObserveContext, Observed, SeenTable } from './types.ts'

/** Those that drifted. */
export async function observeDataSets(context: ObserveContext, rows: readonly Observed[]): Promise<readonly Observed[]> {
  const pointers = await readPointers(context)
  const turns = Math.ceil(rows.length / LOOKED_FOR)
  const isFirst = context.memory.tables.size === 0
  const drifted: Observed[] = []
  const doubtful: Doubt[] = []
  for (const [index, row] of rows.entries()) {
    const pointer = pointers.get(String(row.made?.['uuid']))
    const drift = driftOfRow(row)
    if (drift !== undefined) drifted.push({ ...row, drift })
    else if (!row.archived) {
      const seen = seenBefore(context, row, pointer, turns > 1)
      if (seen === undefined || seen.drifted || (!seen.wasRead && isTurn(index, turns * READ_LATER, context.look))) doubtful.push({ row, pointer })
      else if (isFirst || isTurn(index, turns, context.look)) doubtful.push({ row, pointer, lookFor: seen.metadataLocation })
    }
  }
  await forEach(doubtful, 32, async (doubt) => {
    const drift = await driftOfTable(context, doubt)
    if (drift !== undefined) drifted.push({ ...doubt.row, drift })
  })
  return drifted
}

/** How many known metadata files a look makes sure of. In larger meshes they take turns: a lost one is seen within a few looks. */
const LOOKED_FOR = 1000
/** In how many rounds of turns a large mesh reads the files for which it took the rows' word at first. */
const READ_LATER = 10

const isTurn = (index: number, turns: number, look: number): boolean => index % turns === look % turns

interface Doubt {
  readonly row: Observed
  readonly pointer: Pointer | undefined
  /** The metadata file that only needs to be there; absent where it is to be read. */
  readonly lookFor?: string
}

/** All pointers in use; from memory where no row of them changed. */
async function readPointers({ db, memory }: ObserveContext): Promise<ReadonlyMap<string, Pointer>> {
  const { rows } = await sql<{ version: string }>`
    select count(*) || '/' || coalesce(sum(hashtextextended(uuid || ':' || xmin::text, 0)::numeric), 0) as version
    from table_pointer`.execute(db)
  const version = rows[0]?.version ?? ''
  if (memory.pointers?.version === version) return memory.pointers.byUuid
  const stored = await db.selectFrom('table_pointer').select(['uuid', 'metadata_location']).where('archived_at', 'is', null).execute()
  const byUuid = new Map(stored.map((row) => [row.uuid, { uuid: row.uuid, metadataLocation: row.metadata_location }]))
  memory.pointers = { version, byUuid }
  return byUuid
}

function driftOfRow({ ref, made, drift }: Observed): Drift | undefined {
  if (made?.['destroying'] === true) return { reason: 'half-destroyed', message: `The destruction of ${ref} was interrupted.`, remedy: 'It is finished.' }
  return drift
}

/** What is known of the file that the pointer leads to. In a large mesh the word of a row that nobody edited is enough. */
function seenBefore({ memory }: ObserveContext, { ref, made, fingerprint }: Observed, pointer: Pointer | undefined, isLarge: boolean): SeenTable | undefined {
  if (pointer === undefined) return undefined
  const { metadataLocation } = pointer
  const seen = memory.tables.get(ref)
  if (seen !== undefined && seen.metadataLocation === metadataLocation && seen.fingerprint === fingerprint) return seen
  const asOf = made?.['asOf'] as { readonly metadata?: string; readonly fingerprint?: string } | undefined
  if (!isLarge || asOf?.metadata !== metadataLocation || asOf.fingerprint !== fingerprint) return undefined
  const trusted: SeenTable = { metadataLocation, fingerprint, drifted: false, wasRead: false }
  memory.tables.set(ref, trusted)
  return trusted
}

async function driftOfTable(context: ObserveContext, { row, pointer, lookFor }: Doubt): Promise<Drift | undefined> {
  // The store is asked: a local copy would outlive what it was made of.
  if (lookFor !== undefined && (await context.objects.facts(lookFor)).ok) return undefined
  const { ref, spec, fingerprint } = row
  const declared = columnsOf(spec)
  if (declared === undefined) return undefined
  const name: TableName = { namespace: String(spec['product']), name: String(spec['name']) }
  const text = `${name.namespace}.${name.name}`
  if (pointer === undefined) return { reason: 'table-missing', message: `The table ${text} was dropped by hand.`, remedy: REMADE }
  const table = await tableAt(lakeOf({ db: context.db, objects: context.objects, clock: systemClock }), name, pointer)
  const columns = toColumns(declared)
  const differs = table.ok && columns.ok && schemaDiffers(table.value.schema.fields, columns.value)
  context.memory.tables.set(ref, { metadataLocation: pointer.metadataLocation, fingerprint, drifted: !table.ok || differs, wasRead: true })
  if (!table.ok) return { reason: 'metadata-missing', message: `The metadata file of the table ${text} is gone or cannot be read.`, remedy: REMADE }
  if (!differs) return undefined
  return { reason: 'schema-differs', message: `The columns of the table ${text} were changed by hand.`, remedy: 'They become those of its contract again.' }
}

const REMADE = 'It comes back as its newest published metadata file has it, or empty where none is left.'

/** Works on at most so many at a time. */
async function forEach<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
}
