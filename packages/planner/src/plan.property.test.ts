// The algebra of plans, over meshes that nobody would write.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { desiredMesh, embeddedProviders } from '@tulle/providers'
import type { DesiredMesh, ObservedMesh } from '@tulle/providers'
import { meshOf } from '@tulle/providers/testing'
import type { MeshWords, ProductWords } from '@tulle/providers/testing'
import { explain, NO_CHANGES } from './explain.ts'
import { parsePlan } from './parse-plan.ts'
import { changesOf, planMesh } from './plan.ts'
import { afterApply, emptyWorld, worldOf } from './testing/world.ts'
import type { Plan, PlanOptions } from './types.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const
const TYPES = ['int', 'long', 'string', 'string!', 'decimal(9, 2)'] as const

const columns = fc.dictionary(fc.constantFrom('x', 'y', 'z', 'Ünïcode "col"'), fc.constantFrom(...TYPES), { minKeys: 1 })

/** A product reads only those before it, so that no circle stands in the way. */
const product = (name: string, earlier: readonly string[]): fc.Arbitrary<ProductWords> =>
  fc.record({
    title: fc.string({ maxLength: 5 }).map((text) => text.replaceAll('\0', '')),
    domain: fc.constantFrom('north', 'south'),
    team: fc.constantFrom('ops', 'dev'),
    schedule: fc.constantFrom('0 5 * * *', '0 6 * * *'),
    outputs: fc.subarray(['sql', 'rest']).map((ports) => Object.fromEntries(ports.map((port) => [port, [name]]))),
    inputs: fc.subarray(['in', 'drop']).map((ports) => Object.fromEntries(ports.map((port) => [port, `data/${port}.csv`]))),
    dataSets: fc.tuple(columns, fc.subarray([...earlier]), fc.boolean()).map(([own, reads, spare]) => ({
      [name]: { columns: own, reads: reads.map((read) => `${read}.${read}`) },
      ...(spare && { spare: { columns: own } }),
    })),
  })

const mesh: fc.Arbitrary<MeshWords> = fc.record({
  title: fc.constantFrom('One', 'Two'),
  teams: fc.constant(['ops', 'dev']),
  domains: fc.subarray(['north', 'south', 'west']).map((names) => Object.fromEntries(names.map((name) => [name, {}]))),
  products: fc.tuple(fc.subarray([...NAMES]), fc.tuple(...NAMES.map((name, index) => product(name, NAMES.slice(0, index))))).map(([chosen, all]) =>
    Object.fromEntries(NAMES.flatMap((name, index) => (chosen.includes(name) ? [[name, readingOnly(chosen, all[index] as ProductWords)]] : [])))),
})

/** The model refuses a product that reads what is not declared. */
function readingOnly(chosen: readonly string[], words: ProductWords): ProductWords {
  const dataSets = Object.entries(words.dataSets ?? {}).map(([name, dataSet]) => [name, { ...dataSet, reads: (dataSet.reads ?? []).filter((read) => chosen.includes(read.split('.')[0] ?? '')) }] as const)
  return { ...words, dataSets: Object.fromEntries(dataSets) }
}

const options: fc.Arbitrary<PlanOptions> = fc.record({ prune: fc.boolean(), allowDestroy: fc.boolean(), allowBreaking: fc.constant(true) })
const desiredOf = (words: MeshWords): DesiredMesh => desiredMesh(meshOf(words), { providers: embeddedProviders })
const plan = (desired: DesiredMesh, world: ObservedMesh, wishes: Partial<PlanOptions> = { allowBreaking: true }): Plan => planMesh(desired, world, { providers: embeddedProviders, ...wishes })
const RUNS = { numRuns: 150 }

describe('whatever the meshes', () => {
  it('one apply makes the mesh as its files say, and a second plan has nothing to do', () => {
    fc.assert(fc.property(mesh, mesh, mesh, options, (first, second, third, wishes) => {
      const between = worldOf(meshOf(first))
      const world = afterApply(between, plan(desiredOf(second), between, wishes))
      const desired = desiredOf(third)
      const after = afterApply(world, plan(desired, world, wishes))
      const again = plan(desired, after, wishes)
      expect(changesOf(again)).toEqual([])
      for (const resource of desired.resources.values()) {
        expect(after.resources.get(resource.ref)).toMatchObject({ spec: resource.spec, fingerprint: resource.fingerprint, archived: false })
      }
      if (wishes.prune || wishes.allowDestroy) {
        expect([...after.resources.values()].filter(({ ref, archived }) => !archived && !desired.resources.has(ref))).toEqual([])
        expect(explain(again)).toBe(NO_CHANGES)
      }
    }), RUNS)
  })

  it('an id, once given, is kept until the resource is destroyed', () => {
    fc.assert(fc.property(mesh, mesh, options, (first, second, wishes) => {
      const world = worldOf(meshOf(first))
      const marked = { ...world, resources: new Map([...world.resources].map(([ref, observed]) => [ref, { ...observed, id: `first ${ref}` }])) }
      const after = afterApply(marked, plan(desiredOf(second), marked, wishes))
      for (const [ref, { id }] of marked.resources) {
        const kept = after.resources.get(ref)
        if (!wishes.allowDestroy) expect(kept?.id).toBe(id)
        else if (kept !== undefined) expect(kept.id).toBe(id)
      }
    }), RUNS)
  })

  it('nothing is destroyed unless it was allowed, and nothing with data is archived unless it was asked for', () => {
    fc.assert(fc.property(mesh, mesh, options, (first, second, wishes) => {
      const changes = changesOf(plan(desiredOf(second), worldOf(meshOf(first)), wishes))
      if (!wishes.allowDestroy) expect(changes.filter(({ action }) => action === 'destroy')).toEqual([])
      if (!wishes.prune) expect(changes.filter(({ action, kind }) => action === 'archive' && (kind === 'data-set' || kind === 'data-product'))).toEqual([])
    }), RUNS)
  })

  it('what is needed comes first: a product after those that it reads, a part after its product, and backwards when they leave', () => {
    fc.assert(fc.property(mesh, mesh, (first, second) => {
      for (const [world, desired, wishes] of [[emptyWorld, desiredOf(first), {}], [worldOf(meshOf(first)), desiredOf(second), { prune: true, allowBreaking: true }]] as const) {
        const changes = changesOf(plan(desired, world, wishes))
        const place = new Map(changes.map((change, index) => [change.ref, { index, leaves: change.action === 'archive' }]))
        for (const change of changes) {
          const own = place.get(change.ref)
          const owner = place.get(`data-product:${change.product}`)
          if (own === undefined || owner === undefined || change.kind === 'data-product') continue
          if (own.leaves === owner.leaves) expect(own.index > owner.index, change.ref).toBe(!own.leaves)
        }
        const reads = [...desired.resources.values()].filter(({ kind }) => kind === 'workflow').flatMap(({ product: reader, spec }) => (spec['reads'] as readonly { product: string }[]).map((read) => [reader, read.product]))
        for (const [reader, read] of reads) {
          const [later, sooner] = [place.get(`data-product:${reader}`), place.get(`data-product:${read}`)]
          const moves = changes.some((change) => change.action === 'move' && (change.product === reader || change.product === read))
          if (later !== undefined && sooner !== undefined && !moves) expect(later.index, `${reader} reads ${read}`).toBeGreaterThan(sooner.index)
        }
      }
    }), RUNS)
  })

  it('the order of files changes no fingerprint', () => {
    fc.assert(fc.property(mesh, mesh, options, (first, second, wishes) => {
      const backwards: MeshWords = { ...second, products: Object.fromEntries(Object.entries(second.products ?? {}).toReversed()) }
      const world = worldOf(meshOf(first))
      expect(plan(desiredOf(backwards), world, wishes).fingerprint).toBe(plan(desiredOf(second), world, wishes).fingerprint)
    }), RUNS)
  })

  it('a plan survives being saved: the same plan, the same text', () => {
    fc.assert(fc.property(mesh, mesh, options, (first, second, wishes) => {
      const made = plan(desiredOf(second), worldOf(meshOf(first)), wishes)
      const read = parsePlan(JSON.parse(JSON.stringify(made)) as Json)
      if (!read.ok) throw new Error(read.diagnostics[0]?.message)
      expect(canonicalJson(read.value as unknown as Json)).toBe(canonicalJson(made as unknown as Json))
      expect(explain(read.value)).toBe(explain(made))
    }), RUNS)
  })
})
