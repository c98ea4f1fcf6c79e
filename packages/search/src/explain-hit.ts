// Where in a product the words that were looked for stand: only of what is shown, so it is looked up in the texts themselves.

import type { SearchIndex } from './build-index.ts'
import { fieldsOf } from './build-index.ts'
import type { SearchHit } from './types.ts'
import { piecesOf } from './words.ts'

const MOST_MATCHES = 5
const LONGEST_TEXT = 160

/** `meant` are the words that were looked for, each with the place of the typed one. */
export function explainHit({ documents }: SearchIndex, product: number, meant: ReadonlyMap<string, number>): SearchHit {
  const document = documents[product]
  if (document === undefined) throw new Error(`there is no document ${product}`)
  const matches: { readonly match: SearchHit['matches'][number]; readonly fits: number }[] = []
  if (meant.size > 0) {
    for (const { field, text } of fieldsOf(document)) {
      const fitting = [...piecesOf(text)].flatMap(({ piece, folded }) => (meant.has(folded) ? [{ piece, asked: meant.get(folded) }] : []))
      if (fitting.length > 0) matches.push({ match: { field, text: text.slice(0, LONGEST_TEXT), words: [...new Set(fitting.map(({ piece }) => piece))] }, fits: new Set(fitting.map(({ asked }) => asked)).size })
    }
  }
  // The fields come in the order of what they tell.
  const told = new Set<string>()
  const first = matches.toSorted((a, b) => b.fits - a.fits).map(({ match }) => match).filter(({ text }) => !told.has(text) && told.add(text))
  return { id: document.id, name: document.name, matches: first.slice(0, MOST_MATCHES) }
}
