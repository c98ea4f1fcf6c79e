// Rows of one table as a version of another one that has the same columns, on a branch beside its main: nobody who reads main sees them.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { commit, loadTable, planScan, stageOverwrite } from '@tulle/lake'
import { checkPredicate } from './check-predicate.ts'
import type { RowsToMove } from './move-where.ts'
import { checkRequired, MOVING } from './move-where.ts'
import type { RowWork } from './row-work.ts'
import { bringHome, columnList, filesWith, showFiles, sqlName, writeQuery } from './row-work.ts'

export interface RowsToCopy extends Pick<RowsToMove, 'from' | 'to' | 'predicate' | 'withhold' | 'summary'> {
  /** Of `to`; it has these rows alone afterwards. */
  readonly branch: string
}

/** `snapshotId` is undefined where there were none. */
export interface RowsCopied { readonly rows: number; readonly snapshotId?: string }

const TRIES = 10

/** Copies the rows for which the condition is true. Neither main of `to` nor `from` changes. */
export async function copyWhere(work: RowWork, copy: RowsToCopy): Promise<Result<RowsCopied>> {
  for (let attempt = 1; ; attempt += 1) {
    const done = await copyOnce(work, copy)
    if (done.ok || attempt === TRIES || done.diagnostics[0]?.code !== 'commit-conflict') return done
  }
}

async function copyOnce(work: RowWork, { from: source, to: target, predicate, withhold, branch, summary }: RowsToCopy): Promise<Result<RowsCopied>> {
  const { lake } = work
  const [from, to] = [await loadTable(lake, source), await loadTable(lake, target)]
  if (!from.ok) return from
  if (!to.ok) return to
  const condition = await checkPredicate(work.process, { schema: source.namespace, name: source.name }, predicate)
  const scan = condition.ok ? await planScan(lake, from.value) : condition
  if (!condition.ok) return condition
  if (!scan.ok) return scan
  const { where } = condition.value
  const hit = await filesWith(work, from.value, scan.value, where)
  if (!hit.ok) return hit
  if (hit.value.rows === 0) return ok({ rows: 0 })
  const shown = await showFiles(work, from.value, scan.value, hit.value.files)
  if (!shown.ok) return shown
  const written = await writeQuery(work, to.value, `SELECT ${columnList(from.value)} FROM ${sqlName(shown.value)} AS t WHERE ${where}${withhold === undefined ? '' : ` AND (${withhold}) IS NOT TRUE`}`)
  if (!written.ok) return written
  const moving = { ...MOVING, columns: to.value.schema.fields.map(({ id, name, type }) => ({ name, type, fieldId: id })), files: await Promise.all(written.value.map(async ({ file }) => ({ path: await work.place(file.path) }))) }
  const fits = await checkRequired(work, to.value, moving)
  const files = fits.ok ? await bringHome(work, to.value, written.value) : fits
  if (!files.ok) return files
  const rows = files.value.reduce((sum, file) => sum + file.rows, 0)
  const staged = await stageOverwrite(lake, to.value, { files: files.value, branch, ...(summary !== undefined && { summary }) })
  const done = staged.ok ? await commit(lake, [staged.value]) : staged
  if (!staged.ok) return staged
  return done.ok ? ok({ rows, ...(staged.value.snapshot !== undefined && { snapshotId: staged.value.snapshot.id }) }) : done
}
