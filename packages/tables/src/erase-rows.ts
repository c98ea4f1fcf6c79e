// Rows leave a table as if they had never been in it: every data file of every snapshot that holds one is written anew without
// it, delete files follow the rows that moved, and the history is committed over the new files. Then the old ones go.

import { join } from 'node:path'
import { rm } from 'node:fs/promises'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { readRows } from '@tulle/engine'
import type { Relation, WrittenFile } from '@tulle/engine'
import type { DataFile, Field, HistoricFile, StandIn, RewriteOptions, Table, TableName } from '@tulle/lake'
import { bytesOfValue, compareValues, fieldIdsOf, filesOfHistory, loadTable, newDataPath, printTableName, rewriteHistory, toDataFile } from '@tulle/lake'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { messages } from './messages.ts'
import type { RowWork } from './row-work.ts'
import { countOf, sqlName } from './row-work.ts'
import { freeNames } from './write-rows.ts'
import { fold, foldSql } from './fold.ts'
import { renamedMembers } from './renamed-members.ts'
import { isSealed, localRows, takeIn } from './sealed-files.ts'

/** Which rows are meant: those where one of the columns, by its field id, has one of the values, as text, or has it in another spelling; or has one of them in its text, between what is neither letter nor digit. */
export type RowsOfSubject = ReadonlyMap<number, readonly string[] | Folded | Within>
export interface Folded { readonly folded: readonly string[] }
export interface Within { readonly within: readonly string[] }

export interface ForeseenRows {
  /** Rows of the current snapshot's files, and of files that only older snapshots have. */
  readonly rows: { readonly current: number; readonly older: number }
  readonly files: number
  /** Of the files: how many have columns that lie enciphered. */
  readonly sealedFiles: number
  readonly snapshots: readonly string[]
}
export interface ErasedRows extends ForeseenRows { readonly removedFiles: number; readonly leftFiles: readonly string[] }

/** `shown`: what the condition is over; `fields`: what of it the file is written with. */
interface Hit { readonly historic: HistoricFile; readonly fields: readonly Field[]; readonly shown: readonly Field[]; readonly condition: string; readonly rows: number }

/** What `eraseRows` would do now. Changes nothing. */
export async function foreseeErasure(work: RowWork, name: TableName, subject: RowsOfSubject): Promise<Result<ForeseenRows>> {
  const table = await loadTable(work.lake, name)
  const found = table.ok ? await findHits(work, table.value, subject) : table
  return found.ok && table.ok ? ok(foreseen(table.value, found.value.hits)) : (found as Result<never>)
}

function foreseen({ currentSnapshot }: Table, hits: readonly Hit[]): ForeseenRows {
  const isCurrent = ({ historic }: Hit): boolean => historic.snapshots.includes(currentSnapshot?.id ?? '')
  const rowsOf = (some: readonly Hit[]): number => some.reduce((sum, { rows }) => sum + rows, 0)
  return {
    rows: { current: rowsOf(hits.filter(isCurrent)), older: rowsOf(hits.filter((hit) => !isCurrent(hit))) },
    files: hits.length,
    sealedFiles: hits.filter(({ historic }) => isSealed(historic.entry.file)).length,
    snapshots: [...new Set(hits.flatMap(({ historic }) => historic.snapshots))].toSorted(),
  }
}

/** `whose`: a column that only plain copies of sealed files have; the subject may name values of it. */
export interface EraseOptions extends RewriteOptions { readonly whose?: Field }

/** Erases, and removes what only the older metadata led to. Where somebody else commits meanwhile, files that were written anew already are used again. */
export async function eraseRows(work: RowWork, name: TableName, subject: RowsOfSubject, { whose, ...options }: EraseOptions = {}): Promise<Result<ErasedRows>> {
  const rewritten = new Map<string, StandIn>()
  const hits = new Map<Table, readonly Hit[]>()
  const done = await rewriteHistory(work.lake, name, options, async (table) => {
    const found = await findHits(work, table, subject, whose)
    if (!found.ok) return found
    hits.set(table, found.value.hits)
    const written = await writeAnew(work, table, found.value, rewritten)
    return written.ok ? ok(rewritten) : written
  })
  if (!done.ok) return done
  const { before, ...removed } = done.value
  return ok({ ...foreseen(before, hits.get(before) ?? []), ...removed })
}

interface Found { readonly hits: readonly Hit[]; readonly telling: readonly Telling[]; readonly history: ReadonlyMap<string, HistoricFile> }

async function findHits(work: RowWork, table: Table, subject: RowsOfSubject, whose?: Field): Promise<Result<Found>> {
  const history = await filesOfHistory(work.lake, table)
  if (!history.ok) return history
  const hits: Hit[] = []
  const byOthers: HistoricFile[] = []
  for (const historic of history.value.values()) {
    const { content, file } = historic.entry
    // Written by others alone; what it says of rows by their number in a file that is written anew cannot be said again.
    if (file.vector !== undefined) return fail(messages['erasure-unfit']({ table: printTableName(table.name), file: file.path, problem: 'it is a deletion vector of format version 3' }))
    if (content === 'position-deletes') continue
    const fields = fieldsOf(table, historic)
    const mine = content === 'equality-deletes' ? fields.filter(({ id }) => file.equalityIds?.includes(id)) : fields
    const shown = whose !== undefined && isSealed(file) ? [...mine, whose] : mine
    const condition = conditionOf(shown, subject)
    if (condition === undefined) {
      if (content === 'equality-deletes') byOthers.push(historic)
      continue
    }
    const relation = await show(work, table, file, shown)
    if (!relation.ok) return relation
    const rows = await countOf(work, `SELECT count(*) FROM ${sqlName(relation.value)} AS t WHERE ${condition}`)
    if (!rows.ok) return rows
    if (rows.value > 0) hits.push({ historic, fields: mine, shown, condition, rows: rows.value })
  }
  const telling: Telling[] = []
  for (const historic of byOthers) {
    const one = await tellingOf(work, table, historic, hits.filter((hit) => hit.historic.entry.content === 'data'))
    if (!one.ok) return one
    if (one.value !== undefined) telling.push(one.value)
  }
  return ok({ hits, telling, history: history.value })
}

/**
 * A file that deletes rows by values which are no keys, and has some of the rows that are meant: `condition` is true of those values, as `d`, with
 * `relations` defined. They cannot simply be left out, as rows of others may be deleted by them. A file that has none stays, and holds for what is
 * written anew as it did before.
 */
interface Telling { readonly historic: HistoricFile; readonly fields: readonly Field[]; readonly relations: readonly Relation[]; readonly condition: string }

const DELETING = { schema: 'erasure', name: 'deletes' }

async function tellingOf(work: RowWork, table: Table, historic: HistoricFile, hits: readonly Hit[]): Promise<Result<Telling | undefined>> {
  const fields = fieldsOf(table, historic).filter(({ id }) => historic.entry.file.equalityIds?.includes(id))
  const deleting = await relationOf(work, table, historic.entry.file, fields)
  if (!deleting.ok) return deleting
  const relations: Relation[] = [{ ...deleting.value, ...DELETING }]
  const terms: string[] = []
  for (const { historic: { entry: { file } }, shown, condition } of hits) {
    const shared = fields.flatMap((field) => shown.filter(({ id }) => id === field.id).map(({ name }) => `t.${quoteIdentifier(name)} = d.${quoteIdentifier(field.name)}`))
    if (shared.length === 0) continue
    const rows = await relationOf(work, table, file, shown)
    if (!rows.ok) return rows
    const named = { ...rows.value, name: `hit${terms.length}` }
    relations.push(named)
    terms.push(`EXISTS (SELECT 1 FROM ${sqlName(named)} AS t WHERE ${condition} AND (${shared.join(' OR ')}))`)
  }
  if (terms.length === 0) return ok(undefined)
  const condition = `(${terms.join(' OR ')})`
  const defined = await work.process.define(relations)
  const count = defined.ok ? await countOf(work, `SELECT count(*) FROM ${sqlName(DELETING)} AS d WHERE ${condition}`) : defined
  return count.ok ? ok(count.value === 0 ? undefined : { historic, fields, relations, condition }) : count
}

/** As the file was written, as far as that is known: the columns of the snapshot that added it, or else all that there were. */
function fieldsOf(table: Table, { entry }: HistoricFile): readonly Field[] {
  const { schemaId } = table.snapshots.find(({ id }) => id === entry.snapshotId) ?? {}
  const own = table.schemas.find((schema) => schema.schemaId === schemaId)?.fields
  const all = new Map(table.schemas.flatMap(({ fields }) => fields).map((field) => [field.id, field]))
  const fields = own === undefined ? [...all.values()] : own
  const names = new Set<string>()
  return fields.map((field) => {
    const isTaken = names.has(field.name.toLowerCase())
    names.add(field.name.toLowerCase())
    return isTaken ? { ...field, name: `${field.name}_${field.id}` } : field
  })
}

/** True of the rows that are meant; undefined where none of the columns is there. */
function conditionOf(fields: readonly Field[], subject: RowsOfSubject): string | undefined {
  const terms = fields.flatMap(({ id, name, type }) => {
    const values = subject.get(id) ?? []
    const text = `CAST(t.${quoteIdentifier(name)} AS VARCHAR)`
    if ('within' in values) return values.within.length === 0 ? [] : [standsIn(text, values.within)]
    const term = typeof type === 'string' ? isOneOf(text, values) : undefined
    return term === undefined ? [] : [term]
  })
  return terms.length === 0 ? undefined : `coalesce(${terms.join(' OR ')}, false)`
}

/** SQL that is true of a text, as SQL, that is one of the values; undefined where there is none. */
export function isOneOf(text: string, values: readonly string[] | Folded): string | undefined {
  const [wanted, by] = 'folded' in values ? [[...new Set(values.folded.map(fold))], foldSql(text)] : [values, text]
  return wanted.length === 0 ? undefined : `${by} IN (${wanted.map(quoteLiteral).join(', ')})`
}

/** Also as JSON spells them. */
function standsIn(text: string, values: readonly string[]): string {
  const spelled = [...new Set(values.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]))].map((value) => value.replaceAll(/[\\^$.*+?()[\]{}|]/gu, '\\$&'))
  return `regexp_matches(${text}, ${quoteLiteral(`(?:^|[^\\pL\\pN])(?:${spelled.join('|')})(?:$|[^\\pL\\pN])`)})`
}

/** One file alone, with all of its rows, deleted ones too. */
async function show(work: RowWork, table: Table, file: DataFile, fields: readonly Field[], rowNumber?: string): Promise<Result<Relation>> {
  const relation = await relationOf(work, table, file, fields, rowNumber)
  const defined = relation.ok ? await work.process.define([relation.value]) : relation
  return defined.ok ? relation : (defined as Result<never>)
}

async function relationOf({ lake, place }: RowWork, table: Table, file: DataFile, fields: readonly Field[], rowNumber?: string): Promise<Result<Relation>> {
  const local = await localRows(lake, table, file)
  if (!local.ok) return local
  const nested = renamedMembers(table, { schemaId: 0, fields })
  return ok({
    schema: 'erasure', name: 'file', columns: fields.map(({ id, name, type }) => ({ name, type, fieldId: id })),
    files: [{ path: await place(local.value), rows: file.rows, ...(nested !== undefined && { nested }) }],
    ...(rowNumber !== undefined && { rowNumber }),
  })
}

async function writeAnew(work: RowWork, table: Table, { hits, telling, history }: Found, rewritten: Map<string, StandIn>): Promise<Result<void>> {
  for (const hit of hits) {
    const { file } = hit.historic.entry
    if (rewritten.has(file.path)) continue
    const anew = hit.rows === file.rows ? ok(null) : await withoutRows(work, table, hit)
    if (!anew.ok) return anew
    rewritten.set(file.path, anew.value)
  }
  const moved = new Map(hits.map((hit) => [hit.historic.entry.file.path, hit]))
  for (const { entry: { content, file } } of history.values()) {
    if (content !== 'position-deletes' || rewritten.has(file.path) || moved.size === 0) continue
    const anew = await movedDeletes(work, table, file, moved, rewritten)
    if (!anew.ok) return anew
    if (anew.value !== file) rewritten.set(file.path, anew.value)
  }
  for (const one of telling) {
    // Anew each time: what somebody committed meanwhile may hold rows that it deletes.
    const anew = await byPosition(work, table, one, { moved, history, rewritten })
    if (!anew.ok) return anew
    rewritten.set(one.historic.entry.file.path, anew.value)
  }
  return ok(undefined)
}

async function withoutRows(work: RowWork, table: Table, { historic: { entry: { file } }, fields, condition, ...hit }: Hit): Promise<Result<DataFile>> {
  const [number = ''] = freeNames('row_number', 1, hit.shown)
  const shown = await show(work, table, file, hit.shown, number)
  if (!shown.ok) return shown
  const columns = fields.map(({ name }) => quoteIdentifier(name)).join(', ')
  const written = await writeFile(work, `SELECT ${columns} FROM ${sqlName(shown.value)} AS t WHERE NOT ${condition} ORDER BY t.${quoteIdentifier(number)}`, fields)
  if (!written.ok) return written
  const taken = await takeIn(work.lake, table, written.value, newDataPath(work.lake, table))
  await rm(written.value.path, { force: true })
  return taken.ok ? ok(describedAs(file, toDataFile({ schemaId: 0, fields }, { ...taken.value.file, path: taken.value.address }))) : taken
}

/** What the format's manifest says of the place of a file stays; sizes and bounds are the new file's. */
const describedAs = ({ content, specId, partition, equalityIds, sortOrderId, referencedDataFile }: DataFile, facts: DataFile): DataFile => ({
  ...facts,
  ...(content !== undefined && { content }), ...(specId !== undefined && { specId }), ...(partition !== undefined && { partition }),
  ...(equalityIds !== undefined && { equalityIds }), ...(sortOrderId !== undefined && { sortOrderId }), ...(referencedDataFile !== undefined && { referencedDataFile }),
})

function writeFile({ lake, process, folder, signal }: RowWork, query: string, fields: readonly Field[]): ReturnType<typeof process.write> {
  const path = join(folder, `${lake.ids.uuid()}.parquet`)
  return process.write(query, { path, fieldIds: fieldIdsOf({ fields }), ...(signal !== undefined && { signal }) })
}

/** The columns of a position delete file, with the ids that the format reserves for them. */
const PATH: Field = { id: 2_147_483_546, name: 'file_path', required: true, type: 'string' }
const POSITION: Field = { id: 2_147_483_545, name: 'pos', required: true, type: 'long' }

/**
 * A delete file for the rows where they are now. It is read whole: it names rows by their number in a file. The same file
 * where it names none that moved; null where it names none any more.
 */
async function movedDeletes(work: RowWork, table: Table, file: DataFile, moved: ReadonlyMap<string, Hit>, rewritten: ReadonlyMap<string, StandIn>): Promise<Result<DataFile | null>> {
  const { lake, process, place } = work
  const local = await lake.objects.localFile(file.path)
  if (!local.ok) return local
  const deletes: Relation = { schema: 'erasure', name: 'deletes', columns: [PATH, POSITION].map(({ id, name, type }) => ({ name, type, fieldId: id })), files: [{ path: await place(local.value), rows: file.rows }] }
  const named = await namesOf(work, deletes)
  if (!named.ok) return named
  const hits = named.value.flatMap((spelled) => {
    const hit = [...moved].find(([address]) => same(lake.objects.pathOf(address), lake.objects.pathOf(spelled)))
    return hit === undefined ? [] : [{ spelled, address: hit[0], hit: hit[1] }]
  })
  if (hits.length === 0) return ok(file)
  const relations: Relation[] = [deletes]
  const parts = [`SELECT file_path, pos FROM ${sqlName(deletes)} WHERE file_path NOT IN (${hits.map(({ spelled }) => quoteLiteral(spelled)).join(', ')})`]
  const targets = new Set(named.value.filter((spelled) => !hits.some((one) => one.spelled === spelled)))
  for (const [i, { spelled, address, hit }] of hits.entries()) {
    const anew = rewritten.get(address)
    if (anew === null || anew === undefined || 'length' in anew) continue
    const [number = ''] = freeNames('row_number', 1, hit.shown)
    const own = await localRows(lake, table, hit.historic.entry.file)
    if (!own.ok) return own
    const rows: Relation = { schema: 'erasure', name: `rows${i}`, columns: hit.shown.map(({ id, name, type }) => ({ name, type, fieldId: id })), files: [{ path: await place(own.value), rows: hit.historic.entry.file.rows }], rowNumber: number }
    relations.push(rows)
    targets.add(anew.path)
    const old = `t.${quoteIdentifier(number)}`
    parts.push(`SELECT ${quoteLiteral(anew.path)}, kept.now FROM (SELECT ${old} AS was, row_number() OVER (ORDER BY ${old}) - 1 AS now FROM ${sqlName(rows)} AS t WHERE NOT ${hit.condition}) AS kept JOIN ${sqlName(deletes)} AS d ON d.file_path = ${quoteLiteral(spelled)} AND d.pos = kept.was`)
  }
  const defined = await process.define(relations)
  if (!defined.ok) return defined
  const written = await writeFile(work, `SELECT CAST(file_path AS VARCHAR) AS file_path, CAST(pos AS BIGINT) AS pos FROM (${parts.join(' UNION ALL ')}) ORDER BY 1, 2`, [PATH, POSITION])
  if (!written.ok) return written
  return takePositions(work, table, file, { written: written.value, targets })
}

/** Takes a file of positions in, in the place of `file` and for the data files in `targets`; null where it names no row. */
async function takePositions({ lake }: RowWork, table: Table, file: DataFile, { written, targets }: { readonly written: WrittenFile; readonly targets: ReadonlySet<string> }): Promise<Result<DataFile | null>> {
  const address = written.rows === 0 ? ok('') : await lake.objects.adopt(newDataPath(lake, table), written.path)
  await rm(written.path, { force: true })
  if (!address.ok) return address
  if (written.rows === 0) return ok(null)
  const facts = toDataFile({ schemaId: 0, fields: [PATH, POSITION] }, { ...written, path: address.value })
  const { referencedDataFile: _gone, equalityIds: _none, ...described } = describedAs(file, facts)
  const [only] = targets
  // Uncut, so that readers know from the bounds alone that no other file is meant.
  const bound = only === undefined || targets.size > 1 ? undefined : bytesOfValue('string', only)
  return ok({
    ...described, content: 'position-deletes',
    ...(only !== undefined && bound !== undefined && { referencedDataFile: only, lowerBounds: new Map(facts.lowerBounds).set(PATH.id, bound), upperBounds: new Map(facts.upperBounds).set(PATH.id, bound) }),
  })
}

interface Moving { readonly moved: ReadonlyMap<string, Hit>; readonly history: ReadonlyMap<string, HistoricFile>; readonly rewritten: ReadonlyMap<string, StandIn> }

/**
 * What deletes the same rows and tells of nobody: the other values of the file, and, where its telling values delete rows of others, the
 * numbers of those. Both are as old as the file was, so they hold where it did.
 */
async function byPosition(work: RowWork, table: Table, { historic: { entry }, fields, relations, condition }: Telling, { moved, history, rewritten }: Moving): Promise<Result<StandIn>> {
  const { file } = entry
  const isNear = (one: DataFile): boolean => inOnePartition(one, file, table.metadata.defaultSpecId)
  const isGlobal = table.metadata.partitionSpecs.find(({ specId }) => specId === (file.specId ?? table.metadata.defaultSpecId))?.fields.every(({ transform }) => transform === 'void') === true
  const shown: Relation[] = [...relations]
  const parts: string[] = []
  const targets = new Set<string>()
  for (const historic of history.values()) {
    const data = historic.entry
    if (data.content !== 'data' || data.sequenceNumber >= entry.sequenceNumber || !(isGlobal || isNear(data.file))) continue
    const [hit, anew] = [moved.get(data.file.path), rewritten.get(data.file.path)]
    if (anew === null || (anew !== undefined && 'length' in anew)) continue
    const own = hit?.shown ?? fieldsOf(table, historic)
    // A column that is younger than the file is null in it.
    const missing = fields.filter(({ id }) => own.every((field) => field.id !== id))
    const names = freeNames('missing', missing.length + 1, own)
    const all = [...own, ...missing.map((field, i) => ({ ...field, name: names[i] ?? '' }))]
    const number = names.at(-1) ?? ''
    const rows = await relationOf(work, table, data.file, all, number)
    if (!rows.ok) return rows
    const named = { ...rows.value, name: `rows${targets.size}` }
    const equal = fields.map((field) => `t.${quoteIdentifier(all.find(({ id }) => id === field.id)?.name ?? '')} IS NOT DISTINCT FROM d.${quoteIdentifier(field.name)}`)
    const kept = `SELECT *, row_number() OVER (ORDER BY t.${quoteIdentifier(number)}) - 1 AS ${quoteIdentifier(`${number}_now`)} FROM ${sqlName(named)} AS t${hit === undefined ? '' : ` WHERE NOT ${hit.condition}`}`
    const gone = `FROM (${kept}) AS t WHERE EXISTS (SELECT 1 FROM ${sqlName(DELETING)} AS d WHERE ${condition} AND ${equal.join(' AND ')})`
    const defined = await work.process.define([...relations, named])
    const count = defined.ok ? await countOf(work, `SELECT count(*) ${gone}`) : defined
    if (!count.ok) return count
    if (count.value === 0) continue
    if (!isNear(data.file)) return fail(messages['erasure-unfit']({ table: printTableName(table.name), file: file.path, problem: 'it deletes rows of several partitions by values of the person that are no keys' }))
    const path = anew?.path ?? data.file.path
    shown.push(named)
    targets.add(path)
    parts.push(`SELECT ${quoteLiteral(path)} AS file_path, CAST(t.${quoteIdentifier(`${number}_now`)} AS BIGINT) AS pos ${gone}`)
  }
  const defined = await work.process.define(shown)
  if (!defined.ok) return defined
  const others = await writeFile(work, `SELECT ${fields.map(({ name }) => quoteIdentifier(name)).join(', ')} FROM ${sqlName(DELETING)} AS d WHERE NOT ${condition}`, fields)
  if (!others.ok) return others
  const left = others.value.rows === 0 ? ok('') : await work.lake.objects.adopt(newDataPath(work.lake, table), others.value.path)
  await rm(others.value.path, { force: true })
  if (!left.ok) return left
  const values = others.value.rows === 0 ? [] : [describedAs(file, toDataFile({ schemaId: 0, fields }, { ...others.value, path: left.value }))]
  if (parts.length === 0) return ok(values)
  const written = await writeFile(work, `SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY 1, 2`, [PATH, POSITION])
  if (!written.ok) return written
  const positions = await takePositions(work, table, file, { written: written.value, targets })
  return positions.ok ? ok([...values, ...(positions.value === null ? [] : [positions.value])]) : positions
}

function inOnePartition(a: DataFile, b: DataFile, defaultSpecId: number): boolean {
  const [values, others] = [a.partition ?? [], b.partition ?? []]
  return (a.specId ?? defaultSpecId) === (b.specId ?? defaultSpecId) && values.length === others.length && values.every((value, i) => {
    const other = others[i] ?? null
    return value === null || other === null ? value === other : compareValues(value, other) === 0
  })
}

const same = (a: Result<string>, b: Result<string>): boolean => a.ok && b.ok && a.value === b.value

/** The data files that a delete file names, as it spells them. */
async function namesOf(work: RowWork, deletes: Relation): Promise<Result<readonly string[]>> {
  const defined = await work.process.define([deletes])
  return defined.ok ? textsOf(work, `SELECT DISTINCT file_path FROM ${sqlName(deletes)} ORDER BY 1`) : defined
}

/** The values of a query's only column. */
async function textsOf({ process, signal }: RowWork, query: string): Promise<Result<readonly string[]>> {
  const rows = await readRows<readonly [string]>(process, query, { signal })
  return rows.ok ? ok(rows.value.map(([text]) => text)) : rows
}

/** By which keys the rows that are meant are sealed, in files whose columns are: `whose` is the column of their plain copies that says so. */
export async function keysOfSubject(work: RowWork, name: TableName, subject: RowsOfSubject, whose: Field): Promise<Result<ForeseenRows & { readonly table: string; readonly keys: readonly string[] }>> {
  const table = await loadTable(work.lake, name)
  const found = table.ok ? await findHits(work, table.value, subject) : table
  if (!table.ok || !found.ok) return found as Result<never>
  const hits = found.value.hits.filter(({ historic }) => isSealed(historic.entry.file))
  const keys = new Set<string>()
  for (const { historic, fields, condition } of hits) {
    const shown = await show(work, table.value, historic.entry.file, [...fields, whose])
    const own = shown.ok ? await textsOf(work, `SELECT DISTINCT t.${quoteIdentifier(whose.name)} FROM ${sqlName(shown.value)} AS t WHERE ${condition}`) : shown
    if (!own.ok) return own
    for (const key of own.value) keys.add(key)
  }
  return ok({ ...foreseen(table.value, hits), table: table.value.uuid, keys: [...keys] })
}

/** Distinct values, as text, of columns in the rows that are meant, over all versions; by field id. Null is none. */
export async function valuesOfSubject(work: RowWork, name: TableName, subject: RowsOfSubject, { columns, most, alone = false }: ValuesWanted): Promise<Result<ReadonlyMap<number, ReadonlySet<string>>>> {
  const table = await loadTable(work.lake, name)
  if (!table.ok) return table
  const found = await findHits(work, table.value, subject)
  if (!found.ok) return found
  const values = new Map<number, Set<string>>()
  for (const { historic, fields, condition } of found.value.hits) {
    const wanted = fields.filter((field) => typeof field.type === 'string' && columns(field))
    if (wanted.length === 0) continue
    const shown = await show(work, table.value, historic.entry.file, fields)
    if (!shown.ok) return shown
    for (const field of wanted) {
      const text = `CAST(t.${quoteIdentifier(field.name)} AS VARCHAR)`
      const others = alone ? ` EXCEPT SELECT ${text} FROM ${sqlName(shown.value)} AS t WHERE NOT ${condition}` : ''
      const texts = await textsOf(work, `SELECT DISTINCT v FROM (SELECT ${text} AS v FROM ${sqlName(shown.value)} AS t WHERE ${condition}${others}) WHERE v IS NOT NULL LIMIT ${most}`)
      if (!texts.ok) return texts
      const own = values.get(field.id) ?? new Set()
      for (const one of texts.value) own.add(one)
      values.set(field.id, own)
    }
  }
  return ok(values)
}

export interface ValuesWanted {
  readonly columns: (field: Field) => boolean
  /** Of one column in one file. */
  readonly most: number
  /** Leaves out what rows of others in the same file have as well. */
  readonly alone?: boolean
}
