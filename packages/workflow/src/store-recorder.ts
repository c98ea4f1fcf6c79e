// Runs written down in PostgreSQL, each change with its event in the same transaction. Survives a restart of the server
// under it: a write that lost its connection is made again, and changes nothing where the first had arrived. So is what a run at work reads.

import type { Selectable, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Clock, Diagnostic, Json } from '@tulle/kernel'
import { canonicalJson } from '@tulle/kernel'
import type { Database, RunTable, Store } from '@tulle/store'
import { appendEvent, isTransient } from '@tulle/store'
import { USUAL_PRIORITY } from './admit.ts'
import { admitRuns } from './admit-runs.ts'
import { recordOf } from './run-record.ts'
import type { NewRun, RunInput, RunRecorder, RunStatus, StartedRun, StepOutcome } from './types.ts'

const OPEN: readonly RunStatus[] = ['queued', 'running']
/** A server that is being restarted is back in seconds; then a step is better failed than hanging. */
const PATIENCE_MILLISECONDS = 60_000

type Tx = Transaction<Database>

export function storeRecorder({ db }: Pick<Store, 'db'>, clock: Clock): RunRecorder {
  /** Again where the connection was lost. */
  const lasting = async <T>(work: () => Promise<T>): Promise<T> => {
    const deadline = clock.now() + PATIENCE_MILLISECONDS
    for (let wait = 50; ; wait = Math.min(wait * 2, 2_000)) {
      try {
        return await work()
      } catch (error) {
        if (!isTransient(error) || clock.now() > deadline) throw error
        await clock.sleep(wait)
      }
    }
  }
  /** In a transaction, and again in a new one. */
  const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => lasting(() => db.transaction().execute(work))

  return {
    queue: (run) => write((tx) => queue(tx, run)),
    admit: (rules) => write((tx) => admitRuns(tx, rules)),
    pause: (runId, by) =>
      write(async (tx) => {
        const row = await lock(tx, runId)
        if (row === undefined || !isOpen(row)) return false
        if ((row.paused_at === null) === (by === undefined)) return true
        await tx.updateTable('run').set(by === undefined ? { paused_at: null, paused_by: null } : { paused_at: now, paused_by: by }).where('id', '=', runId).execute()
        await tell(tx, by === undefined ? 'resumed' : 'paused', row, row.status as RunStatus)
        return true
      }),
    standAside: (runId, why) =>
      write(async (tx) => {
        await tx.updateTable('run').set({ aside: why, waits: why, returns_at: null }).where('id', '=', runId).where('finished_at', 'is', null).execute()
      }),
    async mayGoOn(runId) {
      const row = await lasting(() => db.selectFrom('run').select(['aside', 'returns_at', 'paused_at']).where('id', '=', runId).where('finished_at', 'is', null).executeTakeFirst())
      if (row === undefined || row.aside === null) return row?.paused_at instanceof Date ? 'paused' : 'yes'
      if (row.returns_at === null) await write((tx) => tx.updateTable('run').set({ returns_at: now }).where('id', '=', runId).where('aside', 'is not', null).where('returns_at', 'is', null).execute())
      return 'no-place'
    },
    startRun: (runId) =>
      write(async (tx) => {
        const row = await lock(tx, runId)
        if (row === undefined || !isOpen(row)) return false
        if (row.status === 'running') return true
        await tx.updateTable('run').set({ status: 'running', started_at: now }).where('id', '=', runId).execute()
        await tell(tx, 'started', row, 'running')
        return true
      }),
    beginFlow: (runId, document, steps) =>
      write(async (tx) => {
        await tx.updateTable('run').set({ document: json(document) }).where('id', '=', runId).execute()
        const written = await tx.selectFrom('run_step').select('name').where('run_id', '=', runId).orderBy('ordinal').execute()
        if (written.length === steps.length && written.every(({ name }, i) => name === steps[i])) return
        // What was applied since it was queued is what it does.
        await tx.deleteFrom('run_step').where('run_id', '=', runId).execute()
        await insertSteps(tx, runId, steps)
      }),
    outputs: async (runId) => {
      const rows = await lasting(() => db.selectFrom('run_output').select(['step', 'output']).where('run_id', '=', runId).execute())
      return Object.fromEntries(rows.map(({ step, output }) => [step, output]))
    },
    keepOutput: (runId, step, output) =>
      write(async (tx) => {
        const written = { output: json(output) }
        await tx.insertInto('run_output').values({ run_id: runId, step, ...written }).onConflict((c) => c.columns(['run_id', 'step']).doUpdateSet(written)).execute()
      }),
    startStep: (runId, ordinal, began) =>
      write(async (tx) => {
        const started = {
          status: 'running', started_at: now, finished_at: null, attempt: sql<number>`attempt + 1`,
          ...(began !== undefined && { began: sql<string>`${json(began)}::jsonb || jsonb_build_object('done', (select coalesce(jsonb_agg(o.step), '[]') from run_output as o where o.run_id = ${runId}))` }),
        }
        await tx.updateTable('run_step').set(started).where('run_id', '=', runId).where('ordinal', '=', ordinal).where('status', '!=', 'cancelled').execute()
      }),
    endStep: (runId, ordinal, outcome) =>
      write(async (tx) => {
        await tx.updateTable('run_step').set(stepColumns(outcome)).where('run_id', '=', runId).where('ordinal', '=', ordinal).where('status', 'in', ['pending', 'running']).execute()
      }),
    endRun: (runId, status, diagnostics) =>
      write(async (tx) => {
        const row = await lock(tx, runId)
        if (row === undefined || !isOpen(row)) return false
        await tx.updateTable('run').set({ status, finished_at: now, diagnostics: json(diagnostics) }).where('id', '=', runId).execute()
        await tx.updateTable('run_step').set({ status: 'cancelled' }).where('run_id', '=', runId).where('status', 'in', ['pending', 'running']).execute()
        await tell(tx, status === 'succeeded' ? 'succeeded' : 'failed', row, status, diagnostics)
        return true
      }),
    log: (runId, step, level, message) =>
      write(async (tx) => {
        await tx.insertInto('run_log').values({ run_id: runId, time: sql<Date>`clock_timestamp()`, step: step ?? null, level, message: message.slice(0, 4_000) }).execute()
      }),
    find: async (runId) => {
      const row = await db.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirst()
      return row === undefined ? undefined : recordOf(row)
    },
    unfinished: async () => {
      const rows = await db.selectFrom('run').selectAll().where('status', 'in', [...OPEN]).where('admitted_at', 'is not', null).orderBy('requested_at').execute()
      return rows.map(recordOf)
    },
  }
}

const now = sql<Date>`clock_timestamp()`
const json = (value: unknown): string => JSON.stringify(value)
const isOpen = (row: { status: string }): boolean => OPEN.some((status) => status === row.status)

async function queue(tx: Tx, run: NewRun): Promise<StartedRun> {
  // Two equal requests at once must find each other, so those of one subject stand in line here.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`run:${run.subject}`}, 0))`.execute(tx)
  const parameters = canonicalJson({ ...run.input, workflow: run.workflow })
  const equal = await tx.selectFrom('run').select('id').where('product', '=', run.subject).where('status', '=', 'queued')
    .where('parameters', '=', sql<Json>`${parameters}::jsonb`).executeTakeFirst()
  const priority = run.priority ?? USUAL_PRIORITY
  // Every server has a clock; a time of a schedule has one run.
  const due = run.trigger.kind !== 'cron' ? undefined : await tx.selectFrom('run').select('id').where('product', '=', run.subject).where(sql`trigger->>'kind'`, '=', 'cron')
    .where(sql`trigger->>'at'`, '=', run.trigger['at']).where(sql`parameters->>'workflow'`, '=', run.workflow).executeTakeFirst()
  if (due !== undefined) return { runId: due.id, shared: true }
  if (equal !== undefined) {
    // Who joins brings its haste along.
    await tx.updateTable('run').set({ priority }).where('id', '=', equal.id).where('priority', '<', priority).execute()
    return { runId: equal.id, shared: true }
  }
  const row = { id: run.runId, product: run.subject, status: 'queued', trigger: json(run.trigger), parameters, requested_by: run.requestedBy, diagnostics: '[]', priority }
  const written = await tx.insertInto('run').values({ ...row, requested_at: now }).onConflict((c) => c.doNothing()).returning('id').executeTakeFirst()
  // The same run id again is the same request again: its reply was lost.
  if (written === undefined) return { runId: run.runId, shared: false }
  await insertSteps(tx, run.runId, run.steps)
  await tell(tx, 'queued', { id: run.runId, product: run.subject, parameters: { workflow: run.workflow } }, 'queued')
  return { runId: run.runId, shared: false }
}

async function insertSteps(tx: Tx, runId: string, names: readonly string[]): Promise<void> {
  await tx.insertInto('run_step').values(names.map((name, ordinal) => ({ run_id: runId, ordinal, name, status: 'pending', attempt: 0 }))).execute()
}

const lock = (tx: Tx, runId: string): Promise<Selectable<RunTable> | undefined> =>
  tx.selectFrom('run').selectAll().where('id', '=', runId).forUpdate().executeTakeFirst()

type TellOf = Pick<Selectable<RunTable>, 'id' | 'product' | 'parameters'>

async function tell(tx: Tx, what: 'queued' | 'started' | 'paused' | 'resumed' | 'succeeded' | 'failed', run: TellOf, status: RunStatus, diagnostics: readonly Diagnostic[] = []): Promise<void> {
  await appendEvent(tx, {
    type: `tulle.run.${what}`,
    source: '/tulle/workflow',
    subject: run.product,
    data: {
      runId: run.id,
      workflow: workflowOf(run),
      status,
      // Codes, not messages: what a message quotes belongs to those who may see the run.
      ...(diagnostics.length > 0 && { codes: [...new Set(diagnostics.map((d) => d.code))] }),
    },
  })
}

function stepColumns(outcome: StepOutcome) {
  const ended = { status: outcome.status, finished_at: now }
  switch (outcome.status) {
    case 'succeeded':
      return {
        ...ended,
        output: json(outcome.output),
        rows_read: outcome.rowsRead === undefined ? null : String(outcome.rowsRead),
        rows_written: outcome.rowsWritten === undefined ? null : String(outcome.rowsWritten),
      }
    case 'skipped':
      return { ...ended, reason: outcome.reason, output: outcome.output === undefined ? null : json(outcome.output) }
    case 'failed':
      return { ...ended, reason: outcome.diagnostics[0]?.message ?? null }
  }
}

const workflowOf = (row: Pick<TellOf, 'parameters'>): string => String((row.parameters as RunInput)['workflow'] ?? '')

/** Until when the schedule of a subject has been served: its last run of the workflow by cron, else of any kind. */
export async function lastServed({ db }: Pick<Store, 'db'>, workflow: string, subject: string): Promise<number | undefined> {
  const row = await db.selectFrom('run').where('product', '=', subject).where(sql`parameters->>'workflow'`, '=', workflow)
    .select([
      sql<string | null>`max(trigger->>'at') filter (where trigger->>'kind' = 'cron')`.as('cron'),
      sql<Date | null>`max(requested_at)`.as('any'),
    ]).executeTakeFirst()
  if (row?.cron !== null && row?.cron !== undefined) return Date.parse(row.cron)
  return row?.any?.getTime()
}

/** When the last run of a subject ended; `goes` while one waits or is at work. */
export async function lastEnded({ db }: Pick<Store, 'db'>, workflow: string, subject: string): Promise<number | 'goes' | undefined> {
  const row = await db.selectFrom('run').where('product', '=', subject).where(sql`parameters->>'workflow'`, '=', workflow)
    .select([sql<Date | null>`max(finished_at)`.as('ended'), sql<boolean | null>`bool_or(finished_at is null)`.as('goes')]).executeTakeFirst()
  return row?.goes === true ? 'goes' : row?.ended?.getTime()
}
