// Facets narrow down what was found, and say how much would be left of it.

import type { Coded, SearchIndex } from './build-index.ts'
import type { Facet, SearchAnswer, SearchQuestion, Standing } from './types.ts'
import { FACETS, FRESHNESS } from './types.ts'

const HOUR = 3_600_000

/** How long ago something was published, in words. */
export function freshnessOf({ publishedAt }: Standing, now: number): (typeof FRESHNESS)[number] {
  if (publishedAt === undefined) return 'never'
  const age = now - publishedAt
  return age <= HOUR ? 'hour' : age <= 24 * HOUR ? 'day' : age <= 168 * HOUR ? 'week' : 'older'
}

/** One facet at work: which products it lets through, and what it counts. */
interface Sieve { fits(product: number): boolean; count(product: number): void; counted(): SearchAnswer['facets'][Facet] }

/**
 * Lets through what fits all facets. Of what fits all but one, that one counts: so it shows what another choice of it would give.
 */
export function sieve(index: SearchIndex, { facets, now }: Pick<SearchQuestion, 'facets' | 'now'>): { passes(product: number): boolean; counted(): SearchAnswer['facets'] } {
  const standing = (product: number): Standing => index.standing[product] ?? { certified: false, uses: 0 }
  const derived: Readonly<Record<'certified' | 'freshness', Sieve>> = {
    certified: single(['yes', 'no'], (product) => (standing(product).certified ? 0 : 1), facets.certified),
    freshness: single(FRESHNESS, (product) => FRESHNESS.indexOf(freshnessOf(standing(product), now)), facets.freshness),
  }
  const sieves = FACETS.map((facet) => (facet === 'certified' || facet === 'freshness' ? derived[facet] : coded(index.coded[facet], facets[facet])))
  return {
    passes: (product) => {
      let missed: Sieve | undefined
      for (const one of sieves) {
        if (one.fits(product)) continue
        if (missed !== undefined) return false
        missed = one
      }
      if (missed !== undefined) {
        missed.count(product)
        return false
      }
      for (const one of sieves) one.count(product)
      return true
    },
    counted: () => Object.fromEntries(FACETS.map((facet, i) => [facet, sieves[i]?.counted() ?? []])) as unknown as SearchAnswer['facets'],
  }
}

function coded({ values, starts, codes }: Coded, wanted: readonly string[] | undefined): Sieve {
  const counts = new Uint32Array(values.length)
  const chosen = wanted === undefined || wanted.length === 0 ? undefined : new Set(wanted.map((value) => values.indexOf(value)))
  return {
    fits: (product) => {
      if (chosen === undefined) return true
      for (let at = starts[product] ?? 0; at < (starts[product + 1] ?? 0); at += 1) if (chosen.has(codes[at] ?? -1)) return true
      return false
    },
    count: (product) => {
      for (let at = starts[product] ?? 0; at < (starts[product + 1] ?? 0); at += 1) counts[codes[at] ?? 0] = (counts[codes[at] ?? 0] ?? 0) + 1
    },
    counted: () => listed(values, counts).toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)),
  }
}

function single(values: readonly string[], codeOf: (product: number) => number, wanted: readonly string[] | undefined): Sieve {
  const counts = new Uint32Array(values.length)
  const chosen = wanted === undefined || wanted.length === 0 ? undefined : new Set(wanted.map((value) => values.indexOf(value)))
  return {
    fits: (product) => chosen === undefined || chosen.has(codeOf(product)),
    count: (product) => {
      const code = codeOf(product)
      counts[code] = (counts[code] ?? 0) + 1
    },
    counted: () => listed(values, counts),
  }
}

const listed = (values: readonly string[], counts: Uint32Array) => values.flatMap((value, code) => ((counts[code] ?? 0) === 0 ? [] : [{ value, count: counts[code] ?? 0 }]))
