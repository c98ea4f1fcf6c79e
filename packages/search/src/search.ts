// A typed text → the products that fit it best, among those that the viewer may know of.

import type { SearchIndex } from './build-index.ts'
import type { Meaning } from './dictionary.ts'
import { meaningOf } from './dictionary.ts'
import { explainHit } from './explain-hit.ts'
import { sieve } from './facets.ts'
import type { SearchAnswer, SearchQuestion, Standing } from './types.ts'
import { askedWords } from './words.ts'

/** A question of so many words may miss one: "which airports have the longest delays" says more than any product does. Half of it must be there. */
const MAY_MISS_FROM = 3

export function searchProducts(index: SearchIndex, question: SearchQuestion): SearchAnswer {
  const asked = askedWords(question.words)
  const meanings = asked.map((word) => meaningOf(index.dictionary, word))
  const found = asked.length === 0 ? everything(index) : fitting(index, meanings, question.mayKnow)
  const facets = sieve(index, question)
  const kept: number[] = []
  for (const product of found.products) if (question.mayKnow(product) && facets.passes(product)) kept.push(product)
  const ranked = best(kept, question.offset + question.limit, (product) => (found.scores[product] ?? 0) * worth(index.standing[product]), (product) => index.documents[product]?.title ?? '')
  const meant = new Map(meanings.flatMap((meaning, i) => meaning.meant.map(({ word }) => [index.dictionary.words[word] ?? '', i] as const)))
  return {
    hits: ranked.slice(question.offset).map((product) => explainHit(index, product, meant)),
    total: kept.length,
    facets: facets.counted(),
    corrected: meanings.flatMap(({ isCorrected, meant: [first] }, i) => (isCorrected && first !== undefined ? [{ word: asked[i] ?? '', to: index.dictionary.words[first.word] ?? '' }] : [])),
  }
}

interface Found { readonly products: Iterable<number>; readonly scores: Float32Array }

const everything = ({ documents, scratch: { scores } }: SearchIndex): Found => ({ products: documents.keys(), scores: scores.fill(1) })

/** Each product's score: for each word the best of what it may mean, rare words more than common ones. */
function fitting({ documents, postings, scratch: { scores, ofWord, matched } }: SearchIndex, meanings: readonly Meaning[], mayKnow: SearchQuestion['mayKnow']): Found {
  scores.fill(0)
  matched.fill(0)
  const touched: number[] = []
  let most = 0
  for (const { meant } of meanings) {
    const here: number[] = []
    for (const { word, weight } of meant) {
      const [from, to] = [postings.starts[word] ?? 0, postings.starts[word + 1] ?? 0]
      const rarity = weight * Math.log(1 + documents.length / (to - from + 1))
      for (let at = from; at < to; at += 1) {
        const product = postings.products[at] ?? 0
        const score = rarity * (postings.weights[at] ?? 0)
        if ((ofWord[product] ?? 0) === 0) here.push(product)
        if (score > (ofWord[product] ?? 0)) ofWord[product] = score
      }
    }
    for (const product of here) {
      scores[product] = (scores[product] ?? 0) + (ofWord[product] ?? 0)
      ofWord[product] = 0
      if ((matched[product] ?? 0) === 0) touched.push(product)
      matched[product] = (matched[product] ?? 0) + 1
      // What nobody may know of must not decide how well the others have to fit.
      if ((matched[product] ?? 0) > most && mayKnow(product)) most = matched[product] ?? 0
    }
  }
  const needed = Math.max(Math.ceil(meanings.length / 2), meanings.length >= MAY_MISS_FROM ? most - 1 : most)
  for (const product of touched) scores[product] = (scores[product] ?? 0) * ((matched[product] ?? 0) / meanings.length) ** 2
  return { products: touched.filter((product) => (matched[product] ?? 0) >= needed), scores }
}

/** What is used, certified and sound stands above what is not; never so far that a worse word wins by it alone. */
const worth = (standing: Standing | undefined): number =>
  standing === undefined ? 1 : 1 + (standing.certified ? 0.2 : 0) + 0.1 * Math.min(1, Math.log10(1 + standing.uses) / 4) * 2 + 0.1 * (standing.quality ?? 0.5) - (standing.publishedAt === undefined ? 0.1 : 0)

/** The first `count` by score; of equal ones, by title. A heap of the best: what was found may be everything. */
function best(products: readonly number[], count: number, scoreOf: (product: number) => number, titleOf: (product: number) => string): readonly number[] {
  const heap: { readonly product: number; readonly score: number }[] = []
  const isWorse = (a: (typeof heap)[number], b: (typeof heap)[number]): boolean => a.score < b.score || (a.score === b.score && titleOf(a.product) > titleOf(b.product))
  for (const product of products) {
    const one = { product, score: scoreOf(product) }
    if (heap.length < count) {
      heap.push(one)
      if (heap.length === count) heap.sort((a, b) => (isWorse(a, b) ? -1 : 1))
      continue
    }
    const [worst] = heap
    if (worst === undefined || !isWorse(worst, one)) continue
    heap[0] = one
    sink(heap, isWorse)
  }
  return heap.sort((a, b) => (isWorse(a, b) ? 1 : -1)).map(({ product }) => product)
}

/** Restores the heap below its first entry. */
function sink<T>(heap: T[], isWorse: (a: T, b: T) => boolean): void {
  for (let at = 0; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2]
    let least = at
    for (const child of [left, right]) if (child < heap.length && isWorse(heap[child] as T, heap[least] as T)) least = child
    if (least === at) return
    const moved = heap[at] as T
    heap[at] = heap[least] as T
    heap[least] = moved
    at = least
  }
}
