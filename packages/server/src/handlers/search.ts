// Finds products by words, among those that the caller may know of.

import type { Handlers } from '@tulle/api'
import { ok } from '@tulle/kernel'
import { FACETS, searchProducts } from '@tulle/search'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { decide } from '../house.ts'
import { openSearchRoom } from '../search-room.ts'
import { lastPublished, toSummary } from './catalogue.ts'
import { governed } from './products.ts'

export function searchHandlers(house: House): Pick<Handlers<Caller>, 'search'> {
  const room = openSearchRoom(house, () => lastPublished(house))
  return {
    search: async ({ q, readable = false, limit, offset, ...choices }, { subject }) => {
      const shelf = await room.current()
      const { index, products, published } = shelf
      const memory = room.memoryOf(subject, shelf)
      const remembered = (kept: Uint8Array, at: number, find: () => boolean): boolean => {
        if (kept[at] === 0) kept[at] = find() ? 1 : 2
        return kept[at] === 1
      }
      const mayKnow = (at: number): boolean => {
        const product = products[at]
        if (product === undefined) return false
        if (!remembered(memory.known, at, () => decide(house, subject, 'describe', governed(product)).effect === 'allow')) return false
        return !readable || remembered(memory.readable, at, () => toSummary(house, subject, product, undefined).access === 'granted')
      }
      const facets = Object.fromEntries(FACETS.flatMap((facet) => (choices[facet] === undefined || choices[facet] === '' ? [] : [[facet, choices[facet].split(',')]])))
      const { hits, total, facets: counted, corrected } = searchProducts(index, { words: q, facets, limit, offset, now: house.clock.now(), mayKnow })
      const byId = new Map(hits.map((hit) => [hit.id, hit]))
      const shown = new Map(products.filter(({ id }) => byId.has(id)).map((product) => [product.id, product]))
      return ok({
        hits: hits.flatMap(({ id, matches }) => {
          const product = shown.get(id)
          return product === undefined ? [] : [{ product: toSummary(house, subject, product, published.get(product.name)), matches: matches.map((match) => ({ ...match, words: [...match.words] })) }]
        }),
        total,
        facets: { domain: [...counted.domain], type: [...counted.type], classification: [...counted.classification], port: [...counted.port], certified: [...counted.certified], freshness: [...counted.freshness] },
        corrected: [...corrected],
      })
    },
  }
}
