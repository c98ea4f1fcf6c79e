// Rows go from one table to another that has the same columns: what leaves the one and what comes into the other is one commit, so
// that nobody ever finds a row in both, or in neither.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { DataFile, Lake, Scan, StagedCommit, Table, TableName } from '@tulle/lake'
import { commit, loadTable, planScan, printTableName, stageRowDelta } from '@tulle/lake'
import { quoteIdentifier } from '@tulle/sql'
import { checkPredicate } from './check-predicate.ts'
import type { RowWork } from './row-work.ts'
import { bringHome, columnList, countOf, filesWith, showFiles, sqlName, writeQuery } from './row-work.ts'
import type { WrittenRows } from './write-rows.ts'
import { messages } from './messages.ts'

export interface RowsToMove {
  readonly from: TableName
  /** Its schema has the fields of `from`, under the same ids. */
  readonly to: TableName
  /** A condition in SQL over the columns of `from`. */
  readonly predicate: string
  /** SQL of ours over the columns: rows that leave and arrive nowhere. */
  readonly withhold?: string
  /** Columns that say which row is which. Without any, rows are the same that are equal in every column. */
  readonly keys: readonly string[]
  /** What becomes of a row that `to` has already: its own stays, or the one that comes takes its place. Rows without a key are equal, so its own stay. */
  readonly onSame: 'keep' | 'replace'
  readonly summary?: Readonly<Record<string, string>>
  /** The lake that the move is committed by, where more belongs to the same transaction. */
  readonly committing?: (moved: RowsMoved) => Lake
}

export interface RowsMoved {
  readonly rowsRemoved: number
  /** Fewer where `to` had some of them, or some were withheld. */
  readonly rowsAdded: number
  /** Bytes of the files that came into `to`. */
  readonly bytes: number
  readonly fromSnapshot?: string
  readonly toSnapshot?: string
}

const NOTHING: RowsMoved = { rowsRemoved: 0, rowsAdded: 0, bytes: 0 }
/** How often it is worked out anew when others have changed one of the tables. */
const TRIES = 10
/** What the rows that move are called beside `to`. */
export const MOVING = { schema: 'move', name: 'moving_rows' }

/** Moves the rows for which the condition is true. A process that dies leaves files that nothing leads to, and nothing else. */
export async function moveWhere(work: RowWork, move: RowsToMove): Promise<Result<RowsMoved>> {
  for (let attempt = 1; ; attempt += 1) {
    const [from, to] = [await loadTable(work.lake, move.from), await loadTable(work.lake, move.to)]
    if (!from.ok) return from
    if (!to.ok) return to
    const staged = await stageMove(work, move, from.value, to.value)
    if (!staged.ok) return staged
    if (staged.value === undefined) return ok(NOTHING)
    const { changes, moved } = staged.value
    const done = await commit(move.committing?.(moved) ?? work.lake, changes)
    if (done.ok) return ok(moved)
    if (attempt === TRIES || done.diagnostics[0]?.code !== 'commit-conflict') return done
  }
}

interface Staged { readonly changes: readonly StagedCommit[]; readonly moved: RowsMoved }

async function stageMove(work: RowWork, move: RowsToMove, from: Table, to: Table): Promise<Result<Staged | undefined>> {
  const { lake } = work
  const condition = await checkPredicate(work.process, { schema: move.from.namespace, name: move.from.name }, move.predicate)
  const scan = condition.ok ? await planScan(lake, from) : condition
  if (!condition.ok) return condition
  if (!scan.ok) return scan
  const { where } = condition.value
  const hit = await filesWith(work, from, scan.value, where)
  if (!hit.ok) return hit
  if (scan.value.snapshot === undefined || hit.value.rows === 0) return ok(undefined)
  const shown = await showFiles(work, from, scan.value, hit.value.files)
  if (!shown.ok) return shown
  const rows = `SELECT ${columnList(from)} FROM ${sqlName(shown.value)} AS t WHERE`
  const stay = await writeQuery(work, from, `${rows} ${where} IS NOT TRUE`)
  const stayed = stay.ok ? await bringHome(work, from, stay.value) : stay
  const go = stayed.ok ? await writeQuery(work, to, `${rows} ${where}${move.withhold === undefined ? '' : ` AND (${move.withhold}) IS NOT TRUE`}`) : stayed
  if (!stayed.ok) return stayed
  if (!go.ok) return go
  const arriving = await arrive(work, move, to, go.value)
  if (!arriving.ok) return arriving
  const { added, removed, fresh } = arriving.value
  const summary = move.summary === undefined ? {} : { summary: move.summary }
  const left = await stageRowDelta(lake, from, { added: stayed.value, removed: hit.value.files.map(({ file }) => file), validate: { from: scan.value.snapshot.id }, ...summary })
  if (!left.ok) return left
  const come = added.length + removed.length === 0 ? undefined : await stageRowDelta(lake, to, { added, removed, ...(to.currentSnapshot !== undefined && { validate: { from: to.currentSnapshot.id } }), ...summary })
  if (come?.ok === false) return come
  return ok({
    changes: [left.value, ...(come === undefined ? [] : [come.value])],
    moved: {
      rowsRemoved: hit.value.rows, rowsAdded: fresh.reduce((sum, file) => sum + file.rows, 0), bytes: fresh.reduce((sum, file) => sum + file.bytes, 0),
      ...(left.value.snapshot !== undefined && { fromSnapshot: left.value.snapshot.id }), ...(come?.value.snapshot !== undefined && { toSnapshot: come.value.snapshot.id }),
    },
  })
}

/** `fresh` are those of `added` with rows that came; the others are written anew for those that are replaced. */
interface Arrived { readonly added: readonly DataFile[]; readonly removed: readonly DataFile[]; readonly fresh: readonly DataFile[] }

/** The rows beside those that are there already. */
async function arrive(work: RowWork, { keys, onSame }: RowsToMove, to: Table, written: readonly WrittenRows[]): Promise<Result<Arrived>> {
  const scan = await planScan(work.lake, to)
  if (!scan.ok) return scan
  const moving: Relation = { ...MOVING, columns: to.schema.fields.map(({ id, name, type }) => ({ name, type, fieldId: id })), files: await Promise.all(written.map(async ({ file }) => ({ path: await work.place(file.path) }))) }
  const fits = await checkRequired(work, to, moving)
  if (!fits.ok) return fits
  const same = `${keys.map((key) => `n.${quoteIdentifier(key)} = t.${quoteIdentifier(key)}`).join(' AND ')}`
  const takeAll = async (removed: readonly DataFile[], kept: readonly DataFile[]): Promise<Result<Arrived>> => {
    const fresh = await bringHome(work, to, written)
    return fresh.ok ? ok({ added: [...kept, ...fresh.value], removed, fresh: fresh.value }) : fresh
  }
  if (scan.value.files.length === 0) return takeAll([], [])
  if (keys.length > 0 && onSame === 'replace') {
    const exists = `EXISTS (SELECT 1 FROM ${sqlName(MOVING)} AS n WHERE ${same})`
    const hit = await filesWith(work, to, scan.value, exists, [moving])
    if (!hit.ok) return hit
    if (hit.value.files.length === 0) return takeAll([], [])
    const shown = await showFiles(work, to, scan.value, hit.value.files, [moving])
    const rest = shown.ok ? await writeQuery(work, to, `SELECT ${columnList(to)} FROM ${sqlName(shown.value)} AS t WHERE NOT ${exists}`) : shown
    const kept = rest.ok ? await bringHome(work, to, rest.value) : rest
    return kept.ok ? takeAll(hit.value.files.map(({ file }) => file), kept.value) : kept
  }
  const fresh = await unknownRows(work, to, { scan: scan.value, moving, same: keys.length > 0 ? same : undefined })
  return fresh.ok ? ok({ added: fresh.value, removed: [], fresh: fresh.value }) : fresh
}

interface Known { readonly scan: Scan; readonly moving: Relation; readonly same: string | undefined }

/** Of rows that occur several times, as many as are missing. */
async function unknownRows(work: RowWork, to: Table, { scan, moving, same }: Known): Promise<Result<readonly DataFile[]>> {
  const shown = await showFiles(work, to, scan, scan.files, [moving])
  if (!shown.ok) return shown
  const there = sqlName(shown.value)
  const written = await writeQuery(work, to, same === undefined
    ? `SELECT ${columnList(to)} FROM ${sqlName(MOVING)} EXCEPT ALL SELECT ${columnList(to)} FROM ${there}`
    : `SELECT ${columnList(to)} FROM ${sqlName(MOVING)} AS n WHERE NOT EXISTS (SELECT 1 FROM ${there} AS t WHERE ${same})`)
  return written.ok ? bringHome(work, to, written.value) : written
}

/** A column may have become required after the rows had left. */
export async function checkRequired(work: RowWork, to: Table, moving: Relation): Promise<Result<void>> {
  const required = to.schema.fields.filter((field) => field.required).map(({ name }) => name)
  if (required.length === 0) return ok(undefined)
  const defined = await work.process.define([moving])
  if (!defined.ok) return defined
  const lacking: string[] = []
  let most = 0
  for (const column of required) {
    const rows = await countOf(work, `SELECT count(*) FROM ${sqlName(MOVING)} WHERE ${quoteIdentifier(column)} IS NULL`)
    if (!rows.ok) return rows
    if (rows.value > 0) lacking.push(column)
    most = Math.max(most, rows.value)
  }
  return lacking.length === 0 ? ok(undefined) : fail(messages['rows-unfit']({ table: printTableName(to.name), columns: lacking, rows: most }))
}
