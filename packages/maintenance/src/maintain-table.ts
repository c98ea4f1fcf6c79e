// One table, job after job. What was done is an event, so that it is known when a table was last looked after.

import type { Diagnostic } from '@tulle/kernel'
import type { MaintainedTable } from '@tulle/providers'
import { appendEvent, OBJECT_REMOVAL, tryAdvisoryLock } from '@tulle/store'
import type { ColdStore } from './cold/types.ts'
import type { Job, JobContext, MaintenanceOptions, Removal, TableReport } from './types.ts'
import { branchesJob } from './branches-job.ts'
import { compactJob } from './compact-job.ts'
import { expireJob } from './expire-job.ts'
import { MAINTAINED } from './due.ts'
import { keptJob } from './kept-job.ts'
import { manifestsJob } from './manifests-job.ts'
import { messages } from './messages.ts'
import { orphansJob } from './orphans-job.ts'
import { rowsJob } from './rows-job.ts'
import { streamJob } from './stream-job.ts'
import { tablePolicy } from './table-policy.ts'

/**
 * In this order, so that what one leaves behind the next may take away. What runs kept comes first: it goes by the versions
 * that there are, so that a dry run, which expires none, says the same.
 */
const JOBS: readonly Job[] = [keptJob, rowsJob, streamJob, compactJob, manifestsJob, branchesJob, expireJob, orphansJob]

/** The most that one table may take of one pass; what is left waits for the next. */
const LONGEST_MILLISECONDS = 10 * 60_000

type AtWork = MaintenanceOptions & { readonly cold: ColdStore }

const contextOf = ({ store, lake, engine, workFolder, cold, suppression }: AtWork, { name, uuid, rules }: MaintainedTable, signal: AbortSignal): JobContext =>
  ({ store, lake, engine, workFolder, cold, suppression, table: name, uuid, policy: tablePolicy(rules), signal })

/** What `maintainTable` would do. */
export const foreseeTable = (options: AtWork, table: MaintainedTable, signal: AbortSignal): Promise<TableReport> =>
  reportOf(table, (job) => job.foresee(contextOf(options, table, signal)))

/** Does nothing where somebody else removes or copies objects at the moment, and says so. */
export async function maintainTable(options: AtWork, table: MaintainedTable, closing: AbortSignal): Promise<TableReport> {
  const { store } = options
  const locked = await tryAdvisoryLock(store, OBJECT_REMOVAL, async (lost) => {
    const signal = AbortSignal.any([closing, lost, AbortSignal.timeout(LONGEST_MILLISECONDS)])
    const context = contextOf(options, table, signal)
    const report = await reportOf(table, (job) => job.carryOut(context), signal)
    const archive = await maintainArchive(context)
    const whole = { ...report, diagnostics: unique([...report.diagnostics, ...archive]) }
    if (!signal.aborted) await tell(store, table, whole)
    return whole
  })
  return locked.got ? locked.value : { table: table.name, removals: [], diagnostics: [messages['maintenance-busy']({ table: `${table.name.namespace}.${table.name.name}` })] }
}

/** What an archive is written anew by is tidied as tables are; its files are nobody's to count. */
const ARCHIVE_JOBS: readonly Job[] = [compactJob, manifestsJob, expireJob, orphansJob]

async function maintainArchive(context: JobContext): Promise<readonly Diagnostic[]> {
  const { store, uuid, table, cold, policy, signal } = context
  if ((await store.db.selectFrom('cold_table').select('uuid').where('table_uuid', '=', uuid).executeTakeFirst()) === undefined) return []
  const found = await cold.lakeOf({ uuid, name: table })
  if (!found.ok) return found.diagnostics
  const { lake, archive } = found.value
  const diagnostics: Diagnostic[] = []
  for (const job of ARCHIVE_JOBS) if (!signal.aborted) diagnostics.push(...(await job.carryOut({ ...context, lake, table: archive, policy: { ...policy, expiry: { ...policy.expiry, minToKeep: 1 } } })).diagnostics)
  return diagnostics
}

async function reportOf({ name }: MaintainedTable, work: (job: Job) => ReturnType<Job['carryOut']>, signal?: AbortSignal): Promise<TableReport> {
  const removals: Removal[] = []
  const diagnostics: Diagnostic[] = []
  for (const job of JOBS) {
    if (signal?.aborted === true) break
    const done = await work(job)
    if (done.ok) removals.push(...done.value)
    diagnostics.push(...done.diagnostics)
  }
  return { table: name, removals, diagnostics: unique(diagnostics) }
}

/** A table that forbids one job mostly forbids the next as well. */
const unique = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(({ code }, i) => diagnostics.findIndex((other) => other.code === code) === i)

async function tell(store: MaintenanceOptions['store'], { name, uuid }: MaintainedTable, { removals, diagnostics }: TableReport): Promise<void> {
  const count = (what: Removal['what']): number => removals.filter((one) => one.what === what).length
  await store.db.transaction().execute((tx) => appendEvent(tx, {
    type: MAINTAINED,
    source: '/tulle/maintenance',
    subject: `${name.namespace}.${name.name}`,
    data: {
      product: name.namespace, dataSet: name.name, uuid,
      snapshots: count('snapshot'), refs: count('branch') + count('tag'), files: count('file') + count('unfinished'), manifests: count('manifest'), compacted: count('data'),
      bytes: removals.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
      ...(diagnostics.length > 0 && { codes: diagnostics.map(({ code }) => code) }),
    },
  }))
}
