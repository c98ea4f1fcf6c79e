// The life of a job of Flink. Its row is written before it is started: it says what should run, and Flink is asked for what does. So
// whoever dies in between leaves what the next look sees and the next apply completes, and one job never becomes two.
//
// What is run is worked out from what is applied, and held against the plan: a plan that somebody wrote himself starts nothing else.

import type { Kysely } from 'kysely'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, fingerprintOf, ok } from '@tulle/kernel'
import { filledTable, flinkJobs, namesIn } from '@tulle/lineage'
import type { FlinkJob } from '@tulle/lineage'
import type { DataProduct } from '@tulle/model'
import { readProductDefinitions, recordProvider } from '@tulle/providers'
import type { Drift, Effect, Observed, Provider, ProviderContext, Resource, Spec } from '@tulle/providers'
import type { KafkaCluster } from '@tulle/sources'
import type { Database } from '@tulle/store'
import { resourceOfJob } from './desired-jobs.ts'
import type { Parse } from './desired-jobs.ts'
import { GatewayTrouble } from './gateway.ts'
import type { GatewayOptions } from './gateway.ts'
import { jobsOf, listJobs, nameOfJob, stopJob, submitJob, waitForJobs } from './jobs.ts'
import type { RunningJob } from './jobs.ts'
import { messages } from './messages.ts'

export interface FlinkRoom {
  /** Undefined: there is no Flink, and jobs are only written down. */
  readonly gateway?: GatewayOptions
  readonly parse: Parse
  /** How long a job has to begin before nobody waits for it any more; 15 seconds unless told. */
  readonly startMilliseconds?: number
  /** The value for a name that stands in options of tables; undefined where nobody set it. */
  readonly valueFor: (name: string) => string | undefined
  /** Makes the topic of results where there is none; with `isEmptied` no row of it is left. */
  readonly prepareTopic: (topic: { readonly name: string; readonly id: string; readonly cluster: KafkaCluster; readonly isEmptied: boolean }) => Promise<Result<void>>
}

export interface FlinkJobProvider extends Provider {
  /** Why the last look saw nothing, where it did not. */
  trouble(): Diagnostic | undefined
}

const STOP_MILLISECONDS = 30_000
const NOT_YET: ReadonlySet<string> = new Set(['INITIALIZING', 'CREATED'])
const ANEW = 'the job is stopped, its topic emptied, and another begins from the earliest records'

export function flinkJobProvider(room: FlinkRoom): FlinkJobProvider {
  const { gateway } = room
  let trouble: Diagnostic | undefined
  const record = recordProvider({
    kind: 'stream-job',
    outlivesDeclaration: false,
    desire: { of: 'mesh', list: () => [] },
    whole: (path) => path[0] === 'tables' && path.length === 2,
    judge: (path, before, after) => judge(path, before, after),
  })
  const put = (verb: 'create' | 'update' | 'move' | 'restore' | 'heal') => (context: ProviderContext, desired: Resource): Promise<Result<Effect>> =>
    guarded(desired.ref, () => putJob(room, context, desired, (plain) => record[verb](context, plain)))
  const leave = (verb: 'archive' | 'destroy') => (context: ProviderContext, ref: string): Promise<Result<Effect>> =>
    guarded(ref, async () => {
      const row = await rowAt(context.db, ref)
      if (gateway !== undefined && row !== undefined) {
        const stopped = await stopAll(gateway, ref, row.id, jobsOf(await listJobs(gateway), row.id).filter(({ isLive }) => isLive))
        if (!stopped.ok) return stopped
      }
      const left = await record[verb](context, ref)
      return !left.ok || gateway !== undefined || !left.value.changed ? left : ok({ ...left.value, note: `Nobody looked whether a job of ${ref} runs: TULLE_FLINK_GATEWAY is not set.` })
    })
  return {
    ...record,
    trouble: () => trouble,
    async observe(_, rows) {
      trouble = undefined
      const inUse = rows.filter(({ archived }) => !archived)
      if (gateway === undefined || inUse.length === 0) return []
      try {
        const jobs = await listJobs(gateway)
        return inUse.flatMap((row) => {
          const drift = driftOf(row, jobsOf(jobs, row.id))
          return drift === undefined ? [] : [{ ...row, drift }]
        })
      } catch (error) {
        if (!(error instanceof GatewayTrouble)) throw error
        trouble = messages['flink-unseen']({ why: error.message })
        return []
      }
    },
    create: put('create'), update: put('update'), move: put('move'), restore: put('restore'), heal: put('heal'),
    archive: leave('archive'), destroy: leave('destroy'),
  }
}

async function guarded(ref: string, work: () => Promise<Result<Effect>>): Promise<Result<Effect>> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof GatewayTrouble)) throw error
    return fail(error.kind === 'refused' ? messages['flink-gateway-refused']({ job: addressOf(ref), why: error.message }) : messages['flink-unreachable']({ why: error.message }))
  }
}

const addressOf = (ref: string): string => ref.slice(ref.indexOf(':') + 1)

async function rowAt(db: Kysely<Database>, ref: string): Promise<{ readonly id: string; readonly spec: Spec; readonly fingerprint: string } | undefined> {
  const row = await db.selectFrom('resource').select(['id', 'spec', 'fingerprint']).where('ref', '=', ref).orderBy('archived_at', (order) => order.desc().nullsFirst()).limit(1).executeTakeFirst()
  return row === undefined ? undefined : { ...row, spec: row.spec as Spec }
}

async function putJob(room: FlinkRoom, context: ProviderContext, desired: Resource, write: (desired: Resource) => Promise<Result<Effect>>): Promise<Result<Effect>> {
  const { gateway, valueFor, startMilliseconds = 15_000 } = room
  const job = await appliedJob(room, context.db, desired)
  if (job === undefined) return fail(messages['flink-plan-differs']({ job: addressOf(desired.ref) }))
  if (gateway === undefined) return write(desired)
  const address = addressOf(desired.ref)
  const values = new Map(namesIn(job.tables).map((name) => [name, valueFor(name) ?? '']))
  const missing = [...values].flatMap(([name, value]) => (value === '' ? [name] : []))
  if (missing.length > 0) return fail(messages['flink-secret-missing']({ job: address, names: missing }))
  // Asked first, so that nothing is written down while nobody answers.
  const jobs = await listJobs(gateway)
  const before = await rowAt(context.db, desired.ref)
  const written = await write(desired)
  if (!written.ok || written.value.id === undefined) return written
  const { id } = written.value
  const name = nameOfJob({ address, id, fingerprint: desired.fingerprint })
  const live = jobsOf(jobs, id).filter(({ isLive }) => isLive)
  const kept = live.find((one) => one.name === name)
  const others = live.filter((one) => one !== kept)
  if (kept !== undefined && others.length === 0) return written
  // Only of the job that the row spoke of: where somebody died, another may run.
  const savepoint = kept === undefined && others.length === 1 && before !== undefined && others[0]?.name === nameOfJob({ address, id, fingerprint: before.fingerprint }) && isSameWork(before.spec, desired.spec)
  const stopped = await stopAll(gateway, desired.ref, id, others, savepoint)
  if (!stopped.ok) return stopped
  if (kept !== undefined) return ok({ ...written.value, changed: true })
  const prepared = await room.prepareTopic({ name: job.topic, id, cluster: job.cluster, isEmptied: stopped.value === undefined })
  if (!prepared.ok) return prepared
  await submitJob(gateway, { name, tables: job.tables.map((table) => filledTable(table, values)), insert: job.insert, secrets: [...values.values()], savepoint: stopped.value })
  const known = new Set(jobs.map((one) => one.id))
  const isNew = (one: RunningJob): boolean => one.name === name && !known.has(one.id)
  const last = (await waitForJobs(gateway, id, (seen) => seen.some((one) => isNew(one) && !NOT_YET.has(one.status)), startMilliseconds)).find(isNew)
  if (last !== undefined && !last.isLive) return fail(messages['flink-job-failed']({ job: address, status: last.status.toLowerCase() }))
  return ok({ ...written.value, changed: true, note: `The job of ${address} ${stopped.value === undefined ? 'begins from the earliest records' : 'goes on from its savepoint'}.` })
}

/** Resolves with the savepoint of the one that was stopped with it. Where Flink makes none, the job is stopped without. */
async function stopAll(gateway: GatewayOptions, ref: string, id: string, jobs: readonly RunningJob[], savepoint = false): Promise<Result<string | undefined>> {
  let kept: string | undefined
  for (const job of jobs) {
    kept = savepoint ? await stopJob(gateway, job.id, { savepoint: true }).catch(unlessRefused) : undefined
    if (kept === undefined) await stopJob(gateway, job.id, { savepoint: false }).catch(unlessRefused)
  }
  if (jobs.length === 0) return ok(undefined)
  const gone = new Set(jobs.map((one) => one.id))
  const left = (await waitForJobs(gateway, id, (seen) => !seen.some((one) => one.isLive && gone.has(one.id)), STOP_MILLISECONDS)).find((one) => one.isLive && gone.has(one.id))
  return left === undefined ? ok(kept) : fail(messages['flink-job-stays']({ job: addressOf(ref), id: left.id }))
}

/** What was refused was not done; whatever else went wrong is nobody's to pass over. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof GatewayTrouble) || error.kind !== 'refused') throw error
}

/** The job by what is applied; undefined where the plan has another. */
async function appliedJob({ parse }: FlinkRoom, db: Kysely<Database>, desired: Resource): Promise<FlinkJob | undefined> {
  const name = String(desired.spec['product'])
  const [own] = await readProductDefinitions(db, [name])
  if (own === undefined) return undefined
  const others = new Set([...readOf(own.product)].filter((one) => one !== name))
  const definitions = [own, ...(others.size === 0 ? [] : await readProductDefinitions(db, [...others]))]
  const jobs = await flinkJobs(new Map(definitions.map(({ product }) => [product.name, product])), { isWanted: (product, dataSet) => product.name === name && dataSet.name === desired.spec['dataSet'] && dataSet.flink !== undefined }, parse)
  const job = jobs.ok ? jobs.value[0] : undefined
  // By what it says, too: the fingerprint of a plan is what its writer put there.
  return job !== undefined && [desired.fingerprint, fingerprintOf(desired.spec)].every((one) => one === resourceOfJob(job).fingerprint) ? job : undefined
}

const readOf = ({ dataSets, dbt, inputPorts }: DataProduct): ReadonlySet<string> =>
  new Set([...[...dataSets.map(({ model }) => model), dbt].flatMap((reads) => (reads?.refs ?? []).map((ref) => ref.product ?? ref.name)), ...inputPorts.flatMap((port) => (port.kind === 'product' ? [port.product] : []))])

/** Whether a savepoint of the one is one of the other: the same rows by the same statement, reached otherwise. */
const isSameWork = (before: Spec, after: Spec): boolean =>
  before['insert'] === after['insert'] && before['topic'] === after['topic'] && JSON.stringify(headsOf(before)) === JSON.stringify(headsOf(after))

const headsOf = ({ tables }: Spec): readonly (readonly [string, Json | undefined])[] =>
  Object.entries((tables ?? {}) as Record<string, { readonly head?: Json }>).map(([name, { head }]) => [name, head] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))

function driftOf({ id, ref, fingerprint }: Observed, jobs: readonly RunningJob[]): Drift | undefined {
  const name = nameOfJob({ address: addressOf(ref), id, fingerprint })
  const live = jobs.filter(({ isLive }) => isLive)
  const own = live.filter((job) => job.name === name)
  if (own.length === 1 && live.length === 1) return undefined
  if (own.length > 0) return { reason: 'job-stray', message: `Besides the job of ${addressOf(ref)} ${live.length - 1} more of it ${live.length === 2 ? 'runs' : 'run'} in Flink.`, remedy: 'They are stopped.' }
  const ended = jobs.findLast((job) => job.name === name)
  return { reason: 'job-gone', message: `The job of ${addressOf(ref)} ${ended === undefined ? 'is not in Flink' : `is ${ended.status.toLowerCase()} in Flink`}.`, remedy: 'Its topic is emptied, and it begins again from the earliest records.' }
}

function judge(path: readonly string[], before: Json | undefined, after: Json | undefined): { readonly sentence: string } | undefined {
  if (path[0] === 'insert') return { sentence: `What it does changes: ${ANEW}.` }
  if (path[0] !== 'tables' || path.length !== 2) return undefined
  const topic = path[1] ?? ''
  if (before === undefined) return { sentence: `It has a topic more: ${topic}.` }
  if (after === undefined) return { sentence: `It has the topic ${topic} no more.` }
  const head = (value: Json): Json | undefined => (value as { readonly head?: Json }).head
  return { sentence: head(before) === head(after) ? `How it reaches the topic ${topic} changes: it goes on from a savepoint where nothing else does.` : `The columns of the topic ${topic} change: ${ANEW}.` }
}
