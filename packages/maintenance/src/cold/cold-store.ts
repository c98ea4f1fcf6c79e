// The cold store: a folder or a prefix of a bucket that is this mesh's alone, and in it, for each table that rows left, a table of
// those. Where that one begins is a row beside the pointer of the table, so both move in one transaction.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { loadTable, openLake, stageLike, stageSchemaLike, commit } from '@tulle/lake'
import type { Catalog, FileCipher, Pointer, PointerSwap, TableName } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { postgresCatalog } from '@tulle/providers'
import type { Database } from '@tulle/store'
import type { ColdLake, ColdStore, WarmTable } from './types.ts'
import { besideObjects, coldPath } from './beside-objects.ts'
import { holdStore } from './hold-store.ts'
import { messages } from '../messages.ts'
import { verifiedObjects } from './verified-objects.ts'

export interface ColdStoreOptions {
  readonly db: Kysely<Database>
  /** The warehouse. */
  readonly objects: Objects
  /** Of the warehouse: what lies enciphered there is read as it is meant. */
  readonly cipher?: FileCipher | undefined
  readonly clock: Clock
  /** Opens the place; undefined where none is named. */
  readonly open?: (() => Promise<Result<Objects>>) | undefined
}

const SUFFIX = '@archive'
const MARK = 'tulle-archive.json'
const FORMAT = 1

export function openColdStore({ db, objects, cipher, clock, open }: ColdStoreOptions): ColdStore {
  let opened: Promise<Result<Objects>> | undefined
  const place = async (takesOver = false): Promise<Result<Objects>> => {
    if (open === undefined) return fail(messages['cold-store-unnamed']({}))
    opened ??= open()
    const found = await opened
    if (!found.ok) {
      opened = undefined
      return found
    }
    // Each time: a folder that was not mounted, or another one, must not be taken for the store.
    const claimed = await claim(db, found.value)
    const held = claimed.ok ? await holdStore(db, found.value, { now: clock.now(), takesOver }) : claimed
    return held.ok ? found : held
  }
  return {
    isNamed: open !== undefined,
    async takeOver() {
      const taken = await place(true)
      return taken.ok ? ok({ place: taken.value.address('') }) : taken
    },
    async lakeOf(table) {
      const cold = await place()
      if (!cold.ok) return cold
      const both = besideObjects(objects, verifiedObjects(db, cold.value))
      const archive = { ...table.name, name: `${table.name.name}${SUFFIX}` }
      const committing: ColdLake['committing'] = (also) => openLake({ objects: both, clock, ...(cipher !== undefined && { cipher }), catalog: catalogOf(db, { table, archive, also }) })
      return ok({ lake: committing(async () => undefined), archive, committing })
    },
  }
}

/** Makes sure that the place is this mesh's. */
async function claim(db: Kysely<Database>, objects: Objects): Promise<Result<void>> {
  const known = await db.selectFrom('cold_store').select('id').executeTakeFirst()
  const address = objects.address('')
  // A bucket's objects are read from copies here: whether the mark is there now is another question.
  const there = await objects.facts(objects.address(MARK))
  const mark = there.ok ? await objects.read(objects.address(MARK)) : there
  if (mark.ok) return known?.id !== undefined && meshOf(mark.value) === known.id ? wasThere(db, address) : fail(messages['cold-store-foreign']({ place: address }))
  if (mark.diagnostics[0]?.code !== 'object-missing') return mark
  if (known !== undefined && (await db.selectFrom('cold_table').select('uuid').limit(1).executeTakeFirst()) !== undefined) return fail(messages['cold-store-lost']({ place: address }))
  for await (const other of objects.list('')) return other === '' ? ok(undefined) : fail(messages['cold-store-taken']({ place: address }))
  await db.insertInto('cold_store').values({ id: randomUUID() }).onConflict((c) => c.doNothing()).execute()
  const { id } = await db.selectFrom('cold_store').select('id').executeTakeFirstOrThrow()
  const marked = await objects.create(MARK, Buffer.from(`${JSON.stringify({ kind: 'tulle-archive', format: FORMAT, mesh: id })}\n`))
  return marked.ok || marked.diagnostics[0]?.code === 'object-exists' ? ok(undefined) : marked
}

/** Archives name their files by whole addresses. */
async function wasThere(db: Kysely<Database>, address: string): Promise<Result<void>> {
  const elsewhere = await db.selectFrom('cold_table').select('metadata_location').where((where) => where.not(where.fn<boolean>('starts_with', ['metadata_location', where.val(address)]))).limit(1).executeTakeFirst()
  return elsewhere === undefined ? ok(undefined) : fail(messages['cold-store-moved']({ place: address, file: elsewhere.metadata_location }))
}

function meshOf(mark: Uint8Array): unknown {
  try {
    const { format, mesh } = JSON.parse(Buffer.from(mark).toString('utf8')) as { readonly format?: unknown; readonly mesh?: unknown }
    return format === FORMAT ? mesh : undefined
  } catch {
    return undefined
  }
}

interface Beside { readonly table: WarmTable; readonly archive: TableName; readonly also: (tx: Transaction<Database>) => Promise<void> }

class Conflict extends Error {}

/** The catalogue of the mesh, and in it one more table. */
function catalogOf(db: Kysely<Database>, { table, archive, also }: Beside): Catalog {
  const warm = postgresCatalog(db)
  const isArchive = ({ namespace, name }: TableName): boolean => namespace === archive.namespace && name === archive.name
  return {
    list: (namespace) => warm.list(namespace),
    find: async (name) => (isArchive(name) ? findCold(db, table.uuid) : warm.find(name)),
    async swap(swaps) {
      const cold = swaps.filter(({ name }) => isArchive(name))
      try {
        return await db.transaction().execute(async (tx) => {
          if ((await warm.swapIn(tx, swaps.filter((swap) => !cold.includes(swap)))) === 'conflict') throw new Conflict()
          for (const swap of cold) if (!(await swapCold(tx, table, swap))) throw new Conflict()
          await also(tx)
          return 'swapped' as const
        })
      } catch (error) {
        if (error instanceof Conflict) return 'conflict'
        throw error
      }
    },
  }
}

async function findCold(db: Kysely<Database>, tableUuid: string): Promise<Pointer | undefined> {
  const row = await db.selectFrom('cold_table').select(['uuid', 'metadata_location']).where('table_uuid', '=', tableUuid).executeTakeFirst()
  return row === undefined ? undefined : { uuid: row.uuid, metadataLocation: row.metadata_location }
}

async function swapCold(tx: Transaction<Database>, { uuid, name }: WarmTable, { expected, next }: PointerSwap): Promise<boolean> {
  if (next === undefined) return false
  if (expected === undefined) {
    // Whoever destroys the table has ended its archive, or waits and finds it.
    const made = await sql`insert into cold_table (table_uuid, product_id, product, data_set, uuid, metadata_location)
      select uuid, coalesce((select id from resource where kind = 'data-product' and product = ${name.namespace} limit 1), ''), ${name.namespace}, ${name.name}, ${next.uuid}, ${next.metadataLocation}
      from table_pointer where uuid = ${uuid} for key share on conflict do nothing`.execute(tx)
    return made.numAffectedRows === 1n
  }
  const { numUpdatedRows } = await tx.updateTable('cold_table').set({ uuid: next.uuid, metadata_location: next.metadataLocation, version: sql`version + 1` })
    .where('table_uuid', '=', uuid).where('metadata_location', '=', expected.metadataLocation).executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The archive of a table is there, with the columns that the table has now. */
export async function alignArchive({ lake, archive }: ColdLake, { name, uuid }: WarmTable): Promise<Result<void>> {
  const table = await loadTable(lake, name)
  if (!table.ok) return table
  const there = await lake.catalog.find(archive)
  if (there === undefined) {
    const staged = await stageLike(lake, { name: archive, folder: coldPath(`${uuid}-${lake.ids.uuid().slice(0, 8)}`), like: table.value, properties: { 'tulle.archive-of': uuid } })
    const made = staged.ok ? await commit(lake, [staged.value]) : staged
    return made.ok ? ok(undefined) : made
  }
  const old = await loadTable(lake, archive)
  const staged = old.ok ? await stageSchemaLike(lake, old.value, table.value) : old
  if (!staged.ok) return staged
  const done = staged.value === undefined ? ok([]) : await commit(lake, [staged.value])
  return done.ok ? ok(undefined) : done
}
