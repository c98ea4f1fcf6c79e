// Orders the differences between the desired and the observed mesh into a plan. Pure: reads no clock, no network, no
// store. The result is frozen, prints as JSON, and equal inputs give an equal fingerprint.

import { canonicalJson, sha256 } from '@tulle/kernel'
import type { Diagnostic, Json } from '@tulle/kernel'
import type { DesiredMesh, Observed, ObservedMesh, Provider, Spec } from '@tulle/providers'
import { consumerText } from './consumers.ts'
import type { ColumnsRead } from './consumers.ts'
import { diffMesh } from './diff.ts'
import { messages } from './messages.ts'
import type { FindQueries } from './replay/tell-queries.ts'
import { queriesText } from './replay/tell-queries.ts'
import { orderStages, stageTitle } from './stages.ts'
import type { Change, ChangeQueries, Plan, PlanOptions } from './types.ts'

export interface PlanRequest extends Partial<PlanOptions> {
  /** What other rooms found wrong with the files; errors among them stand in the way. */
  readonly findings?: readonly Diagnostic[]
  /** Those of the target that the mesh lives on. */
  readonly providers: readonly Provider[]
  /** What models read of others, and what a replay of recorded statements found, where somebody looked. */
  readonly columnsRead?: ColumnsRead
  readonly findQueries?: FindQueries
}

/**
 * Plans. Errors do not throw: they stand in `diagnostics` and make the plan not applyable, so that everything in the way
 * is seen at once. A plan that is not `complete` may be applied; what it keeps is named by its notes.
 */
export function planMesh(desired: DesiredMesh, observed: ObservedMesh, { providers, findings = [], columnsRead, findQueries, ...wishes }: PlanRequest): Plan {
  const options: PlanOptions = { prune: false, allowDestroy: false, allowBreaking: false, ...wishes }
  const { changes, undeclared, kept } = diffMesh({ desired, observed, options, providers, ...(columnsRead !== undefined && { columnsRead }), ...(findQueries !== undefined && { findQueries }) })
  const { stages, circles } = orderStages({ changes, desired, undeclared })
  const diagnostics = [
    ...findings,
    ...circles.map((circle) => messages['dependency-cycle']({ circle })),
    ...stages.flatMap(({ changes: own }) => own.filter((change) => !leavesWithProduct(change, own))).flatMap((change) => findingsOn(change, options, desired)),
    ...overQuota(desired),
    ...otherMesh(desired, observed, options),
    ...kept.toSorted((a, b) => (a.ref < b.ref ? -1 : 1)).flatMap((resource) => keptNotes(resource, kept)),
  ]
  const blocked = diagnostics.some((diagnostic) => diagnostic.severity === 'error')
  return sealed({
    format: 1,
    mesh: { name: desired.name, title: desired.title },
    basis: observed.basis,
    generation: observed.generation,
    options,
    stages,
    diagnostics,
    complete: !blocked && kept.length === 0,
    applyable: !blocked && stages.length > 0,
  })
}

/** Every change of a plan, in the order in which it is carried out. */
export const changesOf = (plan: Plan): readonly Change[] => plan.stages.flatMap((stage) => stage.changes)

/** How many resources each verb touches; verbs of zero are left out. */
export function summaryOf(plan: Plan): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { action } of changesOf(plan)) counts[action] = (counts[action] ?? 0) + 1
  return counts
}

function findingsOn(change: Change, options: PlanOptions, desired: DesiredMesh): readonly Diagnostic[] {
  const declaredBy = desired.resources.get(change.ref)?.declaredBy
  const where = () => (declaredBy === undefined ? {} : { place: declaredBy.place })
  return [
    ...('desired' in change && !isStorable(change.desired.spec) ? [messages['text-not-storable']({ ref: change.ref }, where())] : []),
    ...(change.action === 'destroy' && change.destructive && change.kind === 'data-product' ? [messages['data-destroyed']({ name: change.ref })] : []),
    ...(change.breaking ? [breakingFinding(change, options, where())] : []),
    ...(!change.breaking && (change.queries?.failing ?? 0) > 0 ? [messages['queries-would-fail']({ ref: change.ref, queries: queriesText(change.queries as ChangeQueries) }, where())] : []),
    ...decodersFinding(change, where()),
  ]
}

/** What leaves with its whole product needs no finding of its own. */
const leavesWithProduct = ({ action, kind }: Change, changes: readonly Change[]): boolean =>
  (action === 'archive' || action === 'destroy') && kind !== 'data-product' && changes.some((other) => other.kind === 'data-product' && other.action === action)

function breakingFinding(change: Change, options: PlanOptions, where: object): Diagnostic {
  const { ref } = change
  const consumers = change.consumers.map(consumerText).join(', ')
  const sentence = breakingSentence(change)
  // Pruning and destroying were asked for by name; whoever is hit is told, and not in the way.
  const asked = options.allowBreaking || change.action === 'destroy' || (change.action === 'archive' && options.prune)
  const failing = (change.queries?.failing ?? 0) > 0 ? queriesText(change.queries as ChangeQueries) : undefined
  if ((change.consumers.length === 0 && failing === undefined) || asked) return messages['breaking-change']({ ref, sentence, consumers, queries: failing }, where)
  const version = change.kind === 'data-set' && 'desired' in change ? nextVersion(change.desired.spec) : undefined
  return messages['contract-breaks-consumer']({ ref, sentence, consumers, count: change.consumers.length, queries: failing, ...(version !== undefined && { version }) }, where)
}

/** How the change is made without breaking anybody: as the next major version, beside this one. */
function nextVersion({ name, versionOf, contract }: Spec): { readonly dataSet: string; readonly of: string; readonly major: number } | undefined {
  if (typeof name !== 'string' || contract === null || typeof contract !== 'object' || Array.isArray(contract)) return undefined
  const major = Number((contract as Spec)['major'])
  const of = typeof versionOf === 'string' ? versionOf : name
  return Number.isSafeInteger(major) ? { dataSet: `${of}_v${major + 1}`, of, major: major + 1 } : undefined
}

/** What SQL takes as it comes may stop whoever decodes files or messages by the old types. */
function decodersFinding({ ref, breaking, effects = [] }: Change, where: object): readonly Diagnostic[] {
  const worse = breaking ? [] : effects.filter(({ severity }) => severity === 'breaking')
  const changes = [...new Set(worse.flatMap((effect) => effect.changes.filter(({ severity }) => severity === 'breaking').map(({ path, reason }) => `${path} ${reason}`)))]
  return worse.length === 0 ? [] : [messages['breaks-decoders']({ ref, ports: worse.map(({ port }) => port).join(' and '), changes: changes.slice(0, 5).join('; ') }, where)]
}

function breakingSentence(change: Change): string {
  const told = change.fields.filter((field) => field.breaking).map((field) => field.sentence)
  if (told.length > 0) return told.join(' ')
  return change.action === 'destroy' ? 'It is destroyed.' : change.kind === 'output-port' ? 'It is closed.' : 'It is archived.'
}

/** PostgreSQL's jsonb refuses both. As JSON both are escapes, so most specs need no closer look. */
const isStorable = (spec: Spec): boolean => !/\\u(?:0000|d[89a-f])/iu.test(JSON.stringify(spec)) || isStorableValue(spec)

function isStorableValue(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0')
  if (value === null || typeof value !== 'object') return true
  return Object.entries(value).every(([key, member]) => isStorableValue(key) && isStorableValue(member))
}

function overQuota(desired: DesiredMesh): readonly Diagnostic[] {
  const counts = new Map<string, number>()
  for (const { domain } of desired.products.values()) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([domain, products]) => {
    const quota = desired.resources.get(`domain-quota:${domain}`)
    const limit = (quota?.spec['limits'] as Record<string, number> | undefined)?.['products']
    if (limit === undefined || products <= limit) return []
    return [messages['quota-exceeded']({ domain, products, limit }, quota?.declaredBy === undefined ? {} : { place: quota.declaredBy.place })]
  })
}

function otherMesh(desired: DesiredMesh, { resources }: ObservedMesh, { prune, allowDestroy }: PlanOptions): readonly Diagnostic[] {
  const here = resources.get('mesh:mesh')?.spec['name']
  return typeof here !== 'string' || here === desired.name || (!prune && !allowDestroy) ? [] : [messages['other-mesh']({ here, files: desired.name })]
}

/** One note per product that is kept, and one per resource that is kept alone. */
function keptNotes(resource: Observed, kept: readonly Observed[]): readonly Diagnostic[] {
  const drift = resource.drift === undefined ? [] : [messages['drift-kept']({ message: resource.drift.message })]
  if (resource.kind === 'data-product') return [messages['product-kept']({ name: resource.product ?? resource.ref }), ...drift]
  const withProduct = resource.product !== undefined && kept.some(({ kind, product }) => kind === 'data-product' && product === resource.product)
  const withDomain = resource.kind.startsWith('domain-')
  return withProduct || withDomain ? drift : [messages['resource-kept']({ ref: resource.ref }), ...drift]
}

function sealed(plan: Omit<Plan, 'fingerprint'>): Plan {
  for (const stage of plan.stages) {
    Object.freeze(stage)
    Object.freeze(stage.changes)
    for (const change of stage.changes) {
      Object.freeze(change)
      Object.freeze(change.fields)
    }
  }
  Object.freeze(plan.stages)
  Object.freeze(plan.diagnostics)
  return Object.freeze({ ...plan, fingerprint: planFingerprint(plan) })
}

/**
 * Covers what apply acts on: the basis, what was allowed, each stage's verbs, addresses and specs (by their own
 * fingerprints), and what the plan says of itself. What only explains the rest follows from it.
 */
export function planFingerprint(plan: Omit<Plan, 'fingerprint'>): string {
  const lines = [`${plan.format} ${plan.basis} ${plan.complete} ${plan.applyable}`, canonicalJson({ mesh: plan.mesh, options: { ...plan.options } })]
  for (const stage of plan.stages) {
    lines.push(`# ${stage.kind} ${stageTitle(stage)}`)
    for (const change of stage.changes) {
      const print = 'desired' in change ? change.desired.fingerprint : ''
      lines.push(`${change.action} ${change.ref} ${change.id ?? ''} ${print} ${change.breaking} ${change.consumers.map(consumerText).join(', ')}`)
    }
  }
  for (const diagnostic of plan.diagnostics) lines.push(`! ${diagnostic.severity} ${diagnostic.code} ${diagnostic.message}`)
  return sha256(lines.join('\n'))
}
