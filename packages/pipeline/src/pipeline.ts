// Puts the rooms together: products run as durable workflows, by hand, by the clock, and when what they read is published.

import { sql } from 'kysely'
import type { Json, Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import { loadTable, openLake } from '@tulle/lake'
import { openExchange } from '@tulle/objects'
import { NO_PROGRAMS } from '@tulle/programs'
import { openNetwork } from '@tulle/sources'
import type { Store } from '@tulle/store'
import type { ProductSummary } from '@tulle/providers'
import { listProducts } from '@tulle/providers'
import type { RunRequest, StartedRun, Triggers } from '@tulle/workflow'
import { cronTriggers, eventTriggers, firstLevelOf, flowFingerprint, isEnded, lastEnded, lastServed, openHttpDoor, openJq } from '@tulle/workflow'
import type { RunStatus } from '@tulle/workflow'
import type { FlowDoors, ForeignCatalogues, Pipeline, PipelineOptions, RunLimits, RunOptions, Workshop } from './types.ts'
import { openBackfills } from './backfills.ts'
import { checkBackfill } from './draw-ports.ts'
import { dbtArtifacts } from './dbt-artifacts.ts'
import { changedProducts } from './changed-products.ts'
import { messages } from './messages.ts'
import { publicLookup } from './public-lookup.ts'
import { failingRows } from './failing-rows.ts'
import { fileTriggers } from './file-triggers.ts'
import { findOrigin } from './find-origin.ts'
import { lookForFiles } from './look-for-files.ts'
import { findPort } from '@tulle/model'
import { ownTeamAlone } from './input-rights.ts'
import { catchUps, priorityOf, queueRules } from './queue-rules.ts'
import { readPlan } from './read-plan.ts'
import { checkRehearsal, readRehearsal } from './rehearse/read-rehearsal.ts'
import { REHEARSE_PRODUCT, rehearseProductWorkflow } from './rehearse/rehearse-product.ts'
import { REPRODUCE_SNAPSHOT, reproduceSnapshotWorkflow } from './reproduce-snapshot.ts'
import { findFlow, RUN_PRODUCT, runProductWorkflow } from './run-product.ts'
import { isByOther, RUN_SUMMARY } from './run-summary.ts'
import { rerunRequest } from './rerun.ts'
import { openSessions } from './sessions.ts'
import { findPause, missWhilePaused, pauseTriggers, resumeTriggers } from './trigger-pause.ts'
import { rollBack } from './rollback.ts'
import { codeAt } from './code-at.ts'
import { definitionAt, productVersions } from './versions.ts'
import { decideRows } from './quarantine/decide-rows.ts'
import { countQuarantine, readRows } from './quarantine/read-side.ts'

const LIMITS: RunLimits = { memoryMegabytes: 1024, threads: 2, stepMilliseconds: 30 * 60_000 }
const NOTHING_FOREIGN: ForeignCatalogues = { hosts: new Set(), storage: [], secret: () => undefined }
const NOTHING_CONNECTED: NonNullable<PipelineOptions['sources']> = { network: openNetwork([]), secrets: () => undefined, limits: { bytes: 10 * 1024 ** 3, files: 10_000, pages: 10_000 } }
const SHUT: FlowDoors = { http: openHttpDoor({ hosts: [] }), secret: () => undefined }
const SETTLE_POLL_MILLISECONDS = 200

/** Takes up the runs that an earlier process left, then serves. Triggers wait for `registerTriggers`. */
export async function pipeline(options: PipelineOptions): Promise<Pipeline> {
  const { store, engine, catalog, objects, meshFolder, workFolder, clock, openRuntime, foreign = NOTHING_FOREIGN, sources = NOTHING_CONNECTED, usage = async () => [], warn = () => undefined } = options
  const limits = { ...LIMITS, ...options.limits }
  const lake = openLake({ catalog, objects, clock, ...(options.cipher !== undefined && { cipher: options.cipher }) })
  const isOver = async (runId: string): Promise<boolean> => {
    const row = await store.db.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirst()
    return row === undefined || isEnded(row.status as RunStatus)
  }
  const sessions = await openSessions({ engine, workFolder, limits, isOver })
  const workshop: Workshop = { store, catalog, lake, objects, meshFolder, clock, sessions, inputRights: options.inputRights ?? ownTeamAlone(store), foreign, sources: { ...sources, clock }, usage, exchange: openExchange(publicLookup), exports: options.exports ?? new Map(), ...(options.suppression !== undefined && { suppression: options.suppression }), programs: options.programs ?? NO_PROGRAMS, programMilliseconds: limits.stepMilliseconds }
  const jq = openJq()
  const workflow = runProductWorkflow(workshop, { limits, jq, doors: { ...SHUT, ...options.doors } })
  if (!workflow.ok) throw new Bug(`the workflow of products is invalid: ${workflow.diagnostics[0]?.message ?? ''}`)
  const reproduction = reproduceSnapshotWorkflow(workshop, limits.stepMilliseconds)
  if (!reproduction.ok) throw new Bug(`the workflow of reproductions is invalid: ${reproduction.diagnostics[0]?.message ?? ''}`)
  const rehearsal = rehearseProductWorkflow(workshop, limits.stepMilliseconds)
  if (!rehearsal.ok) throw new Bug(`the workflow of rehearsals is invalid: ${rehearsal.diagnostics[0]?.message ?? ''}`)
  const runtime = await openRuntime([workflow.value, reproduction.value, rehearsal.value], queueRules(store))
  const triggers: Triggers[] = []

  const start = async (request: Omit<RunRequest, 'workflow'>): Promise<Result<StartedRun>> => {
    const flow = await findFlow(workshop, request)
    if (!flow.ok) return flow
    const priority = request.priority ?? (await priorityOf(store, request.subject, request.trigger))
    return runtime.start({ ...request, priority, workflow: RUN_PRODUCT, steps: firstLevelOf(flow.value.document) })
  }
  const startByTrigger = async (request: RunRequest): Promise<Result<StartedRun | undefined>> => ((await missWhilePaused(store, request.subject)) ? ok(undefined) : start(request))
  const requestOf = (product: string, requestedBy: string): Omit<RunRequest, 'trigger'> => ({ workflow: RUN_PRODUCT, subject: product, input: {}, requestedBy })

  const run = async (product: string, { requestedBy, trigger = { kind: 'manual' }, force, fullRefresh, backfill, parameters, priority }: RunOptions): Promise<Result<StartedRun>> => {
    // Asked again by the run itself, but a misspelt name should be told to whoever typed it.
    const plan = await readPlan(store, product)
    if (!plan.ok) return plan
    if (backfill !== undefined) {
      const fit = checkBackfill(plan.value)
      if (!fit.ok) return fit
    }
    // Whoever sends a webhook is told, and may send it again.
    if (trigger.kind === 'webhook' && (await missWhilePaused(store, product))) return fail(messages['triggers-paused']({ product }))
    const told = backfill === undefined ? trigger : { ...trigger, backfill: `${backfill.from}..${backfill.to}` }
    return start({ subject: product, input: { ...(force === true && { force }), ...(fullRefresh === true && { fullRefresh }), ...(backfill !== undefined && { backfill: { ...backfill } }), ...(parameters !== undefined && { with: parameters }) }, trigger: told, requestedBy, ...(priority !== undefined && { priority }) })
  }

  const build = async (requestedBy: string, appliedAt?: string): Promise<readonly StartedRun[]> => {
    const started: StartedRun[] = []
    for (const name of await changedProducts(store)) {
      if (appliedAt !== undefined && (await isUnderWay(store, name, appliedAt))) continue
      if (!(await isBuildable(workshop, name))) continue
      const one = await start({ subject: name, input: {}, trigger: { kind: 'apply' }, requestedBy })
      if (one.ok) started.push(one.value)
    }
    return started
  }

  const registerTriggers = async (): Promise<void> => {
    const schedules = await cronTriggers({
      clock,
      warn,
      start: startByTrigger,
      servedUntil: (product) => lastServed(store, RUN_PRODUCT, product),
      endedAt: (product) => lastEnded(store, RUN_PRODUCT, product),
      triggers: async () => {
        const catchUp = await catchUps(store)
        return (await listProducts(store.db)).flatMap(({ name, workflow: { schedule } }) => (schedule === undefined ? [] : [{ schedule, catchUp: catchUp(name), request: requestOf(name, 'schedule') }]))
      },
    })
    const published = await eventTriggers({
      store,
      consumer: 'pipeline',
      warn,
      triggers: async () => (await listProducts(store.db)).flatMap(triggersOf),
      start: async (request) => ((await isFresh(workshop, request)) ? startByTrigger(request) : ok(undefined)),
      onEvent: {
        'tulle.run.succeeded': async () => schedules.look(),
        'tulle.run.failed': async () => schedules.look(),
        'tulle.apply.finished': async ({ time }) => {
          await Promise.all(triggers.map((one) => one.refresh()))
          await build('apply', time)
        },
      },
    })
    const files = await fileTriggers({
      clock, warn,
      start: startByTrigger,
      look: async (product, port, signal) => {
        const plan = await readPlan(store, product)
        const found = plan.ok ? findPort(plan.value.product, port) : undefined
        return !plan.ok ? plan : found === undefined ? ok(undefined) : lookForFiles(workshop, product, found, signal)
      },
      seen: async (product, port) => (await store.db.selectFrom('file_watch').select('seen').where('product', '=', product).where('port', '=', port).executeTakeFirst())?.seen,
      remember: async (product, port, seen) => {
        await store.db.insertInto('file_watch').values({ product, port, seen }).onConflict((c) => c.columns(['product', 'port']).doUpdateSet({ seen, at: sql<Date>`clock_timestamp()` })).execute()
      },
      triggers: async () => (await listProducts(store.db)).flatMap(({ name, workflow: { newFiles } }) => (newFiles?.ports ?? []).map((port) => ({ port, everySeconds: newFiles?.everySeconds ?? 60, request: requestOf(name, 'files') }))),
    })
    triggers.push(schedules, published, files)
  }

  const triggersOf = (product: ProductSummary) => [...onInputs(product), ...(product.workflow.events ?? []).map(({ type, subject }) => ({ eventType: type, eventSubject: subject, request: requestOf(product.name, 'event') }))]

  const onInputs = ({ name, workflow: { onInputPublished }, reads }: ProductSummary) =>
    onInputPublished
      ? [...new Set(reads.map((read) => read.product))].filter((product) => product !== name)
          .map((product) => ({ eventType: 'tulle.product.published', eventSubject: product, request: requestOf(name, 'input') }))
      : []

  return {
    run,
    backfills: openBackfills(workshop, { start, cancel: (runId) => runtime.cancel(runId) }),
    failingRows: (question, sight) => failingRows(workshop, question, sight),
    quarantine: {
      counts: (product) => countQuarantine(workshop, product),
      rows: (of, filter, sight) => readRows(workshop, of, filter, sight),
      decide: (deciding) => decideRows(workshop, deciding),
    },
    build: (requestedBy) => build(requestedBy),
    registerTriggers,
    wait: (runId, waiting) => runtime.wait(runId, waiting),
    cancel: (runId) => runtime.cancel(runId),
    pauseRun: (runId, by) => runtime.pause(runId, by),
    resumeRun: (runId) => runtime.resume(runId),
    pauseTriggers: (product, by) => pauseTriggers(store, product, by),
    async resumeTriggers(product, by) {
      const pause = await resumeTriggers(store, product, by)
      if (pause === undefined || pause.missed === 0) return ok(undefined)
      return start({ subject: product, input: {}, trigger: { kind: 'resume', missed: pause.missed }, requestedBy: by })
    },
    triggerPause: (product) => findPause(store, product),
    code: (product, snapshot) => codeAt(workshop, product, snapshot),
    versions: (product, limit) => productVersions(workshop, product, limit),
    definitionAt: (product, snapshot) => definitionAt(workshop, product, snapshot),
    async reproduce(product, { snapshot, requestedBy }) {
      const origin = await findOrigin(workshop, product, snapshot)
      if (!origin.ok) return origin
      return runtime.start({ workflow: REPRODUCE_SNAPSHOT, subject: product, input: { snapshot }, trigger: { kind: 'reproduce', snapshot }, requestedBy })
    },
    async rehearse(product, { requestedBy, ...request }) {
      const read = await readRehearsal(workshop, product, request)
      if (!read.ok) return read
      const fit = checkRehearsal(read.value, product)
      if (!fit.ok) return fit
      return runtime.start({ workflow: REHEARSE_PRODUCT, subject: product, input: { rehearses: request as unknown as Json }, trigger: { kind: 'rehearsal' }, requestedBy })
    },
    async rerun(runId, { requestedBy, from }) {
      const request = await rerunRequest(workshop, runId, from)
      return request.ok ? start({ ...request.value, requestedBy }) : request
    },
    dbtArtifacts: (runId) => dbtArtifacts(workshop, runId),
    rollBack: (product, rollback) => rollBack(workshop, product, rollback),
    async settled(signal) {
      for (let quiet = 0; quiet < 2;) {
        signal?.throwIfAborted()
        await Promise.all(triggers.map((one) => one.caughtUp()))
        const open = await store.db.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).executeTakeFirst()
        // Twice in a row: a run that ends may have an event that starts the next.
        quiet = open === undefined ? quiet + 1 : 0
        if (open !== undefined) await clock.sleep(SETTLE_POLL_MILLISECONDS, signal)
      }
    },
    async close() {
      for (const one of triggers) await one.close()
      await runtime.close()
      await jq.close()
      await sessions.close()
    },
  }
}

/** False where something that the product reads was never published: its run could only fail. */
async function hasInputs({ lake, store }: Workshop, product: string): Promise<boolean> {
  const plan = await readPlan(store, product)
  if (!plan.ok) return false
  for (const { product: from, dataSet } of plan.value.inputs) {
    const table = await loadTable(lake, { namespace: from, name: dataSet })
    if (!table.ok || table.value.currentSnapshot === undefined) return false
  }
  return true
}

/** True where there is something to run: everything that it reads is there, and new where its freshness asks for that. */
async function isFresh(workshop: Workshop, { subject, requestedBy }: RunRequest): Promise<boolean> {
  if (!(await hasInputs(workshop, subject))) return false
  const plan = await readPlan(workshop.store, subject)
  if (!plan.ok || requestedBy !== 'input' || plan.value.product.workflow.freshness !== 'all') return plan.ok
  const [first] = plan.value.targets
  const served = first === undefined ? undefined : await loadTable(workshop.lake, first.table.name)
  const inputs = served?.ok === true ? served.value.currentSnapshot?.summary[RUN_SUMMARY.inputs] : undefined
  if (inputs === undefined) return true
  const before = JSON.parse(inputs) as Readonly<Record<string, string>>
  for (const { product, dataSet } of plan.value.inputs) {
    const table = await loadTable(workshop.lake, { namespace: product, name: dataSet })
    if (!table.ok || table.value.currentSnapshot?.id === before[`data-set:${product}.${dataSet}`]) return false
  }
  return true
}

/** True where a run that was asked for after the apply will build what was applied. */
async function isUnderWay({ db }: Pick<Store, 'db'>, product: string, appliedAt: string): Promise<boolean> {
  const open = await db.selectFrom('run').select('id').where('product', '=', product).where('status', 'in', ['queued', 'running'])
    .where('requested_at', '>=', new Date(appliedAt)).where(sql`parameters->>'workflow'`, '=', RUN_PRODUCT).executeTakeFirst()
  return open !== undefined
}

/** True where what is published is not by this code, or by another workflow, and the inputs to build it are there. */
async function isBuildable(workshop: Workshop, product: string): Promise<boolean> {
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok || !(await hasInputs(workshop, product))) return false
  const flow = await findFlow(workshop, { subject: product, input: {} })
  const workflow = flow.ok ? flowFingerprint(flow.value) : undefined
  for (const { table } of plan.value.targets) {
    const loaded = await loadTable(workshop.lake, table.name)
    if (!loaded.ok) continue
    const summary = loaded.value.currentSnapshot?.summary ?? {}
    if (summary[RUN_SUMMARY.code] !== plan.value.code || isByOther(summary, workflow)) return true
  }
  return false
}

