// Texts of products, and rows, are written by people whom the reader of an answer need not trust, and the reader is a program that
// follows sentences. So every answer keeps apart what Tulle says (fixed sentences) and what others wrote (JSON between two marks
// that nobody could know beforehand), and nothing in it is invisible to the person who looks on.

import { randomBytes } from 'node:crypto'

/** Characters that show nothing, or reorder what is shown: tags, joiners, marks of direction, controls, the unassigned. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/gu

/** JSON of the same value, in which whatever cannot be seen is written out. */
export const visibleJson = (value: unknown): string =>
  JSON.stringify(value, undefined, 1).replace(UNSEEN, (unseen) => (unseen === '\n' ? unseen : [...unseen].map(escaped).join('')))

const escaped = (character: string): string => Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')

/** The value between two marks that differ each time, so that no text in it can end it. */
export function fenced(value: unknown): string {
  const mark = randomBytes(9).toString('base64url')
  return `<untrusted-data mark="${mark}">\n${visibleJson(value)}\n</untrusted-data mark="${mark}">`
}

/** So much of a text. */
export const clip = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} characters more)`)

/** The first items that fit into so many characters of JSON, and whether there are more. */
export function fitting<T>(items: readonly T[], characters: number): { readonly items: readonly T[]; readonly more: boolean } {
  let room = characters
  const kept: T[] = []
  for (const item of items) {
    room -= visibleJson(item).length + 2
    if (room < 0) return { items: kept, more: true }
    kept.push(item)
  }
  return { items: kept, more: false }
}
