// The contract of the Catalog port. Every adapter passes it as it stands.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog, Pointer, PointerSwap, TableName } from '../types.ts'

/** A fresh, empty catalogue, and its end. `others` are further connections to the same one, for real races. */
export interface CatalogRig { readonly catalog: Catalog; readonly others?: readonly Catalog[]; close(): Promise<void> }

const name = (namespace: string, table: string): TableName => ({ namespace, name: table })
const [A, B, C] = [name('flights', 'flights'), name('flights', 'delays'), name('weather', 'stations')]
/** Identities are real uuids, because adapters may keep them as such. */
export const uuidOf = (table: TableName): string => `00000000-0000-4000-8000-${Buffer.from(table.name).toString('hex').padEnd(12, '0').slice(0, 12)}`
const pointerAt = (table: TableName, version: number): Pointer => ({ uuid: uuidOf(table), metadataLocation: `file:///warehouse/${table.name}/metadata/${version}.json` })
const numberOf = async ({ metadataLocation }: Pointer): Promise<number> => Number(/(\d+)\.json$/u.exec(metadataLocation)?.[1])
const ODD = ['a.b', 'A', 'ä"\'; --', '%', '_', '../x']
const swap = (table: TableName, expected: Pointer | undefined, next: Pointer | undefined): PointerSwap => ({ name: table, expected, next })

export interface CatalogSuite {
  /** Where a version of a table is, for catalogues that look into what they point to. Versions are 0 to 40, and 100. */
  readonly at?: (table: TableName, version: number) => Pointer
  /** The version behind a pointer. A catalogue that writes files of its own may answer another address for it. */
  readonly versionOf?: (pointer: Pointer) => Promise<number>
  /** Unusual names, for catalogues that do not take every one. */
  readonly names?: readonly string[]
}

export function describeCatalog(adapter: string, make: () => Promise<CatalogRig>, { at = pointerAt, versionOf = numberOf, names = ODD }: CatalogSuite = {}): void {
  describe(`${adapter} keeps pointers`, () => {
    let rig: CatalogRig
    beforeEach(async () => {
      rig = await make()
    })
    afterEach(() => rig.close())

    it('knows no table at first', async () => {
      expect(await rig.catalog.list()).toEqual([])
      expect(await rig.catalog.find(A)).toBeUndefined()
    })

    it('creates a table where none must be, once', async () => {
      expect(await rig.catalog.swap([swap(A, undefined, at(A, 1))])).toBe('swapped')
      expect(await rig.catalog.find(A)).toEqual(at(A, 1))
      expect(await rig.catalog.swap([swap(A, undefined, at(A, 2))])).toBe('conflict')
      expect(await rig.catalog.find(A)).toEqual(at(A, 1))
    })

    it('moves a pointer that is where it is expected', async () => {
      await rig.catalog.swap([swap(A, undefined, at(A, 1))])
      expect(await rig.catalog.swap([swap(A, at(A, 1), at(A, 2))])).toBe('swapped')
      expect(await rig.catalog.find(A)).toEqual(at(A, 2))
    })

    it.each([
      ['it has moved on', swap(A, at(A, 0), at(A, 2))],
      ['the expected table has another identity', swap(A, { ...at(A, 1), uuid: uuidOf(C) }, at(A, 2))],
      ['the expected table is not there', swap(B, at(B, 1), at(B, 2))],
    ])('answers conflict where %s', async (_, stale) => {
      await rig.catalog.swap([swap(A, undefined, at(A, 1))])
      expect(await rig.catalog.swap([stale])).toBe('conflict')
      expect(await rig.catalog.find(A)).toEqual(at(A, 1))
      expect(await rig.catalog.find(B)).toBeUndefined()
    })

    it('moves several pointers or none', async () => {
      await rig.catalog.swap([swap(A, undefined, at(A, 1)), swap(B, undefined, at(B, 1))])
      expect(await rig.catalog.swap([swap(A, at(A, 1), at(A, 2)), swap(C, undefined, at(C, 1)), swap(B, at(B, 0), at(B, 2))])).toBe('conflict')
      expect(await Promise.all([A, B, C].map((n) => rig.catalog.find(n)))).toEqual([at(A, 1), at(B, 1), undefined])
      expect(await rig.catalog.swap([swap(A, at(A, 1), at(A, 2)), swap(C, undefined, at(C, 1)), swap(B, at(B, 1), at(B, 2))])).toBe('swapped')
      expect(await Promise.all([A, B, C].map((n) => rig.catalog.find(n)))).toEqual([at(A, 2), at(B, 2), at(C, 1)])
    })

    it('gives a name up, and lets it be taken again', async () => {
      await rig.catalog.swap([swap(A, undefined, at(A, 1))])
      expect(await rig.catalog.swap([swap(A, at(A, 0), undefined)])).toBe('conflict')
      expect(await rig.catalog.swap([swap(A, at(A, 1), undefined)])).toBe('swapped')
      expect(await rig.catalog.find(A)).toBeUndefined()
      expect(await rig.catalog.list()).toEqual([])
      expect(await rig.catalog.swap([swap(A, undefined, at(A, 7))])).toBe('swapped')
      expect(await rig.catalog.find(A)).toEqual(at(A, 7))
    })

    it('renames a table in one swap, to any name', async () => {
      await rig.catalog.swap([swap(A, undefined, at(A, 1))])
      for (const [from, to] of [[A, C], [C, A]] as const) {
        expect(await rig.catalog.swap([swap(from, at(A, 1), undefined), swap(to, undefined, at(A, 1))])).toBe('swapped')
        expect(await rig.catalog.find(from)).toBeUndefined()
        expect(await rig.catalog.find(to)).toEqual(at(A, 1))
      }
    })

    it('refuses a swap that names a table twice', async () => {
      expect(await rig.catalog.swap([swap(A, undefined, at(A, 1)), swap(A, undefined, at(A, 2))])).toBe('conflict')
      expect(await rig.catalog.find(A)).toBeUndefined()
    })

    it('has nothing to do for no swaps', async () => {
      expect(await rig.catalog.swap([])).toBe('swapped')
    })

    it('lists tables, also of one namespace', async () => {
      await rig.catalog.swap([A, B, C].map((n) => swap(n, undefined, at(n, 1))))
      const sorted = (names: readonly TableName[]): string[] => names.map((n) => `${n.namespace}.${n.name}`).toSorted()
      expect(sorted(await rig.catalog.list())).toEqual(['flights.delays', 'flights.flights', 'weather.stations'])
      expect(sorted(await rig.catalog.list('flights'))).toEqual(['flights.delays', 'flights.flights'])
      expect(await rig.catalog.list('none')).toEqual([])
    })

    it.each(names)('keeps the name %j apart from every other', async (odd) => {
      const table = name(odd, odd)
      await rig.catalog.swap([swap(A, undefined, at(A, 1)), swap(table, undefined, at(table, 2))])
      expect(await rig.catalog.find(table)).toEqual(at(table, 2))
      expect(await rig.catalog.list(odd)).toEqual([table])
      expect(await rig.catalog.find(names === ODD ? name('a', 'b.a.b') : name('a', odd))).toBeUndefined()
    })

    it('lets exactly one of many creators win', async () => {
      const outcomes = await race(rig, 12, (catalog, i) => catalog.swap([swap(A, undefined, at(A, i))]))
      expect(outcomes.filter((o) => o === 'swapped')).toHaveLength(1)
      expect(await rig.catalog.find(A)).toEqual(at(A, outcomes.indexOf('swapped')))
    })

    it('lets exactly one of many swaps from the same base win, in every order of tables', async () => {
      await rig.catalog.swap([swap(A, undefined, at(A, 100)), swap(B, undefined, at(B, 100))])
      const outcomes = await race(rig, 12, (catalog, i) => {
        const swaps = [swap(A, at(A, 100), at(A, i)), swap(B, at(B, 100), at(B, i))]
        return catalog.swap(i % 2 === 0 ? swaps : swaps.toReversed())
      })
      expect(outcomes.filter((o) => o === 'swapped')).toHaveLength(1)
      const winner = outcomes.indexOf('swapped')
      expect(await Promise.all([A, B].map((n) => rig.catalog.find(n)))).toEqual([at(A, winner), at(B, winner)])
    })

    it('loses no increment of many counters that retry', async () => {
      await rig.catalog.swap([swap(A, undefined, at(A, 0))])
      await race(rig, 8, async (catalog) => {
        for (let done = 0; done < 5;) {
          const now = (await catalog.find(A)) as Pointer
          const version = await versionOf(now)
          if ((await catalog.swap([swap(A, now, at(A, version + 1))])) === 'swapped') done += 1
        }
      })
      expect(await rig.catalog.find(A)).toEqual(at(A, 40))
    })
  })
}

const race = <T>(rig: CatalogRig, runners: number, run: (catalog: Catalog, index: number) => Promise<T>): Promise<T[]> => {
  const connections = [rig.catalog, ...(rig.others ?? [])]
  return Promise.all(Array.from({ length: runners }, (_, i) => run(connections[i % connections.length] as Catalog, i)))
}
