// Products become an index: for each word, which products have it, and how much it tells of them.

import type { Dictionary } from './dictionary.ts'
import { toDictionary } from './dictionary.ts'
import type { MatchedField, SearchDocument, Standing } from './types.ts'
import { wordsOf } from './words.ts'

/** Where the products of a word are in `products` and `weights`: from `starts[word]` to `starts[word + 1]`. */
export interface Postings { readonly starts: Uint32Array; readonly products: Uint32Array; readonly weights: Uint8Array }

export interface SearchIndex {
  readonly documents: readonly SearchDocument[]
  readonly dictionary: Dictionary
  readonly postings: Postings
  /** Facets that follow from the words; a product may have several of a kind. */
  readonly coded: Readonly<Record<'domain' | 'type' | 'classification' | 'port', Coded>>
  /** How each product stands; replaced as a whole where it changes. */
  standing: readonly Standing[]
  /** What a search reckons in. A search never waits, so there is one at a time. */
  readonly scratch: { readonly scores: Float32Array; readonly ofWord: Float32Array; readonly matched: Uint8Array }
}

/** Values as numbers: those of a product are from `starts[product]` to `starts[product + 1]`. */
export interface Coded { readonly values: readonly string[]; readonly starts: Uint32Array; readonly codes: Uint16Array }

/** What a word tells by where it stands. */
const WEIGHTS: Readonly<Record<MatchedField, number>> = { name: 24, tag: 12, term: 12, column: 8, people: 6, description: 3 }

/** The texts of a product by the field that they are in. */
export function* fieldsOf(document: SearchDocument): Generator<{ readonly field: MatchedField; readonly text: string }> {
  yield { field: 'name', text: document.title }
  yield { field: 'name', text: document.name }
  for (const text of document.tags) yield { field: 'tag', text }
  for (const text of document.terms) yield { field: 'term', text }
  for (const { name } of document.columns) yield { field: 'column', text: name }
  for (const text of [document.domain, ...document.people]) yield { field: 'people', text }
  for (const text of [document.description ?? '', document.type ?? '']) if (text !== '') yield { field: 'description', text }
  for (const { description = '' } of document.columns) if (description !== '') yield { field: 'description', text: description }
}

/** Gives way to others every so many products, so that building never holds up who is being served. */
const AT_A_TIME = 200

export async function buildIndex(documents: readonly SearchDocument[], standing: readonly Standing[], giveWay: () => Promise<unknown> = async () => undefined): Promise<SearchIndex> {
  const lists = new Map<string, { readonly products: number[]; readonly weights: number[] }>()
  for (const [product, document] of documents.entries()) {
    if (product % AT_A_TIME === AT_A_TIME - 1) await giveWay()
    for (const [word, weight] of weightsOf(document)) {
      const list = lists.get(word) ?? { products: [], weights: [] }
      if (list.products.length === 0) lists.set(word, list)
      list.products.push(product)
      list.weights.push(weight)
    }
  }
  const words = [...lists.keys()].sort()
  await giveWay()
  const total = words.reduce((sum, word) => sum + (lists.get(word)?.products.length ?? 0), 0)
  const postings: Postings = { starts: new Uint32Array(words.length + 1), products: new Uint32Array(total), weights: new Uint8Array(total) }
  let at = 0
  for (const [number, word] of words.entries()) {
    const list = lists.get(word)
    postings.products.set(list?.products ?? [], at)
    postings.weights.set(list?.weights ?? [], at)
    at += list?.products.length ?? 0
    postings.starts[number + 1] = at
  }
  return {
    documents, standing, postings, dictionary: toDictionary(words),
    scratch: { scores: new Float32Array(documents.length), ofWord: new Float32Array(documents.length), matched: new Uint8Array(documents.length) },
    coded: {
      domain: code(documents, ({ domain }) => [domain]), type: code(documents, ({ type }) => (type === undefined ? [] : [type])),
      classification: code(documents, ({ classifications }) => classifications), port: code(documents, ({ ports }) => ports),
    },
  }
}

// A word in the title and in ten columns tells no more than its best place, and a little for each other.
function weightsOf(document: SearchDocument): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const { field, text } of fieldsOf(document)) {
    for (const word of wordsOf(text)) {
      const [known, here] = [weights.get(word) ?? 0, WEIGHTS[field]]
      weights.set(word, Math.min(255, Math.max(known, here) + (known === 0 ? 0 : 1)))
    }
  }
  return weights
}

function code(documents: readonly SearchDocument[], valuesOf: (document: SearchDocument) => readonly string[]): Coded {
  const numbers = new Map<string, number>()
  const starts = new Uint32Array(documents.length + 1)
  const codes: number[] = []
  for (const [product, document] of documents.entries()) {
    for (const value of new Set(valuesOf(document))) {
      const number = numbers.get(value) ?? numbers.size
      numbers.set(value, number)
      codes.push(number)
    }
    starts[product + 1] = codes.length
  }
  return { values: [...numbers.keys()], starts, codes: Uint16Array.from(codes) }
}
