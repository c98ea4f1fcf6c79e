// Rows of runs as the API shows them.

import { sql } from 'kysely'
import type { Kysely, Selectable } from 'kysely'
import type { Run, RunStatus, RunStep, RunSummary } from '@tulle/api'
import type { Diagnostic } from '@tulle/kernel'
import type { Database, RunTable } from '@tulle/store'

interface RunFilter {
  readonly product?: string | undefined
  readonly status?: RunStatus | undefined
  readonly limit: number
}

type RunRow = Selectable<RunTable> & { readonly rows_written: string | null }

/** Runs, newest first. */
export async function readRuns(db: Kysely<Database>, { product, status, limit }: RunFilter): Promise<readonly RunSummary[]> {
  let query = selectRuns(db).orderBy('run.requested_at', 'desc').limit(limit)
  if (product !== undefined) query = query.where('run.product', '=', product)
  if (status !== undefined) query = query.where('run.status', '=', status)
  return (await query.execute()).map(toSummary)
}

/** A run with its steps and its log, but for what the caller may do with it. */
export async function readRun(db: Kysely<Database>, id: string): Promise<Omit<Run, 'can'> | undefined> {
  const row = await selectRuns(db).where('run.id', '=', id).executeTakeFirst()
  if (row === undefined) return undefined
  const [steps, log] = await Promise.all([
    db.selectFrom('run_step').selectAll().where('run_id', '=', id).orderBy('ordinal').execute(),
    db.selectFrom('run_log').selectAll().where('run_id', '=', id).orderBy('seq').limit(5_000).execute(),
  ])
  return {
    ...toSummary(row),
    steps: steps.map((step) => ({
      name: step.name,
      status: step.status as RunStep['status'],
      attempt: step.attempt,
      ...instants(step),
      ...(step.rows_read !== null && { rowsRead: Number(step.rows_read) }),
      ...(step.rows_written !== null && { rowsWritten: Number(step.rows_written) }),
      ...(step.reason !== null && { reason: step.reason }),
      ...(step.output !== null && { output: step.output }),
    })),
    log: log.map((line) => ({
      seq: line.seq,
      time: line.time.toISOString(),
      ...(line.step !== null && { step: line.step }),
      level: line.level as 'info' | 'warning' | 'error',
      message: line.message,
    })),
    diagnostics: row.diagnostics as unknown as Diagnostic[],
  }
}

const selectRuns = (db: Kysely<Database>) =>
  db.selectFrom('run').selectAll('run').select((e) =>
    e.selectFrom('run_step').select(sql<string | null>`max(rows_written)`.as('rows')).whereRef('run_step.run_id', '=', 'run.id').as('rows_written'))

function toSummary(row: RunRow): RunSummary {
  return {
    id: row.id,
    product: row.product,
    status: row.status as RunStatus,
    trigger: describeTrigger(row.trigger as { kind?: string; [detail: string]: unknown }, row.requested_by),
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    ...instants(row),
    priority: row.priority,
    ...(row.finished_at === null && row.waits !== null && { waits: row.waits }),
    ...(row.paused_at !== null && row.finished_at === null && { paused: { by: row.paused_by ?? '', at: row.paused_at.toISOString() } }),
    ...(row.rows_written !== null && { rowsWritten: Number(row.rows_written) }),
    ...(row.document !== null && { document: documentOf(row.document as unknown as NonNullable<RunSummary['document']>) }),
  }
}

const documentOf = ({ name, version, from }: NonNullable<RunSummary['document']>): NonNullable<RunSummary['document']> => ({ name, version, ...(from !== undefined && { from }) })

function describeTrigger(trigger: { readonly kind?: string; readonly [detail: string]: unknown }, by: string): string {
  switch (trigger.kind) {
    case 'cron': return `schedule ${String(trigger['schedule'])}`
    case 'event': {
      const subject = String(trigger['subject']).replace(/^[a-z-]+:/u, '')
      return trigger['type'] === 'tulle.product.published' || trigger['type'] === undefined ? `${subject} published` : `${String(trigger['type'])} of ${subject}`
    }
    case 'webhook': return `webhook ${String(trigger['hook'])}, delivery ${String(trigger['id'])}`
    case 'files': return `new files of ${String(trigger['port'])}`
    case 'rerun': return `run ${String(trigger['run'])} again from ${String(trigger['from'])}${typeof trigger['wanted'] === 'string' ? `, which makes what ${trigger['wanted']} needs` : ''}, by ${by}`
    case 'apply': return 'applied'
    case 'resume': return `resumed by ${by}, for ${String(trigger['missed'])} that came meanwhile`
    case 'rehearsal': return `a rehearsal of a folder, by ${by}`
    case 'reproduce': return `snapshot ${String(trigger['snapshot'])} again, by ${by}`
    default: return typeof trigger['backfill'] === 'string' ? `by ${by}, backfill ${trigger['backfill']}` : `by ${by}`
  }
}

const instants = (row: { readonly started_at: Date | null; readonly finished_at: Date | null }): { startedAt?: string; finishedAt?: string } => ({
  ...(row.started_at !== null && { startedAt: row.started_at.toISOString() }),
  ...(row.finished_at !== null && { finishedAt: row.finished_at.toISOString() }),
})
