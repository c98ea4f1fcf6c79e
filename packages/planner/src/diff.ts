// The desired and the observed mesh become the list of changes between them, in no order yet, and of what is kept though
// nobody declares it. Pure: equal fingerprints are not looked into, so an unchanged mesh costs a comparison per resource.

import { Bug } from '@tulle/kernel'
import { RESOURCE_KINDS } from '@tulle/providers'
import type { DesiredMesh, Difference, FieldChange, Observed, ObservedMesh, Provider, Resource, ResourceKind } from '@tulle/providers'
import { consumerFinder } from './consumers.ts'
import type { ColumnsRead, FindConsumers } from './consumers.ts'
import { withEffects } from './port-effects.ts'
import type { FindQueries } from './replay/tell-queries.ts'
import type { Change, Consumer, LeaveChange, PlanOptions, PutChange } from './types.ts'

export interface MeshDifference {
  readonly changes: readonly Change[]
  /** Observed, and declared by nobody. */
  readonly undeclared: readonly Observed[]
  /** Those of them that are in use and to be left alone. */
  readonly kept: readonly Observed[]
}

interface DiffInput {
  readonly desired: DesiredMesh
  readonly observed: ObservedMesh
  readonly options: PlanOptions
  readonly providers: readonly Provider[]
  readonly columnsRead?: ColumnsRead
  readonly findQueries?: FindQueries
}

/** Compares resource by resource. Each change names the consumers that it breaks. */
export function diffMesh({ desired, observed, options, providers, columnsRead, findQueries }: DiffInput): MeshDifference {
  const byKind = new Map(providers.map((provider) => [provider.kind, provider]))
  const providerOf = (kind: ResourceKind): Provider => {
    const provider = byKind.get(kind)
    if (provider === undefined) throw new Bug(`no provider makes a ${kind} real.`)
    return provider
  }
  const puts: PutChange[] = []
  let declared = 0
  for (const resource of desired.resources.values()) {
    const seen = observed.resources.get(resource.ref)
    if (seen !== undefined) declared += 1
    const change = putChange(resource, seen, providerOf)
    if (change !== undefined) puts.push(change)
  }
  // Where every observed resource was met, nothing leaves, and nobody needs to look for it.
  const leaving = declared === observed.resources.size ? NOTHING_LEAVES : leavingIn({ desired, observed, options, providerOf })
  const keptProducts = new Set(leaving.told.kept.flatMap(({ kind, product }) => (kind === 'data-product' && product !== undefined ? [product] : [])))
  const findConsumers = consumerFinder({ desired: desired.products, observed, kept: keptProducts, ...(columnsRead !== undefined && { columnsRead }) })
  return { changes: [...puts, ...leaving.changes].map((change) => withUse<Change>(withEffects(withConsumers<Change>(change, findConsumers), desired, observed), findQueries)), ...leaving.told }
}

function putChange(desired: Resource, observed: Observed | undefined, providerOf: (kind: ResourceKind) => Provider): PutChange | undefined {
  if (observed === undefined) return toPut('create', desired, undefined, NOTHING)
  const drift = observed.drift ?? movedByHand(desired, observed)
  const same = observed.fingerprint === desired.fingerprint
  if (same && !observed.archived && drift === undefined) return undefined
  const difference = same ? NOTHING : providerOf(desired.kind).diff(desired, observed)
  if (observed.archived) return toPut('restore', desired, observed, difference)
  if (drift !== undefined) return toPut('heal', desired, { ...observed, drift }, difference)
  if (difference.fields.length === 0) throw new Bug(`${desired.ref} differs from what is observed, and its provider does not say in what.`)
  return toPut(difference.moves ? 'move' : 'update', desired, observed, difference)
}

const NOTHING: Difference = { moves: false, fields: [] }

// The owner's name stands beside the spec, where no fingerprint covers it.
function movedByHand(desired: Resource, observed: Observed): Observed['drift'] {
  if (desired.product === observed.product) return undefined
  return {
    reason: 'row-changed',
    message: `The row of ${desired.ref} in the control database was given to another product by hand.`,
    remedy: 'It will belong to its product again.',
  }
}

function toPut(action: PutChange['action'], desired: Resource, observed: Observed | undefined, { fields }: Difference): PutChange {
  return { action, ...common(desired, observed, fields), desired: withoutOrigin(desired) }
}

function withoutOrigin({ kind, ref, product, spec, fingerprint }: Resource): Resource {
  return { kind, ref, ...(product !== undefined && { product }), spec, fingerprint }
}

function toLeave(action: LeaveChange['action'], observed: Observed): LeaveChange {
  const breaking = BREAKS_WHEN_IT_LEAVES.has(observed.kind) && !observed.archived
  return { action, ...common(observed, observed, []), breaking, destructive: action === 'destroy' && HOLDS_DATA.has(observed.kind) }
}

const BREAKS_WHEN_IT_LEAVES: ReadonlySet<ResourceKind> = new Set<ResourceKind>(['data-product', 'data-set', 'output-port'])
const HOLDS_DATA: ReadonlySet<ResourceKind> = new Set<ResourceKind>(['data-product', 'data-set'])

function common(resource: Resource | Observed, observed: Observed | undefined, fields: readonly FieldChange[]) {
  return {
    ref: resource.ref,
    kind: resource.kind,
    ...(resource.product !== undefined && { product: resource.product }),
    ...(observed !== undefined && { id: observed.id }),
    fields,
    breaking: fields.some((field) => field.breaking),
    destructive: fields.some((field) => field.destructive),
    consumers: [] as readonly Consumer[],
    ...(observed?.drift !== undefined && { drift: observed.drift }),
  }
}

interface Leaving {
  readonly changes: readonly LeaveChange[]
  readonly told: Pick<MeshDifference, 'undeclared' | 'kept'>
}

const NOTHING_LEAVES: Leaving = { changes: [], told: { undeclared: [], kept: [] } }

interface Undeclared {
  readonly desired: DesiredMesh
  readonly observed: ObservedMesh
  readonly options: PlanOptions
  readonly providerOf: (kind: ResourceKind) => Provider
}

/**
 * What becomes of what no file declares. Parts that hold nothing go with their declaration as long as their product
 * stays; everything else is kept unless the options say more. A destruction once begun is always finished.
 */
function leavingIn({ desired, observed, options, providerOf }: Undeclared): Leaving {
  const changes: LeaveChange[] = []
  const undeclared: Observed[] = []
  const kept: Observed[] = []
  for (const resource of observed.resources.values()) {
    if (desired.resources.has(resource.ref)) continue
    undeclared.push(resource)
    if (options.allowDestroy || resource.drift?.reason === 'half-destroyed') changes.push(toLeave('destroy', resource))
    else if (resource.archived) continue
    else if (options.prune || goesWithDeclaration(resource, desired, providerOf)) changes.push(toLeave('archive', resource))
    else kept.push(resource)
  }
  return { changes, told: { undeclared, kept } }
}

const goesWithDeclaration = ({ kind, product }: Observed, desired: DesiredMesh, providerOf: (kind: ResourceKind) => Provider): boolean =>
  !providerOf(kind).outlivesDeclaration && product !== undefined && desired.resources.has(`data-product:${product}`)

function withConsumers<C extends Change>(change: C, findConsumers: FindConsumers): C {
  return change.breaking ? { ...change, consumers: consumersHit(change, findConsumers) } : change
}

function withUse<C extends Change>(change: C, findQueries: FindQueries | undefined): C {
  const queries = findQueries?.(change)
  return queries === undefined ? change : { ...change, queries }
}

/** Whoever a breaking change hits. */
export function consumersHit(change: Change, findConsumers: FindConsumers): readonly Consumer[] {
  const { product } = change
  if (product === undefined) return []
  if (change.kind === 'data-product') return findConsumers({ product })
  if (change.kind === 'output-port') return findConsumers({ product }).filter((consumer) => consumer.kind !== 'product')
  const dataSet = change.ref.slice(`${change.kind}:${product}.`.length)
  const hits = change.action === 'archive' || change.action === 'destroy'
    ? [findConsumers({ product, dataSet })]
    : change.fields.filter((field) => field.breaking).map((field) => findConsumers({ product, dataSet, ...columnIn(field) }))
  return [...new Map(hits.flat().map((consumer) => [`${consumer.kind} ${consumer.name}`, consumer])).values()]
}

function columnIn({ path, before }: FieldChange): { readonly column?: string } {
  const named = /^contract\.columns\.(?<rest>.+)$/u.exec(path)?.groups?.['rest']
  if (named === undefined) return {}
  // A column's name may hold dots itself; a dropped column is the whole path, a changed fact is its last part.
  const whole = before !== null && typeof before === 'object'
  return { column: whole ? named : named.slice(0, named.lastIndexOf('.')) }
}

/** The order in which one kind needs the other. */
export const kindRank = (kind: ResourceKind): number => RESOURCE_KINDS.indexOf(kind)
