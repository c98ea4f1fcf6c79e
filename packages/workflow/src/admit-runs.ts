// Gives places in the database: one process at a time, so that limits hold over all of them.

import { sql } from 'kysely'
import type { Transaction } from 'kysely'
import type { Database } from '@tulle/store'
import type { Admission } from './admit.ts'
import { admit } from './admit.ts'
import { recordOf } from './run-record.ts'
import type { FindQueueRules, RunRecord } from './types.ts'

/** What a person or an apply asked for is not counted against the limit of triggers. */
const TRIGGERS = ['cron', 'event', 'webhook', 'files']

export async function admitRuns(tx: Transaction<Database>, find: FindQueueRules): Promise<readonly RunRecord[]> {
  await sql`select pg_advisory_xact_lock(hashtextextended('run-queue', 0))`.execute(tx)
  const open = await tx.selectFrom('run').selectAll().where('status', 'in', ['queued', 'running']).where('finished_at', 'is', null).orderBy('requested_at').execute()
  const waiting = open.filter(wantsPlace)
  const { admitted, waits } = waiting.length === 0 ? NOBODY : await decide(tx, find, open)
  if (admitted.length > 0) await tx.updateTable('run').set({ admitted_at: sql<Date>`coalesce(admitted_at, clock_timestamp())`, waits: null, aside: null, returns_at: null }).where('id', 'in', [...admitted]).execute()
  for (const row of waiting) {
    const why = waits.get(row.id)
    if (why !== undefined && why !== row.waits) await tx.updateTable('run').set({ waits: why }).where('id', '=', row.id).execute()
  }
  return open.filter((row) => row.status === 'queued' && (row.admitted_at !== null || admitted.includes(row.id))).map(recordOf)
}

const wantsPlace = ({ admitted_at: admitted, returns_at: returns }: Pick<OpenRun, 'admitted_at' | 'returns_at'>): boolean => admitted === null || returns !== null

const NOBODY: Admission = { admitted: [], waits: new Map() }

type OpenRun = Pick<Awaited<ReturnType<typeof openRuns>>[number], 'id' | 'product' | 'priority' | 'trigger' | 'requested_at' | 'admitted_at' | 'paused_at' | 'aside' | 'returns_at'>
const openRuns = (tx: Transaction<Database>) => tx.selectFrom('run').selectAll().execute()

async function decide(tx: Transaction<Database>, find: FindQueueRules, open: readonly OpenRun[]): Promise<Admission> {
  const subjects = [...new Set(open.map(({ product }) => product))]
  const started = await tx.selectFrom('run').select(['product', (e) => e.fn.countAll<string>().as('runs')])
    .where('product', 'in', subjects).where('admitted_at', '>', sql<Date>`clock_timestamp() - interval '1 hour'`).where(sql<string>`trigger->>'kind'`, 'in', TRIGGERS).groupBy('product').execute()
  return admit(await find(subjects), {
    waiting: open.filter(wantsPlace).map((row) => ({
      runId: row.id, subject: row.product, priority: row.priority, requestedAt: row.requested_at.getTime(),
      returns: row.returns_at !== null, isTriggered: TRIGGERS.includes(String((row.trigger as { kind?: string }).kind)),
    })),
    going: open.filter((row) => row.admitted_at !== null).map((row) => ({ subject: row.product, isResting: row.paused_at !== null || row.aside !== null })),
    triggered: new Map(started.map(({ product, runs }) => [product, Number(runs)])),
  })
}
