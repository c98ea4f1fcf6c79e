// Backfills over a range of partitions: one run of the product for each of them, given its days by parameters of the workflow,
// or read anew by the cursor of an input port. What a backfill is stands in the triggers of its runs, so it can always be gone on
// with, whatever was queued before a crash.

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { RunRequest, StartedRun } from '@tulle/workflow'
import { isEnded } from '@tulle/workflow'
import type { RunStatus } from '@tulle/workflow'
import type { Backfill, BackfillPart, BackfillRequest, Pipeline, Workshop } from './types.ts'
import { checkBackfill } from './draw-ports.ts'
import { messages } from './messages.ts'
import type { Partition, PartitionBy } from './partitions.ts'
import { partitionsOf } from './partitions.ts'
import { readPlan } from './read-plan.ts'
import { findFlow } from './run-product.ts'

/** What stands in the trigger of each run, beside `backfill`, the name of its part. */
interface Told { readonly id: string; readonly from: string; readonly to: string; readonly by: PartitionBy; readonly parameters: readonly string[]; readonly force: boolean }

type Start = (request: Omit<RunRequest, 'workflow'>) => Promise<Result<StartedRun>>

export function openBackfills(workshop: Workshop, { start, cancel }: { readonly start: Start; readonly cancel: (runId: string) => Promise<Result<void>> }): Pipeline['backfills'] {
  const { db } = workshop.store

  const readRows = (where: { readonly id?: string; readonly product?: string }) =>
    db.selectFrom('run').select(['id', 'product', 'status', 'trigger', 'requested_by', 'requested_at', 'priority', 'waits', 'finished_at', 'diagnostics'])
      .where(sql<string>`trigger->>'kind'`, '=', 'backfill').$if(where.product !== undefined, (q) => q.where('product', '=', where.product ?? ''))
      .$if(where.id !== undefined, (q) => q.where(sql<string>`trigger->>'id'`, '=', where.id ?? '')).orderBy('requested_at').execute()

  type Row = Awaited<ReturnType<typeof readRows>>[number]
  const read = (rows: readonly Row[]): Backfill | undefined => {
    const [first] = rows
    if (first === undefined) return undefined
    const { id, from, to, by, parameters, force } = first.trigger as unknown as Told
    const parts = partitionsOf({ from, to, by })
    // Later runs of a part take the place of earlier ones.
    const runs = new Map(rows.map((row) => [String((row.trigger as { backfill?: Json }).backfill), row]))
    return {
      id, product: first.product, from, to, by, parameters, force, priority: first.priority, requestedBy: first.requested_by, requestedAt: first.requested_at,
      parts: (parts.ok ? parts.value : []).map(({ name }): BackfillPart => partOf(name, runs.get(name))),
    }
  }
  const partOf = (name: string, row: Row | undefined): BackfillPart => (row === undefined ? { name, status: 'missing' } : {
    name, runId: row.id, status: row.status as RunStatus,
    ...(row.finished_at === null && row.waits !== null && { waits: row.waits }),
    ...(row.status === 'failed' && { why: (row.diagnostics as unknown as readonly { readonly message: string }[])[0]?.message ?? 'no reason was given' }),
  })
  const find = async (id: string): Promise<Result<Backfill>> => {
    const found = read(await readRows({ id }))
    return found === undefined ? fail(messages['backfill-unknown']({ id })) : ok(found)
  }

  const queue = async (product: string, told: Told, parts: readonly Partition[], asked: Pick<BackfillRequest, 'requestedBy' | 'priority'>): Promise<Result<Backfill>> => {
    for (const part of parts) {
      const started = await start({
        subject: product, requestedBy: asked.requestedBy, ...(asked.priority !== undefined && { priority: asked.priority }),
        input: { ...inputOf(part, told), ...(told.force && { force: true }) },
        trigger: { kind: 'backfill', backfill: part.name, ...told } as unknown as RunRequest['trigger'],
      })
      if (!started.ok) return started
    }
    return find(told.id)
  }

  return {
    find,
    async list(product) {
      const byId = Map.groupBy(await readRows({ product }), (row) => String((row.trigger as unknown as Told).id))
      return [...byId.values()].flatMap((rows) => read(rows) ?? []).toReversed()
    },
    async start(product, request) {
      const parts = partitionsOf(request)
      if (!parts.ok) return parts
      const plan = await readPlan(workshop.store, product)
      if (!plan.ok) return plan
      const parameters = await parametersOf(workshop, product, request.parameters)
      if (!parameters.ok) return parameters
      if (parameters.value.length === 0) {
        const fit = checkBackfill(plan.value)
        if (!fit.ok) return fail(messages['backfill-no-parameter']({ product }))
      }
      const { from, to, by, force = false } = request
      return queue(product, { id: randomUUID(), from, to, by, parameters: parameters.value, force }, parts.value, request)
    },
    async resume(id, by) {
      const found = await find(id)
      if (!found.ok) return found
      const backfill = found.value
      const parts = partitionsOf(backfill)
      if (!parts.ok) return parts
      const left = new Set(backfill.parts.filter(({ status }) => status !== 'succeeded' && status !== 'queued' && status !== 'running').map(({ name }) => name))
      const { from, to, by: unit, parameters, force } = backfill
      return queue(backfill.product, { id, from, to, by: unit, parameters, force }, parts.value.filter(({ name }) => left.has(name)), { requestedBy: by, priority: backfill.priority })
    },
    async cancel(id) {
      const found = await find(id)
      if (!found.ok) return found
      // The newest first: else each end would give the next one its place.
      for (const { runId, status } of found.value.parts.toReversed()) if (runId !== undefined && !isEnded(status as RunStatus)) await cancel(runId)
      return find(id)
    },
  }
}

/** One parameter is given the first day of a part; of two, the second is given the first day after it. */
function inputOf({ from, to }: Partition, { parameters: [first, second] }: Told): RunRequest['input'] {
  if (first === undefined) return { backfill: { from, to } }
  return { with: { [first]: from, ...(second !== undefined && { [second]: to }) } }
}

/** Those that were named, or the only one of the workflow that takes a date. Empty: the cursor of an input port decides. */
async function parametersOf(workshop: Workshop, product: string, named: readonly string[] | undefined): Promise<Result<readonly string[]>> {
  const flow = await findFlow(workshop, { subject: product, input: {} })
  if (!flow.ok) return flow
  const takes = (flow.value.document.input?.schema?.document as { readonly properties?: Readonly<Record<string, { readonly format?: string } | null>> } | undefined)?.properties ?? {}
  const unknown = named?.find((name) => !Object.hasOwn(takes, name))
  if (unknown !== undefined) return fail(messages['backfill-parameter']({ product, parameter: unknown, known: Object.keys(takes) }))
  if (named !== undefined) return ok(named)
  const dates = Object.entries(takes).filter(([, one]) => one?.format === 'date').map(([name]) => name)
  return ok(dates.length === 1 ? dates : [])
}
