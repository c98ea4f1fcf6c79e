// What a statement read when the published version was made, beside what it reads now: each input at two snapshots, and the files
// that only one of them has. What both have is not opened.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import type { Lake, Snapshot } from '@tulle/lake'
import { loadTable, planScan } from '@tulle/lake'
import type { TableName } from '@tulle/lineage'
import { differingFiles } from '@tulle/tables'
import { relationAt } from '../pin-inputs.ts'
import { RUN_SUMMARY } from '../run-summary.ts'
import type { Keeping, Whole } from './types.ts'

export interface InputVersions {
  readonly read: TableName
  readonly was: Relation
  readonly is: Relation
  /** The parts of both that can differ. */
  readonly before: Relation
  readonly after: Relation
}

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
  if (pinned === undefined) {
    const [before, after] = differing(was, is)
    return ok({ read, was, is, before, after })
  }
  const [scanThen, scanNow] = [await planScan(times.lake, table.value, { snapshotId: old }), await planScan(times.lake, table.value, { snapshotId: pinned.snapshot })]
  if (!scanThen.ok) return scanThen
  if (!scanNow.ok) return scanNow
  const differ = differingFiles(scanThen.value, scanNow.value)
  const part = (relation: Relation, all: typeof scanThen.value, some: typeof scanThen.value): Relation => {
    const wanted = new Set(some.files)
    // A relation has its files in the order of its scan.
    return { ...relation, files: relation.files.filter((_, i) => wanted.has(all.files[i] as (typeof all.files)[number])) }
  }
  return ok({ read, was, is, before: part(was, scanThen.value, differ.before), after: part(is, scanNow.value, differ.after) })
}

const whole = (why: string): Result<Whole> => ok({ kind: 'whole', why })

/** The same columns, found by the same ids; undefined where they are not. */
function withColumnsOf(was: Relation, is: Relation): Relation | undefined {
  const columns = is.columns.map((column) => was.columns.find((one) => one.name === column.name && one.fieldId === column.fieldId && JSON.stringify(one.type) === JSON.stringify(column.type)))
  return columns.every((column) => column !== undefined) ? { ...was, columns } : undefined
}

/** Files are the same where they lie at one place with the same rows deleted; a version is linked under one name however often. */
function differing(was: Relation, is: Relation): readonly [Relation, Relation] {
  const [then, now] = [was, is].map(({ files }) => new Set(files.map((file) => JSON.stringify(file)))) as [Set<string>, Set<string>]
  const only = (relation: Relation, other: ReadonlySet<string>): Relation => ({ ...relation, files: relation.files.filter((file) => !other.has(JSON.stringify(file))) })
  return [only(was, now), only(is, then)]
}
