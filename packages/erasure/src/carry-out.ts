// One erasure, step after step. Every step may be begun again: what is gone is not found twice. Before the first row goes, who is
// meant is known and kept, sealed; after the last the seal is broken, and only digests are left.

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, TableName } from '@tulle/lake'
import { filesOfHistory, loadTable, rewriteHistory } from '@tulle/lake'
import { productTables, RECIPE_KEY } from '@tulle/providers'
import type { Database } from '@tulle/store'
import { appendEvent, OBJECT_REMOVAL, withAdvisoryLock } from '@tulle/store'
import { eraseRows, isSealed, keysOfSubject } from '@tulle/tables'
import type { RowsOfSubject } from '@tulle/tables'
import type { ErasedTable, ErasureOptions, Person, PersonTable, Preview } from './types.ts'
import type { Secret } from './rows.ts'
import { addToReport, keepSecret, personOf, readReport, readSecret, tellStep } from './rows.ts'
import type { Seals } from './seal.ts'
import { lakeWith } from './archived-tables.ts'
import { ERASURE_SOURCE, REWRITTEN } from './follow-erasures.ts'
import { compactTables, findTraces, removeTraces, replaceLog } from './database-traces.ts'
import { derivedFrom } from './derived.ts'
import { findPerson, findRows, rowsOf, rowsSpeakingOf, tellingTexts, workAt } from './find-person.ts'
import { messages } from './messages.ts'
import { personTables } from './person-tables.ts'
import { KEY } from './shredding/sealed-rows.ts'
import { removeInputs, withholdInputs } from './kept-inputs.ts'
import { suppress } from './suppression.ts'
import { withEngine } from './with-engine.ts'

export interface Work extends ErasureOptions { readonly seals: Seals; readonly signal: AbortSignal }

type Found = NonNullable<Secret['found']>

/** In a snapshot's summary: which erasure took rows out of it. */
const ERASED_KEY = 'tulle.erased'

/** What `carryOut` would touch now. */
export async function previewOf(work: Omit<Work, 'seals'>, subject: Secret['subject'], digest: string): Promise<Result<Preview>> {
  const tables = await personTables(work)
  if (!tables.ok) return tables
  return withEngine(work, work.signal, async (at) => {
    const person = await findPerson(at, tables.value, subject)
    const found = person.ok ? await findRows(at, tables.value, person.value) : person
    if (!found.ok || !person.ok) return found as Result<never>
    const mine = found.value.filter(({ of }) => of.hold === undefined)
    const texts = await tellingTexts(at, found.value.map(({ of }) => of), person.value)
    if (!texts.ok) return texts
    return ok({
      subject: { key: subject.key, digest },
      keys: [...person.value].map(([key, values]) => ({ key, values: values.size })),
      tables: mine.map(({ of: _table, ...table }) => table),
      derived: derivedFrom(await work.graph(), mine.map(({ of }) => of), tables.value),
      held: heldOf(found.value),
      database: await findTraces(work.store.db, texts.value),
      diagnostics: [],
    })
  })
}

const heldOf = (found: readonly { readonly of: PersonTable; readonly rows: { readonly current: number; readonly older: number } }[]): Preview['held'] =>
  found.flatMap(({ of: { product, dataSet, hold }, rows }) => (hold === undefined ? [] : [{ product, dataSet, reason: hold, rows: rows.current + rows.older }]))

/** Carries out, or goes on with, an erasure that is running. */
export async function carryOut(work: Work, id: string): Promise<Result<void>> {
  const { store, seals, clock } = work
  const tell = (step: string, told: string): Promise<void> => tellStep(store, id, { step, at: new Date(clock.now()).toISOString(), told })
  const row = await store.db.selectFrom('erasure').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  if (row.settled_at !== null) return end(work, id, { before: row.settled_at.toISOString(), products: row.products as readonly string[] })
  const secret = readSecret(seals, id, row.sealed)
  if (secret === undefined) return fail(messages['erasure-key-lost']({ id }))
  const tables = await personTables(work)
  if (!tables.ok) return tables
  const found = secret.found === undefined ? await findOut(work, id, secret, tables.value) : ok(secret.found)
  if (!found.ok) return found
  const person = personOf(found.value)
  let touched = touchedOf(tables.value, found.value)
  if (secret.found === undefined) await tell('find', `Found by ${person.size === 1 ? 'one key' : `${person.size} keys`} in ${touched.length} tables; ${found.value.derived.length} data sets were made from them.`)

  await suppress(store.db, work.secret, id, person)
  await tell('suppress', 'Nothing of the person comes in any more.')
  const products = [...new Set([...touched.map(({ product }) => product), ...found.value.derived.map(({ product }) => product)])]
  const quiet = await quietAt(work, products)
  if (!quiet.ok) return quiet

  const erased = await withAdvisoryLock(store, OBJECT_REMOVAL, async () => {
    // Rows may have gone to the cold store, or come back, since they were found; from now on none do.
    const now = await personTables(work)
    if (!now.ok) return now
    touched = touchedOf(now.value, found.value)
    return eraseTables(work, id, { touched, person, before: quiet.value })
  })
  if (!erased.ok) return erased
  await forgetReads(work, touched.map(({ product }) => product))
  const { shredded } = await readReport(store, id)
  await tell('rows', `${erased.value.reduce((sum, { rows }) => sum + rows, 0)} rows left ${erased.value.length} tables, in every version.${shredded.length === 0 ? '' : ` ${shredded.reduce((sum, { keys }) => sum + keys, 0)} keys of ${shredded.length} tables were destroyed, and with them what ${shredded.reduce((sum, { rows }) => sum + rows, 0)} rows say of the person.`}`)

  const inputs = await withAdvisoryLock(store, OBJECT_REMOVAL, () => withholdAll(work, touched))
  if (!inputs.ok) return inputs
  await addToReport(store, id, { inputs: { removed: inputs.value.removed, recipes: inputs.value.recipes } })
  await tell('inputs', `${inputs.value.removed} copies of what runs read are gone.`)

  const rebuilt = await rebuildDerived(work, id, found.value, (told) => tell('rebuild', told))
  if (!rebuilt.ok) return rebuilt
  if (found.value.derived.length > 0) await forgetReads(work, found.value.derived.map(({ product }) => product))

  const texts = new Set(found.value.texts)
  const profiles = await removeProfiles(work, touched, found.value)
  const audit = await work.forgetAudit(texts, `erasure ${id}`)
  if (!audit.ok) return audit
  const streams = work.forgetStreams === undefined ? ok(0) : await work.forgetStreams(touched.map((table) => ({ ...table, rows: rowsOf(table, person) })), found.value.derived)
  if (!streams.ok) return streams
  await addToReport(store, id, { profiles, auditValues: audit.value + (await readReport(store, id)).auditValues, streams: streams.value })
  await tell('traces', `${profiles} profiles, values of ${audit.value} lines of the audit and ${streams.value} events of streams are gone.`)

  const cleaned = await cleanDatabase(work, id, texts)
  await tell('database', cleaned)
  const remains = await withEngine(work, work.signal, (at) => findRows(at, touched, person))
  if (!remains.ok) return remains
  if (remains.value.length > 0) return fail(messages['erasure-remains']({ tables: remains.value.map(({ product, dataSet }) => `${product}.${dataSet}`) }))
  return end(work, id, await settle(work, id, touched, { found: found.value, unkept: inputs.value.unkept }))
}

/** Where the person was found: a data set and its archived rows are one, for rows go from one to the other. */
const touchedOf = (tables: readonly PersonTable[], { tables: found }: Found): readonly PersonTable[] =>
  tables.filter((table) => table.hold === undefined && found.some((one) => one.product === table.product && one.dataSet === table.dataSet && one.isAside === table.isAside && one.archived === table.archived))

async function findOut(work: Work, id: string, secret: Secret, tables: readonly PersonTable[]): Promise<Result<Found>> {
  const found = await withEngine(work, work.signal, async (at): Promise<Result<Found>> => {
    const person = await findPerson(at, tables, secret.subject)
    const rows = person.ok ? await findRows(at, tables, person.value) : person
    if (!person.ok || !rows.ok) return rows as Result<never>
    const mine = rows.value.filter(({ of }) => of.hold === undefined)
    const texts = await tellingTexts(at, mine.map(({ of }) => of), person.value)
    if (!texts.ok) return texts
    await addToReport(work.store, id, { held: heldOf(rows.value) })
    return ok({
      person: [...person.value].map(([key, values]) => [key, [...values]] as const),
      texts: [...texts.value],
      tables: mine.map(({ product, dataSet, isAside, of: { archived } }) => ({ product, dataSet, isAside, ...(archived !== undefined && { archived }) })),
      derived: derivedFrom(await work.graph(), mine.map(({ of }) => of), tables),
    })
  })
  if (found.ok) await keepSecret(work.store, work.seals, id, { ...secret, found: found.value })
  return found
}

const LONGEST_WAIT = 10 * 60_000
const LOOK = 250

/** A moment at which no run of the products is open: whatever was written before it and nothing leads to is nobody's. */
async function quietAt({ store, clock, signal }: Work, products: readonly string[]): Promise<Result<number>> {
  for (const deadline = clock.now() + LONGEST_WAIT; ; await clock.sleep(LOOK, signal)) {
    const now = clock.now()
    if (products.length === 0) return ok(now)
    const open = await store.db.selectFrom('run').select('product').distinct().where('product', 'in', [...products]).where('status', 'in', ['queued', 'running']).execute()
    if (open.length === 0) return ok(now)
    if (now > deadline) return fail(messages['erasure-runs-in-the-way']({ products: open.map(({ product }) => product) }))
  }
}

async function eraseTables(work: Work, id: string, { touched, person, before }: { readonly touched: readonly PersonTable[]; readonly person: Person; readonly before: number }): Promise<Result<readonly ErasedTable[]>> {
  for (const table of touched) {
    // First, and it stops reading: what is left to be written anew is what lies in plain.
    const shredded = await destroyKeys(work, id, table, person)
    if (!shredded.ok) return shredded
    const done = await withEngine(work, work.signal, (at) => eraseRows(workAt(at, table), table.name, new Map([...rowsSpeakingOf(table, person), ...shredded.value]), {
      whose: KEY,
      sweepBefore: before,
      describe: ({ summary }, isTouched) => (isTouched ? { ...summary, [ERASED_KEY]: id } : summary),
    }))
    if (!done.ok) return done
    const { rows, files, snapshots } = done.value
    if (files === 0) continue
    await rememberSnapshots(work, id, table, snapshots, 'rewritten')
    await addErased(work, id, { product: table.product, dataSet: nameOf(table), rows: rows.current + rows.older, files, rewritten: snapshots, dropped: [] })
  }
  return ok((await readReport(work.store, id)).tables)
}

async function hasSealedFiles(lake: Lake, name: TableName): Promise<Result<boolean>> {
  const table = await loadTable(lake, name)
  const history = table.ok ? await filesOfHistory(lake, table.value) : table
  return history.ok ? ok([...history.value.values()].some(({ entry }) => isSealed(entry.file))) : history
}

/**
 * Rows stay where their columns are sealed, and nobody can open them any more. Said before it is done: afterwards nobody finds them. Rows that were
 * set aside go all the same, for they may be replayed: by which keys they lie there is answered. A row that only speaks of the person may be another's.
 */
async function destroyKeys(work: Work, id: string, table: PersonTable, person: Person): Promise<Result<RowsOfSubject>> {
  const { shredding, store } = work
  const stay: Result<RowsOfSubject> = ok(new Map())
  const sealed = shredding === undefined ? ok(false) : await hasSealedFiles(table.cold ?? lakeWith(work.lake, store.db, table), table.name)
  if (shredding === undefined || !sealed.ok || !sealed.value) return sealed.ok ? stay : sealed
  const found = await withEngine(work, work.signal, (at) => keysOfSubject(workAt(at, table), table.name, rowsOf(table, person), KEY))
  if (!found.ok) return found
  if (table.isAside) {
    await shredding.destroy(found.value.table, found.value.keys, id)
    return ok(new Map([[KEY.id, await shredding.destroyedBy(found.value.table, id)]]))
  }
  if (found.value.keys.length === 0) return stay
  const { keys, rows, snapshots } = found.value
  const one = { product: table.product, dataSet: nameOf(table), method: 'key destroyed' as const, rows: rows.current + rows.older, keys: keys.length, snapshots }
  const { shredded } = await readReport(store, id)
  await addToReport(store, id, { shredded: [...shredded.filter((other) => other.product !== one.product || other.dataSet !== one.dataSet), one] })
  await rememberSnapshots(work, id, table, snapshots, 'rewritten')
  await shredding.destroy(found.value.table, keys, id)
  return stay
}

/** Snapshots lead to other files under the ids that they had: whoever remembers files by those looks again, in every process. */
async function forgetReads({ store, forgetReads: forget }: Work, products: readonly string[]): Promise<void> {
  await store.db.transaction().execute(async (tx) => {
    for (const product of new Set(products)) await appendEvent(tx, { type: REWRITTEN, source: ERASURE_SOURCE, subject: product, data: { product } })
  })
  await forget()
}

const nameOf = ({ dataSet, isAside, archived, cold }: PersonTable): string => `${dataSet}${isAside ? ' (set aside)' : ''}${archived === undefined && cold === undefined ? '' : ' (archived)'}`

async function addErased({ store }: Work, id: string, one: ErasedTable): Promise<void> {
  const { tables } = await readReport(store, id)
  const before = tables.find(({ product, dataSet }) => product === one.product && dataSet === one.dataSet)
  const merged = before === undefined ? one : { ...one, rows: one.rows + before.rows, files: one.files + before.files, rewritten: [...new Set([...before.rewritten, ...one.rewritten])], dropped: [...new Set([...before.dropped, ...one.dropped])] }
  await addToReport(store, id, { tables: [...tables.filter((other) => other !== before), merged] })
}

async function rememberSnapshots({ store }: Work, id: string, { product, dataSet }: Pick<PersonTable, 'product' | 'dataSet'>, snapshots: readonly string[], kind: 'rewritten' | 'dropped'): Promise<void> {
  if (snapshots.length === 0) return
  await store.db.insertInto('erased_snapshot').values(snapshots.map((snapshot) => ({ product, data_set: dataSet, snapshot_id: snapshot, erasure_id: id, kind })))
    .onConflict((c) => c.columns(['product', 'data_set', 'snapshot_id']).doUpdateSet({ erasure_id: id, kind })).execute()
}

interface Withheld { readonly removed: number; readonly recipes: number; readonly unkept: readonly string[] }

/** Every table of a product names recipes, also those that the person is not in. */
async function withholdAll(work: Work, touched: readonly PersonTable[]): Promise<Result<Withheld>> {
  const { store, lake } = work
  let [removed, recipes] = [0, 0]
  const unkept: string[] = []
  for (const [productId, product] of new Map(touched.map((table) => [table.productId, table.product]))) {
    const tables = await productTables({ db: store.db, lake }, product)
    if (!tables.ok) return tables
    if (tables.value.some(({ schemas }) => schemas.some(({ fields }) => fields.some(({ name }) => name === 'sha256')))) {
      unkept.push(`Files that ${product} lists as its rows were left as they are; whoever keeps them there has to look into them.`)
      continue
    }
    const withheld = await withholdInputs(lake.objects, productId)
    if (!withheld.ok) return withheld
    for (const { name } of tables.value) {
      if ((await lake.catalog.find(name)) === undefined) continue
      const done = await rewriteHistory(lake, name, {
        describe: ({ summary }) => {
          const renamed = withheld.value.renamed.get(summary[RECIPE_KEY] ?? '')
          return renamed === undefined ? summary : { ...summary, [RECIPE_KEY]: renamed }
        },
      })
      if (!done.ok) return done
    }
    const gone = await removeInputs(lake.objects, productId, withheld.value)
    if (!gone.ok) return gone
    removed += gone.value.removed
    recipes += gone.value.recipes
  }
  return ok({ removed, recipes, unkept })
}

/** Made anew in order; then, where values may have come over, whatever was published before goes. */
async function rebuildDerived(work: Work, id: string, { derived }: Found, tell: (told: string) => Promise<void>): Promise<Result<void>> {
  const { store, lake } = work
  for (const product of new Set(derived.map((one) => one.product))) {
    const own = derived.filter((one) => one.product === product)
    const { rebuilt } = await readReport(store, id)
    if (!own.every(({ dataSet }) => rebuilt.some((one) => one.product === product && one.dataSet === dataSet))) {
      const run = await work.rebuild(product, `erasure ${id}`)
      if (!run.ok) return run
      await addToReport(store, id, { rebuilt: [...rebuilt.filter((one) => one.product !== product), ...own.map((one) => ({ ...one, run: run.value }))] })
      await tell(`${product} was made anew by run ${run.value}.`)
    }
    for (const { dataSet, flow } of own) {
      if (flow !== 'values') continue
      const name = { namespace: product, name: dataSet }
      const table = await loadTable(lake, name)
      if (!table.ok) return table
      const drop = new Set(table.value.snapshots.map((one) => one.id).filter((one) => one !== table.value.currentSnapshot?.id))
      const done = await withAdvisoryLock(store, OBJECT_REMOVAL, () => rewriteHistory(lake, name, { drop, sweepBefore: lake.clock.now() }))
      if (!done.ok) return done
      await rememberSnapshots(work, id, { product, dataSet }, [...drop], 'dropped')
      if (drop.size > 0) await addErased(work, id, { product, dataSet, rows: 0, files: done.value.removedFiles, rewritten: [], dropped: [...drop] })
    }
  }
  return ok(undefined)
}

/** They show the least, the greatest and the most frequent values. The next run measures again. */
async function removeProfiles({ store }: Work, touched: readonly PersonTable[], { derived }: Found): Promise<number> {
  let removed = 0
  const ids = new Map((await store.db.selectFrom('resource').select(['id', 'product']).where('kind', '=', 'data-product').execute()).map(({ id, product }) => [product ?? '', id]))
  for (const { product, dataSet } of [...touched, ...derived.filter(({ flow }) => flow === 'values')]) {
    const productId = ids.get(product) ?? ''
    for (const table of ['profile', 'profile_part'] as const) {
      const { numDeletedRows } = await store.db.deleteFrom(table).where('product_id', '=', productId).where('data_set', '=', dataSet).executeTakeFirst()
      if (table === 'profile') removed += Number(numDeletedRows)
    }
  }
  return removed
}

const ALWAYS = ['public.person_key', 'public.profile', 'public.profile_part'] as const

async function cleanDatabase(work: Work, id: string, texts: ReadonlySet<string>): Promise<string> {
  const { store, clock, ownsDatabase } = work
  const changed = await removeTraces(store.db, texts)
  const before = (await readReport(store, id)).database
  const all = { ...before.changed }
  for (const [table, rows] of Object.entries(changed)) all[table] = (all[table] ?? 0) + rows
  const compacted = [...new Set([...ALWAYS, ...before.compacted, ...Object.keys(changed)])].toSorted()
  await addToReport(store, id, { database: { changed: all, compacted, log: 'left' } })
  await compactTables(store, compacted)
  const replaced = ownsDatabase && (await replaceLog(store, clock))
  await addToReport(store, id, { database: { changed: all, compacted, log: replaced ? 'replaced' : 'left' } })
  return `${Object.values(changed).reduce((sum, rows) => sum + rows, 0)} rows of the control database were changed, ${compacted.length} tables written anew, the write-ahead log ${replaced ? 'replaced' : 'left to its server'}.`
}

interface Settled { readonly before: string; readonly products: readonly string[] }

/** Nothing is left but in backups: who has to know stands there, and no secret any more. So a backup of this moment may be kept. */
async function settle(work: Work, id: string, touched: readonly PersonTable[], { found, unkept }: { readonly found: Found; readonly unkept: readonly string[] }): Promise<Settled> {
  const { store, seals } = work
  const report = await readReport(store, id)
  const own = report.database.log === 'left' ? ['The write-ahead log of PostgreSQL is kept by its own server; what it archives is not in Tulle\'s hands.'] : []
  await addToReport(store, id, { left: [...(await work.left()), ...own, ...unkept] })
  const products = [...new Set([...touched.map(({ product }) => product), ...found.derived.map(({ product }) => product)])].toSorted()
  const before = await store.db.transaction().execute(async (tx) => {
    const ids = await productIds(tx, products)
    const names = new Map((await tx.selectFrom('account').select(['id', 'name']).execute()).map((account) => [account.id, account.name]))
    const grants = ids.length === 0 ? [] : await tx.selectFrom('access_grant').select(['subject_kind', 'subject']).distinct().where('product_id', 'in', ids.map((one) => one.id)).where('revoked_at', 'is', null).execute()
    if (grants.length > 0) await tx.insertInto('erasure_consumer').values(grants.map(({ subject_kind: kind, subject: name }) => ({ erasure_id: id, kind, name: kind === 'user' ? names.get(name) ?? name : name, acknowledged_at: null, acknowledged_by: null }))).onConflict((c) => c.doNothing()).execute()
    // Backups know their moment by this clock, too. To the millisecond, as they do.
    const { settled_at: at } = await tx.updateTable('erasure').set({ sealed: null, products: JSON.stringify(products), settled_at: sql`date_trunc('milliseconds', now())` }).where('id', '=', id).returning('settled_at').executeTakeFirstOrThrow()
    return at?.toISOString() ?? ''
  })
  seals.destroy(id)
  return { before, products }
}

const productIds = (db: Kysely<Database>, products: readonly string[]): Promise<{ id: string; product: string | null }[]> =>
  products.length === 0 ? Promise.resolve([]) : db.selectFrom('resource').select(['id', 'product']).where('kind', '=', 'data-product').where('product', 'in', products).execute()

/** Backups of earlier moments go, and whoever follows a product is told. */
async function end(work: Work, id: string, { before, products }: Settled): Promise<Result<void>> {
  const { store, seals, clock } = work
  seals.destroy(id)
  const backups = (await work.clearBackups?.(before, work.signal)) ?? ok({ cleared: [], left: [] })
  if (!backups.ok) return backups
  const { cleared, left } = backups.value
  const report = await readReport(store, id)
  await addToReport(store, id, { backups: [...report.backups.filter(({ place }) => !cleared.some((one) => one.place === place && one.removed.length > 0)), ...cleared.filter(({ removed }) => removed.length > 0)], left: [...new Set([...report.left, ...left])] })
  const removed = cleared.reduce((sum, one) => sum + one.removed.length, 0)
  if (cleared.length + left.length > 0) await tellStep(store, id, { step: 'backups', at: new Date(clock.now()).toISOString(), told: `${removed} backups that held the person are gone.` })
  await store.db.transaction().execute(async (tx) => {
    await tx.updateTable('erasure').set({ state: 'done', problem: null, finished_at: new Date(clock.now()) }).where('id', '=', id).execute()
    for (const { id: productId, product } of await productIds(tx, products)) await appendEvent(tx, { type: 'tulle.erasure.finished', source: '/tulle/erasures', subject: product ?? '', data: { erasure: id, product, productId } })
  })
  return ok(undefined)
}
