// Changes become stages in dependency order: what is needed comes first, what leaves goes last and in reverse. Pure.

import { orderByDependencies, unreachable } from '@tulle/kernel'
import type { DesiredMesh, Observed } from '@tulle/providers'
import { readsIn } from './consumers.ts'
import { kindRank } from './diff.ts'
import type { Change, Stage } from './types.ts'

export interface StageOrder {
  readonly stages: readonly Stage[]
  /** Products that read each other; they are in no stage. */
  readonly circles: readonly (readonly string[])[]
}

interface StagesInput {
  readonly changes: readonly Change[]
  readonly desired: DesiredMesh
  readonly undeclared: readonly Observed[]
}

/** Groups and orders changes. Every change is in exactly one stage. */
export function orderStages({ changes, desired, undeclared }: StagesInput): StageOrder {
  const { order, circles } = productOrder(desired, undeclared)
  const rank = new Map(order.map((product, index) => [product, index]))
  const rankOf = ({ product }: Change): number => rank.get(product ?? '') ?? -1
  const byProduct = (a: Change, b: Change): number => rankOf(a) - rankOf(b) || compare(a.product ?? '', b.product ?? '')
  const building = changes.filter((change) => isBuilding(change, desired))
  const leaving = changes.filter((change) => !isBuilding(change, desired))
  const moving = building.filter((change) => change.action === 'move').toSorted(byProduct)
  // A grant to a product needs that one too: it is given where the later of both is built.
  const stageOf = (change: Change): string => {
    const [product, subject] = [change.product ?? '', readerOf(change)]
    return subject !== undefined && (rank.get(subject) ?? -1) > (rank.get(product) ?? -1) ? subject : product
  }
  const byStage = (a: Change, b: Change): number => (rank.get(stageOf(a)) ?? -1) - (rank.get(stageOf(b)) ?? -1) || compare(stageOf(a), stageOf(b))
  const products = building.filter((change) => change.product !== undefined && change.action !== 'move').toSorted((a, b) => byStage(a, b) || byNeed(a, b))
  return {
    stages: [
      ...foundStage(building.filter((change) => FOUNDING.has(change.kind))),
      ...domainStages(building.filter((change) => change.product === undefined && !FOUNDING.has(change.kind))),
      ...moving.map((change): Stage => ({ kind: 'move-product', product: change.product ?? '', changes: [change] })),
      ...groups(products, stageOf).map(([product, own]): Stage => ({ kind: 'build-product', product, changes: own })),
      ...leaveStages('archive', leaving, byProduct),
      ...leaveStages('destroy', leaving, byProduct),
    ],
    circles,
  }
}

function readerOf(change: Change): string | undefined {
  const spec = change.kind === 'access-grant' && 'desired' in change ? change.desired.spec : {}
  return spec['subjectKind'] === 'product' && typeof spec['subject'] === 'string' ? spec['subject'] : undefined
}

const FOUNDING: ReadonlySet<string> = new Set(['mesh', 'capability', 'technical-team', 'process-domain', 'policy'])
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// A port that is closed belongs to the building of its product; a product that leaves does so at the end.
const isBuilding = (change: Change, desired: DesiredMesh): boolean =>
  (change.action !== 'archive' && change.action !== 'destroy')
  || (change.action === 'archive' && change.kind !== 'data-set' && change.product !== undefined && desired.resources.has(`data-product:${change.product}`))

/** Puts before archives, needed kinds first, then by address. */
function byNeed(a: Change, b: Change): number {
  const leaves = (change: Change): number => (change.action === 'archive' ? 1 : 0)
  return leaves(a) - leaves(b) || kindRank(a.kind) - kindRank(b.kind) || compare(a.ref, b.ref)
}

function foundStage(changes: readonly Change[]): readonly Stage[] {
  return changes.length === 0 ? [] : [{ kind: 'found-mesh', changes: changes.toSorted(byNeed) }]
}

function domainStages(changes: readonly Change[]): readonly Stage[] {
  const domainOf = (change: Change): string => change.ref.slice(change.ref.indexOf(':') + 1)
  return groups(changes.toSorted((a, b) => compare(domainOf(a), domainOf(b)) || byNeed(a, b)), domainOf)
    .map(([domain, own]) => ({ kind: 'settle-domain', domain, changes: own }))
}

function leaveStages(kind: 'archive' | 'destroy', leaving: readonly Change[], byProduct: (a: Change, b: Change) => number): readonly Stage[] {
  // Whatever reads goes before what it reads, whatever needs before what it needs: the building order backwards.
  const changes = leaving.filter((change) => change.action === kind)
    .toSorted((a, b) => Number(a.product === undefined) - Number(b.product === undefined) || byProduct(b, a) || byNeed(b, a))
  return groups(changes, subjectOf).map(([subject, own]) => ({ kind, subject, changes: own }))
}

const subjectOf = (change: Change): string => change.product ?? change.ref.slice(change.ref.indexOf(':') + 1)

function groups(changes: readonly Change[], keyOf: (change: Change) => string): readonly (readonly [string, readonly Change[]])[] {
  return [...Map.groupBy(changes, keyOf)]
}

/** Products, those that are read first. What exists but is not declared takes part, so that it leaves in order. */
function productOrder({ products }: DesiredMesh, undeclared: readonly Observed[]): ReturnType<typeof orderByDependencies> {
  const needs = new Map<string, readonly string[]>()
  for (const [name, { reads }] of products) needs.set(name, reads.map((read) => read.product))
  for (const { kind, spec, product } of undeclared) {
    if (product === undefined || products.has(product)) continue
    if (kind === 'workflow') needs.set(product, readsIn(spec).map((read) => read.product))
    else if (!needs.has(product)) needs.set(product, [])
  }
  // By name, so that equal meshes give equal plans in whatever order files and rows were read.
  return orderByDependencies(new Map([...needs].toSorted(([a], [b]) => compare(a, b))))
}

/** A stage's title, as people see it while it runs. */
export function stageTitle(stage: Stage): string {
  switch (stage.kind) {
    case 'found-mesh': return 'Mesh, capabilities and teams'
    case 'settle-domain': return `Data domain ${stage.domain}`
    case 'move-product': return `Move data product ${stage.product}`
    case 'build-product': return `Data product ${stage.product}`
    case 'archive': return `Archive ${stage.subject}`
    case 'destroy': return `Destroy ${stage.subject}`
    default: return unreachable(stage)
  }
}
