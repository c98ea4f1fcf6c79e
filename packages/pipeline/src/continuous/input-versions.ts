// What a statement read when the published version was made, beside what it reads now: each input at two snapshots, and the files
// that only one of them has. What both have is not opened.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Relation, RelationFile } from '@tulle/engine'
import type { Lake, Scan, Snapshot } from '@tulle/lake'
import { loadTable, planScan } from '@tulle/lake'
import type { TableName } from '@tulle/lineage'
import { freeNames, placesIn } from '@tulle/tables'
import { relationAt } from '../pin-inputs.ts'
import { RUN_SUMMARY } from '../run-summary.ts'
import type { Keeping, Whole } from './types.ts'

export interface InputVersions {
  readonly read: TableName
  readonly was: Relation
  readonly is: Relation
  /** What only one of both has: whole files, and rows that were deleted from files that both have. */
  readonly before: Relation
  readonly deleted: readonly DeletedSince[]
  readonly after: Relation
}

type Places = Pick<Relation, 'columns' | 'files'>
/** Rows of a file, with their number in it, of which those go that the places name and the ones before do not: by one of the file's addresses. */
export interface DeletedSince { readonly rows: Relation & { readonly rowNumber: string }; readonly places: Places; readonly before: Places; readonly addresses: readonly string[] }

interface Times { readonly lake: Lake; readonly base: Snapshot; readonly before: Readonly<Record<string, string>>; readonly now: Readonly<Record<string, string>> }

/** One for each of the reads, or why the whole has to be built. */
export async function versionsOf(keeping: Keeping, reads: readonly TableName[], times: Times): Promise<Result<readonly InputVersions[] | Whole>> {
  const versions: InputVersions[] = []
  for (const read of reads) {
    const found = await versionOf(keeping, read, times)
    if (!found.ok) return found
    if ('kind' in found.value) return ok(found.value)
    versions.push(found.value)
  }
  return ok(versions)
}

async function versionOf(keeping: Keeping, read: TableName, times: Times): Promise<Result<InputVersions | Whole>> {
  const { ingested, relationOf, ownOf } = keeping
  const is = relationOf(read.schema, read.name)
  const address = `${read.schema}.${read.name}`
  const pinned = ingested.pinned.find((one) => one.product.toLowerCase() === read.schema && one.dataSet.toLowerCase() === read.name)
  const own = pinned === undefined ? ownOf(read.schema, read.name) : undefined
  if (is === undefined || (pinned === undefined && own === undefined)) return whole(`it reads ${address}, which is no data set, so nothing keeps what it was`)
  const product = pinned?.product ?? own?.table.name.namespace ?? ''
  const dataSet = pinned?.dataSet ?? own?.table.name.name ?? ''
  const table = await loadTable(times.lake, { namespace: product, name: dataSet })
  if (!table.ok) return table
  if (pinned !== undefined && [times.before, times.now].some((inputs) => inputs[`access:${pinned.product}.${pinned.dataSet}`] !== undefined)) return whole(`its product sees a part of ${address} by its rights, and that part may have changed with them`)
  // Data sets of one product are published together.
  const old = pinned === undefined ? table.value.snapshots.find(({ summary }) => summary[RUN_SUMMARY.run] === times.base.summary[RUN_SUMMARY.run])?.id : times.before[`data-set:${pinned.product}.${pinned.dataSet}`]
  if (old === undefined) return whole(`its published version did not read ${address}`)
  if (!table.value.snapshots.some(({ id }) => id === old)) return whole(`the version of ${address} that it read is not kept any more`)
  const inFolder = keeping.session.inFolder
  const then = await relationAt(times.lake, { product, dataSet, snapshot: old }, inFolder)
  if (!then.ok) return then
  const was = withColumnsOf(then.value, is)
  if (was === undefined) return whole(`the columns of ${address} are others than they were`)
  if (pinned === undefined) return ok({ read, was, is, ...differing(was, is, partsOf(was), partsOf(is)) })
  const [scanThen, scanNow] = [await planScan(times.lake, table.value, { snapshotId: old }), await planScan(times.lake, table.value, { snapshotId: pinned.snapshot })]
  if (!scanThen.ok) return scanThen
  if (!scanNow.ok) return scanNow
  return ok({ read, was, is, ...differing(was, is, partsOf(was, scanThen.value), partsOf(is, scanNow.value)) })
}

const whole = (why: string): Result<Whole> => ok({ kind: 'whole', why })

/** The same columns, found by the same ids; undefined where they are not. */
function withColumnsOf(was: Relation, is: Relation): Relation | undefined {
  const columns = is.columns.map((column) => was.columns.find((one) => one.name === column.name && one.fieldId === column.fieldId && JSON.stringify(one.type) === JSON.stringify(column.type)))
  return columns.every((column) => column !== undefined) ? { ...was, columns } : undefined
}

/** A file, by names that are the same in both versions. */
interface Part { readonly file: RelationFile; readonly name: string; /** Readable ones by name. */ readonly places: ReadonlyMap<string, string>; /** What else of it decides which rows it shows. */ readonly rest: string }

/** A relation has its files in the order of its scan. Without one they lie where both versions have them: a version is linked under one name however often. */
function partsOf({ files }: Relation, scan?: Scan): readonly Part[] {
  return files.map((file, i) => {
    const { positionDeletes = [], path, addresses: _, ...others } = file
    const scanned = scan?.files[i]
    if (scanned === undefined) return { file, name: path, places: new Map(positionDeletes.map((one) => [one, one])), rest: JSON.stringify(others) }
    const isPlaces = ({ content, vector }: (typeof scanned.deletes)[number]): boolean => content === 'position-deletes' && vector === undefined
    const named = scanned.deletes.filter(isPlaces).map((one, n): [string, string] => [one.path, positionDeletes[n] ?? ''])
    return { file, name: scanned.file.path, places: new Map(named), rest: JSON.stringify(scanned.deletes.filter((one) => !isPlaces(one)).map((one) => one.path).toSorted()) }
  })
}

/** Of a file that only lost rows, those are read and no others: to compare it whole takes longer than to build the whole from it. */
function differing(was: Relation, is: Relation, then: readonly Part[], now: readonly Part[]): Pick<InputVersions, 'before' | 'deleted' | 'after'> {
  const [counted, counts] = [countBy(then, keyOf), countBy(now, keyOf)]
  const isSame = (part: Part): boolean => counted.get(keyOf(part)) === counts.get(keyOf(part))
  const [old, fresh] = [then.filter((part) => !isSame(part)), now.filter((part) => !isSame(part))]
  // A hostile manifest may name a file twice; then it has its rows twice.
  const [once, nowOnce] = [countBy(old, ({ name }) => name), countBy(fresh, ({ name }) => name)]
  // As no column is called.
  const [number = ''] = freeNames('row_number', 1, was.columns)
  const [deleted, whole]: [DeletedSince[], Set<Part>] = [[], new Set([...old, ...fresh])]
  for (const part of old) {
    const later = fresh.find(({ name }) => name === part.name)
    if (later === undefined || once.get(part.name) !== 1 || nowOnce.get(part.name) !== 1 || later.rest !== part.rest) continue
    if (![...part.places.keys()].every((name) => later.places.has(name))) continue
    const added = [...later.places].filter(([name]) => !part.places.has(name)).map(([, path]) => path)
    // The places say which rows they are; where the file were read without those that it had lost before, no number would reach it.
    const { positionDeletes: _, ...bare } = part.file
    deleted.push({ rows: { ...was, files: [bare], rowNumber: number }, places: placesIn(added), before: placesIn([...part.places.values()]), addresses: later.file.addresses ?? [] })
    for (const one of [part, later]) whole.delete(one)
  }
  const only = (relation: Relation, parts: readonly Part[]): Relation => ({ ...relation, files: parts.filter((part) => whole.has(part)).map(({ file }) => file) })
  return { before: only(was, old), deleted, after: only(is, fresh) }
}

const keyOf = ({ name, rest, places }: Part): string => JSON.stringify([name, rest, ...[...places.keys()].toSorted()])

function countBy(parts: readonly Part[], nameOf: (part: Part) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const part of parts) counts.set(nameOf(part), (counts.get(nameOf(part)) ?? 0) + 1)
  return counts
}
