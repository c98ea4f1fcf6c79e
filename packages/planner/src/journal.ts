// What each apply does, stage by stage, in the tables `apply` and `apply_stage`: for whoever watches, and for whoever
// comes after a crash. The plan is kept without specs; those are in the resources that it made.

import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import { fail, ok } from '@tulle/kernel'
import type { Clock, Diagnostic, Json, Result } from '@tulle/kernel'
import { appendEvent } from '@tulle/store'
import type { Database } from '@tulle/store'
import type { ResourceKind } from '@tulle/providers'
import { messages } from './messages.ts'
import { summaryOf } from './plan.ts'
import { stageTitle } from './stages.ts'
import type { Applied, AppliedStage, ApplyStatus, Change, Plan } from './types.ts'

interface Started { readonly id: string; readonly plan: Plan; readonly startedBy: string }

export interface Journal {
  begin(): Promise<void>
  stageStarted(ordinal: number): Promise<void>
  stageEnded(ordinal: number, status: 'succeeded' | 'failed', message?: string): Promise<void>
  finish(status: 'succeeded' | 'failed', diagnostics: readonly Diagnostic[]): Promise<void>
}

/** The journal of one apply. Ordinals count from 1. */
export function applyJournal(db: Kysely<Database>, clock: Clock, started: Started): Journal {
  const { id, plan, startedBy } = started
  const now = (): Date => new Date(clock.now())
  return {
    begin: () =>
      db.transaction().execute(async (tx) => {
        await tx.insertInto('apply').values({
          id, plan_fingerprint: plan.fingerprint, plan: JSON.stringify(withoutSpecs(plan)), status: 'running',
          started_by: startedBy, started_at: now(), finished_at: null, diagnostics: '[]',
        }).execute()
        await sql`insert into apply_stage (apply_id, ordinal, status)
          select ${id}, ordinal, 'pending' from generate_series(1, ${plan.stages.length}::int) as ordinal`.execute(tx)
      }),
    stageStarted: async (ordinal) => {
      await db.updateTable('apply_stage').set({ status: 'running', started_at: now() }).where('apply_id', '=', id).where('ordinal', '=', ordinal).execute()
    },
    stageEnded: async (ordinal, status, message) => {
      await db.updateTable('apply_stage').set({ status, finished_at: now(), message: message ?? null })
        .where('apply_id', '=', id).where('ordinal', '=', ordinal).execute()
    },
    finish: (status, diagnostics) =>
      db.transaction().execute(async (tx) => {
        await tx.updateTable('apply').set({ status, finished_at: now(), diagnostics: JSON.stringify(diagnostics) })
          .where('id', '=', id).where('status', '=', 'running').execute()
        await tx.updateTable('apply_stage').set({ status: 'skipped' }).where('apply_id', '=', id).where('status', '=', 'pending').execute()
        // An apply of nothing is journaled, since somebody asked for it, but it is no event.
        if (plan.stages.length === 0) return
        await sql`insert into mesh_state (one, generation) values (true, 1) on conflict (one) do update set generation = mesh_state.generation + 1`.execute(tx)
        await appendEvent(tx, {
          type: 'tulle.apply.finished', source: '/applies', subject: id, data: { id, status, plan: plan.fingerprint, startedBy, summary: summaryOf(plan) },
        })
      }),
  }
}

function withoutSpecs(plan: Plan): Json {
  return {
    fingerprint: plan.fingerprint,
    basis: plan.basis,
    options: { ...plan.options },
    stages: plan.stages.map((stage) => ({
      title: stageTitle(stage),
      kind: stage.kind,
      changes: stage.changes.map((change) => ({
        action: change.action, ref: change.ref, breaking: change.breaking, sentences: change.fields.map((field) => field.sentence),
      })),
    })),
  }
}

/** Called by the holder of the lock: whoever still seems to be applying died, or lost the lock. */
export async function endInterrupted(tx: Kysely<Database>, clock: Clock): Promise<void> {
  const finished_at = new Date(clock.now())
  await tx.updateTable('apply').set({ status: 'interrupted', finished_at }).where('status', '=', 'running').execute()
}

/** Throws `Overtaken` unless this apply is the one that may change the mesh. Waits out nobody, and is waited for. */
export const fenceOf = (id: string) => async (tx: Transaction<Database>): Promise<void> => {
  const own = await tx.selectFrom('apply').select('id').where('id', '=', id).where('status', '=', 'running').forShare().executeTakeFirst()
  if (own === undefined) throw new Overtaken()
}

/** Another apply holds the lock now. */
export class Overtaken extends Error {}

/** Who is applying, where somebody is. */
export async function readRunning(db: Kysely<Database>): Promise<{ readonly who: string; readonly since: string } | undefined> {
  const row = await db.selectFrom('apply').select(['started_by', 'started_at']).where('status', '=', 'running').orderBy('started_at', 'desc').executeTakeFirst()
  return row === undefined ? undefined : { who: row.started_by, since: row.started_at.toISOString() }
}

/** How far an apply has come. */
export async function readApply(db: Kysely<Database>, id: string): Promise<Result<Applied>> {
  const row = await db.selectFrom('apply').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return fail(messages['unknown-apply']({ id }))
  const stages = await db.selectFrom('apply_stage').selectAll().where('apply_id', '=', id).orderBy('ordinal').execute()
  const titles = ((row.plan as { stages?: readonly { title: string }[] }).stages ?? []).map((stage) => stage.title)
  return ok({
    id: row.id,
    status: row.status as ApplyStatus,
    startedBy: row.started_by,
    startedAt: row.started_at.toISOString(),
    ...(row.finished_at !== null && { finishedAt: row.finished_at.toISOString() }),
    stages: stages.map((stage): AppliedStage => ({
      title: titles[stage.ordinal - 1] ?? `Stage ${stage.ordinal}`,
      status: stage.status as AppliedStage['status'],
      ...(stage.started_at !== null && { startedAt: stage.started_at.toISOString() }),
      ...(stage.finished_at !== null && { finishedAt: stage.finished_at.toISOString() }),
      ...(stage.message !== null && { message: stage.message }),
    })),
    diagnostics: row.diagnostics as unknown as readonly Diagnostic[],
  })
}

const OF_A_PRODUCT: readonly ResourceKind[] = ['data-product', 'input-port', 'data-set', 'output-port', 'control-port', 'service-level', 'workflow', 'stream-job']

/** What one apply did to a product. */
export interface ProductApply {
  readonly id: string
  readonly status: ApplyStatus
  readonly by: string
  readonly at: Date
  readonly changes: readonly { readonly ref: string; readonly action: Change['action']; readonly breaking: boolean; readonly sentences: readonly string[] }[]
}

/** The applies that changed a product, newest first; at most so many. */
export async function readProductApplies(db: Kysely<Database>, product: string, limit: number): Promise<readonly ProductApply[]> {
  // A product's refs are `<kind>:<product>`, and those of its parts go on with a dot.
  const { rows } = await sql<{ id: string; status: ApplyStatus; by: string; at: Date; changes: ProductApply['changes'] }>`
    select id, status, started_by as by, started_at as at, changes from apply, lateral (
      select jsonb_agg(change order by ordinal) as changes from jsonb_path_query(plan, '$.stages[*].changes[*]') with ordinality as found (change, ordinal)
      where split_part(split_part(change ->> 'ref', ':', 2), '.', 1) = ${product} and split_part(change ->> 'ref', ':', 1) in (${sql.join(OF_A_PRODUCT)})
    ) as own where changes is not null order by started_at desc, id limit ${limit}`.execute(db)
  return rows
}
