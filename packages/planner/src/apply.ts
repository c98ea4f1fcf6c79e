// Carries a plan out: the same stages that explain shows, one after the other, under the mesh's one lock. It stops after
// the first stage that fails and keeps what succeeded. Killed anywhere, the next plan and apply converge.

import { Bug, fail, ok, unreachable } from '@tulle/kernel'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import type { Effect, ObservedMesh, ObserveMesh, Provider, ProviderContext } from '@tulle/providers'
import { explainDatabaseError, isTransient, tryAdvisoryLock } from '@tulle/store'
import type { Store } from '@tulle/store'
import { consumerFinder, consumerText } from './consumers.ts'
import { consumersHit } from './diff.ts'
import { applyJournal, endInterrupted, fenceOf, Overtaken, readApply, readRunning } from './journal.ts'
import { messages } from './messages.ts'
import { changesOf } from './plan.ts'
import { stageTitle } from './stages.ts'
import type { Applied, Change, Plan, Stage } from './types.ts'

export interface ApplyContext {
  readonly store: Store
  readonly objects: ProviderContext['objects']
  readonly clock: Clock
  readonly newId: () => string
  /** Those that the plan was made with. */
  readonly providers: readonly Provider[]
  readonly observe: ObserveMesh
}

export interface ApplyRequest {
  readonly startedBy: string
  /** The apply's id, where somebody is to watch it from the start. */
  readonly id?: string
  /** Told as each stage starts and ends; it must not throw. */
  readonly onStage?: (progress: StageProgress) => void
}

export interface StageProgress {
  /** Counts from 1. */
  readonly ordinal: number
  readonly total: number
  readonly title: string
  readonly status: 'running' | 'succeeded' | 'failed'
}

/** The name of the lock that lets one apply at a time change the mesh. */
export const MESH_LOCK = 'mesh-apply'

/** Applies. Refuses with `apply-in-progress` where another apply runs, with `plan-stale` where the mesh moved. */
export async function applyPlan(context: ApplyContext, plan: Plan, request: ApplyRequest): Promise<Result<Applied>> {
  const errors = plan.diagnostics.filter((diagnostic) => diagnostic.severity === 'error')
  if (errors.length > 0 || (!plan.applyable && plan.stages.length > 0)) return fail(messages['plan-not-applyable']({}), ...errors)
  const { db, target } = context.store
  const id = request.id ?? context.newId()
  try {
    const locked = await tryAdvisoryLock(context.store, MESH_LOCK, (lost) => applyLocked(context, plan, { ...request, id }, lost))
    if (locked.got) return locked.value
    return fail(messages['apply-in-progress']((await readRunning(db)) ?? { who: 'Somebody', since: 'a moment ago' }))
  } catch (error) {
    if (error instanceof Overtaken) return fail(messages['apply-overtaken']({ id }))
    if (!isFromDatabase(error)) throw error
    return fail(explainDatabaseError(error, target))
  }
}

type IdentifiedRequest = ApplyRequest & { readonly id: string }

async function applyLocked(context: ApplyContext, plan: Plan, request: IdentifiedRequest, lost: AbortSignal): Promise<Result<Applied>> {
  const { startedBy, id, onStage } = request
  const { store: { db }, clock } = context
  await endInterrupted(db, clock)
  const observed = await context.observe({ db, objects: context.objects })
  if (observed.basis !== plan.basis) return fail(messages['plan-stale']({ planned: plan.generation, now: observed.generation }))
  const others = newlyHit(plan, observed)
  if (others.length > 0) return fail(...others)
  const journal = applyJournal(db, clock, { id, plan, startedBy })
  await journal.begin()
  const effects: ProviderContext = { db, objects: context.objects, clock, newId: context.newId, fence: fenceOf(id) }
  const total = plan.stages.length
  for (const [index, stage] of plan.stages.entries()) {
    const ordinal = index + 1
    const title = stageTitle(stage)
    await journal.stageStarted(ordinal)
    onStage?.({ ordinal, total, title, status: 'running' })
    const outcome = await carryOutStage(context, effects, stage, lost)
    if (outcome.ok) {
      await journal.stageEnded(ordinal, 'succeeded', outcome.value)
      onStage?.({ ordinal, total, title, status: 'succeeded' })
      continue
    }
    const reason = outcome.diagnostics.map((diagnostic) => diagnostic.message).join(' ')
    const diagnostics = [messages['stage-failed']({ title, done: index, total, reason }), ...outcome.diagnostics]
    await journal.stageEnded(ordinal, 'failed', reason)
    await journal.finish('failed', diagnostics)
    onStage?.({ ordinal, total, title, status: 'failed' })
    return fail(...diagnostics)
  }
  await journal.finish('succeeded', [])
  return readApply(db, id)
}

// Grants are no part of the basis, since they come and go; but nobody is broken whom the plan did not name.
function newlyHit(plan: Plan, observed: ObservedMesh): readonly Diagnostic[] {
  if (plan.options.allowBreaking) return []
  const findConsumers = consumerFinder({ desired: new Map(), observed, kept: new Set() })
  return changesOf(plan).filter((change) => change.breaking && 'desired' in change).flatMap((change) => {
    const named = new Set(change.consumers.map(consumerText))
    const others = consumersHit(change, findConsumers).map(consumerText).filter((consumer) => !named.has(consumer))
    return others.length === 0 ? [] : [messages['plan-hits-others']({ ref: change.ref, consumers: others.join(', ') })]
  })
}

/** What a person should know about what was done; undefined where that is nothing. */
type Note = string | undefined

/** Carries one stage out. */
async function carryOutStage(context: ApplyContext, effects: ProviderContext, stage: Stage, lost: AbortSignal): Promise<Result<Note>> {
  switch (stage.kind) {
    case 'found-mesh':
    case 'settle-domain':
    case 'move-product':
    case 'build-product':
    case 'archive':
    case 'destroy':
      return carryOutChanges(context, effects, stage.changes, lost)
    default:
      return unreachable(stage)
  }
}

async function carryOutChanges(context: ApplyContext, effects: ProviderContext, changes: readonly Change[], lost: AbortSignal): Promise<Result<Note>> {
  const notes: string[] = []
  for (const change of changes) {
    const provider = context.providers.find(({ kind }) => kind === change.kind)
    if (provider === undefined) throw new Bug(`no provider makes a ${change.kind} real.`)
    const outcome = await withoutThrowing(context, () => (lost.aborted ? Promise.reject(new Overtaken()) : carryOut(provider, effects, change)))
    if (!outcome.ok) return outcome
    if (outcome.value.note !== undefined) notes.push(outcome.value.note)
  }
  return ok(notes.length === 0 ? undefined : notes.join(' '))
}

/** One change through its provider. */
export function carryOut(provider: Provider, effects: ProviderContext, change: Change): Promise<Result<Effect>> {
  switch (change.action) {
    case 'create': return provider.create(effects, change.desired)
    case 'update': return provider.update(effects, change.desired)
    case 'move': return provider.move(effects, change.desired)
    case 'restore': return provider.restore(effects, change.desired)
    case 'heal': return provider.heal(effects, change.desired)
    case 'archive': return provider.archive(effects, change.ref)
    case 'destroy': return provider.destroy(effects, change.ref)
    default: return unreachable(change)
  }
}

async function withoutThrowing<T>(context: ApplyContext, effect: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await effect()
  } catch (error) {
    if (error instanceof Overtaken) throw error
    return fail(isFromDatabase(error) ? explainDatabaseError(error, context.store.target) : bugFinding(error))
  }
}

// A bug of ours in one stage must still end the journal: the next apply goes on from what succeeded.
function bugFinding(error: unknown): Diagnostic {
  const bug = error instanceof Bug ? error : new Bug(`an effect threw "${error instanceof Error ? error.message : String(error)}".`)
  return { code: 'internal-error', severity: 'error', message: bug.message }
}

const isFromDatabase = (error: unknown): boolean => isTransient(error) || typeof (error as { code?: unknown }).code === 'string'
