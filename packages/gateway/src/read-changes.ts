// What changed in a table → what the asker sees of it. A row is masked and filtered before and after the change, each as a row of
// its own, and what he sees then and now says what it is to him: a row that leaves his filter is deleted, one that
// enters it inserted, one that differs in what he does not see is no change.

import type { Relation, RelationFile } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { changeColumns, ORDINAL_ID, SIDE_ID } from '@tulle/streams'
import type { GovernedPart, GovernedRow } from '@tulle/streams'
import type { Lending } from './compare.ts'
import { keyOf, stillAllowed } from './compare.ts'
import { cutMembers } from './cut-members.ts'
import type { GovernedRelation } from './engine-pool.ts'
import type { Reading } from './governed-relations.ts'
import { relationFilter, singleRead, standingOf, todaysColumns } from './governed-relations.ts'
import { messages } from './messages.ts'
import type { Asker, ChangesRead, VisibleTable, Who } from './types.ts'

export async function readChanges(lending: Lending, who: Who, read: ChangesRead): Promise<Result<GovernedPart>> {
  const { authorizer, clock, watch, record } = lending
  const since = clock.now()
  const asked = await who()
  if (!asked.ok) return asked
  const asker = asked.value
  const found = await rowsOf(lending, asker, read)
  const still = found.ok ? await stillAllowed(authorizer, who, { asker, comparison: read, standing: found.value.standing }) : ok(undefined)
  const leaving = found.ok && still.ok ? await watch.begin(asker, [found.value.table]) : still
  const taken = leaving.ok && leaving.value !== undefined && found.ok ? await leaving.value.take(found.value.rows.length, found.value.bytes) : leaving
  if (leaving.ok && leaving.value !== undefined) await leaving.value.end()
  const done = taken.ok ? found : (taken as Result<Found>)
  const line = { port: read.port, asker, since, names: [read.table] }
  const recorded = await record(done.ok ? { ...line, rows: done.value.rows.length, bytes: done.value.bytes, readings: [done.value.reading] } : { ...line, diagnostics: done.diagnostics })
  if (!done.ok) return done
  return recorded.ok ? ok({ rows: done.value.rows, rights: rightsOf(done.value.standing), ...(done.value.isCut && { isCut: true }) }) : recorded
}

/** The same for who sees the same of the table. */
export const rightsOf = (standing: string): string => sha256(standing).slice(0, 16)

interface Found { readonly table: VisibleTable; readonly standing: string; readonly rows: readonly GovernedRow[]; readonly bytes: number; readonly isCut: boolean; readonly reading: Reading }

async function rowsOf(lending: Lending, asker: Asker, read: ChangesRead): Promise<Result<Found>> {
  const { authorizer } = lending
  // The decision comes before anything of the table is looked at.
  const allowed = await authorizer.authorize(asker, [read.table])
  if (!allowed.ok) return allowed
  const [table] = allowed.value
  if (table === undefined) return fail(messages['unknown-table']({ table: read.table.name, suggestion: '' }))
  const standing = await standingOf(authorizer, allowed.value)
  if (!standing.ok) return standing
  const filter = await relationFilter(authorizer, table)
  if (!filter.ok) return filter
  const looks = read.part.kind === 'segment' ? await looksAtSegment(table, read, filter.value) : await looksAtSnapshot(lending, table, read, filter.value)
  if (!looks.ok) return looks
  const rows: GovernedRow[] = []
  let [bytes, isCut] = [0, false]
  for (const look of looks.value) {
    if (rows.length >= read.limit || isCut) break
    const seen = await lookAt(lending, asker, look, { limit: read.limit - rows.length, signal: read.signal })
    if (!seen.ok) return seen
    rows.push(...seen.value.rows)
    bytes += seen.value.bytes
    isCut = seen.value.isCut
  }
  return ok({ table, standing: standing.value, rows, bytes, isCut, reading: { table, snapshot: read.part.snapshot, columns: table.columns.map(({ name }) => name) } })
}

/** One query of one relation; its columns are `ordinal`, `op`, `key`, `before` and `after`. */
interface Look { readonly governed: GovernedRelation; readonly sql: string }
type Filter = Pick<Relation, 'rowFilter'>

async function looksAtSegment(table: VisibleTable, { part, after, upTo }: ChangesRead, filter: Filter): Promise<Result<readonly Look[]>> {
  if (part.kind !== 'segment') return ok([])
  const file = await part.file()
  if (!file.ok) return file
  const { ordinal, side } = changeColumns(table.dataSet.columns.map(({ name }) => name))
  const extra = [{ name: ordinal, type: 'long', fieldId: ORDINAL_ID }, { name: side, type: 'boolean', fieldId: SIDE_ID }]
  const { columns, source } = todaysColumns(table)
  const governed = singleRead(table, ['changes', part.snapshot], { columns: [...columns, ...extra], ...(source !== undefined && { source: [...source, ...extra] }), ...filter, files: [{ path: file.value }] })
  const [number, isAfter] = [quoteIdentifier(ordinal), quoteIdentifier(side)]
  const row = structOf(table)
  const sql = [
    `WITH sides AS (SELECT ${number} AS "@n", any_value(${row}) FILTER (WHERE NOT ${isAfter}) AS was, any_value(${row}) FILTER (WHERE ${isAfter}) AS now`,
    `FROM ${nameOf(governed)} WHERE ${number} > ${integer(after)} AND ${number} <= ${integer(upTo)} GROUP BY ${number})`,
    `SELECT "@n" AS ordinal, CASE WHEN was IS NULL THEN 'insert' WHEN now IS NULL THEN 'delete' ELSE 'update' END AS op, ${keySql(table, 'coalesce(now, was)')} AS key, was AS before, now AS after`,
    `FROM sides WHERE was IS DISTINCT FROM now ORDER BY 1`,
  ].join('\n')
  return ok([{ governed, sql }])
}

/** File by file, in the order of their names: that, and the number of a row in its file, stay as long as the snapshot. */
async function looksAtSnapshot({ authorizer }: Lending, table: VisibleTable, { part, after, upTo }: ChangesRead, filter: Filter): Promise<Result<readonly Look[]>> {
  const snapshot = await authorizer.snapshot(table, { kind: 'snapshot', id: part.snapshot })
  if (!snapshot.ok) return snapshot
  const files = await snapshot.value.files()
  if (!files.ok) return files
  const { ordinal: rowNumber } = changeColumns(table.dataSet.columns.map(({ name }) => name))
  const looks: Look[] = []
  let from = 0
  for (const file of inOrder(files.value)) {
    const [first, end] = [Math.max(after - from, 0), Math.min(upTo - from, file.rows ?? 0)]
    if (first < end) {
      const governed = singleRead(table, ['rows', part.snapshot], { ...todaysColumns(table), ...filter, rowNumber, files: [file] })
      const number = quoteIdentifier(rowNumber)
      const sql = `SELECT "@n" + ${integer(from + 1)} AS ordinal, 'insert' AS op, ${keySql(table, 'now')} AS key, NULL AS before, now AS after FROM (SELECT ${number} AS "@n", ${structOf(table)} AS now FROM ${nameOf(governed)} WHERE ${number} >= ${integer(first)} AND ${number} < ${integer(end)}) ORDER BY 1`
      looks.push({ governed, sql })
    }
    from += file.rows ?? 0
  }
  return ok(looks)
}

export const inOrder = <T extends Pick<RelationFile, 'path'>>(files: readonly T[]): readonly T[] => files.toSorted((a, b) => (a.path < b.path ? -1 : 1))

const nameOf = ({ relation }: GovernedRelation): string => `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
const integer = (value: number): string => String(Math.trunc(value))
const structOf = ({ columns }: VisibleTable): string => `struct_pack(${columns.map(({ name }) => `${quoteIdentifier(name)} := ${quoteIdentifier(name)}`).join(', ')})`

/** The key as an object, where the asker sees all of it as it is. */
function keySql(table: VisibleTable, row: string): string {
  const key = keyOf(table)
  return key.length === 0 ? 'NULL' : `struct_pack(${key.map((name) => `${quoteIdentifier(name)} := struct_extract(${row}, ${quoteLiteral(name)})`).join(', ')})`
}

const BATCH = 500
/** Of one answer: a reader takes it whole. */
const MOST_BYTES = 8 * 1024 * 1024

interface Seen { readonly rows: readonly GovernedRow[]; readonly bytes: number; readonly isCut: boolean }

async function lookAt(lending: Lending, asker: Asker, { governed, sql }: Look, { limit, signal }: { readonly limit: number; readonly signal: AbortSignal }): Promise<Result<Seen>> {
  const lease = await lending.borrow(asker, [governed])
  if (!lease.ok) return lease
  const read = async (): Promise<Result<Seen>> => {
    const cursor = await lease.value.process.open(`${sql} LIMIT ${integer(limit)}`, { encoding: { kind: 'ndjson' }, signal })
    if (!cursor.ok) return cursor
    const rows: GovernedRow[] = []
    let bytes = 0
    try {
      for (let done = false; !done;) {
        const batch = await cursor.value.fetch(BATCH, { signal })
        if (!batch.ok) return batch
        bytes += batch.value.bytes.length
        for (const line of Buffer.from(batch.value.bytes).toString('utf8').split('\n')) if (line !== '') rows.push(toRow(cutMembers(line)))
        done = batch.value.done
        if (!done && bytes >= MOST_BYTES) return ok({ rows, bytes, isCut: true })
      }
      return ok({ rows, bytes, isCut: false })
    } finally {
      await cursor.value.close()
    }
  }
  const done = await read()
  await lending.giveBack(lease.value, done)
  return done
}

function toRow(text: ReadonlyMap<string, string>): GovernedRow {
  const shown = (name: string): string | undefined => {
    const value = text.get(name)
    return value === undefined || value === 'null' ? undefined : value
  }
  const [key, before, after] = [shown('key'), shown('before'), shown('after')]
  return {
    ordinal: Number(text.get('ordinal')), op: JSON.parse(text.get('op') ?? '""') as GovernedRow['op'],
    ...(key !== undefined && { key }), ...(before !== undefined && { before }), ...(after !== undefined && { after }),
  }
}
