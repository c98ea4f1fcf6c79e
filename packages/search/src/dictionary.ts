// All words that anybody wrote, and which of them a typed word may mean.

import { forgiven, slips } from './distance.ts'

/** Words in order; a word's place is its number. */
export interface Dictionary {
  readonly words: readonly string[]
  /** For each word which letters it has, a bit for each of a to z, and one for all others. */
  readonly letters: Int32Array
}

/** A word that may be meant, and how sure that is: 1 is the word itself. */
export interface Meant { readonly word: number; readonly weight: number }

export interface Meaning { readonly meant: readonly Meant[]; readonly isCorrected: boolean }

export const toDictionary = (words: readonly string[]): Dictionary => ({ words, letters: Int32Array.from(words, lettersOf) })

const BEGINNING = 0.6
const SLIP = 0.45

/** The word itself and those that begin with it; where there are none, those that are a slip away from it or from their beginning. */
export function meaningOf({ words, letters }: Dictionary, typed: string): Meaning {
  const meant: Meant[] = []
  for (let at = firstAtLeast(words, typed); at < words.length && words[at]?.startsWith(typed) === true; at += 1) {
    // The longer the rest that was not typed, the less it is meant.
    const length = words[at]?.length ?? 0
    meant.push({ word: at, weight: length === typed.length ? 1 : BEGINNING * (0.5 + (0.5 * typed.length) / length) })
  }
  const most = forgiven(typed)
  if (meant.length > 0 || most === 0) return { meant, isCorrected: false }
  const own = lettersOf(typed)
  let least = most
  const near: { readonly word: number; readonly distance: number; readonly isWhole: boolean }[] = []
  for (let at = 0; at < words.length; at += 1) {
    if (bits(own & ~(letters[at] ?? 0)) > least) continue
    const word = words[at] ?? ''
    if (word.length < typed.length - least) continue
    const whole = slips(typed, word, least)
    const distance = whole <= least ? whole : beginningSlips(typed, word, least)
    if (distance > least) continue
    least = distance
    near.push({ word: at, distance, isWhole: whole <= least })
  }
  const nearest = near.filter(({ distance }) => distance === least)
  const whole = nearest.filter(({ isWhole }) => isWhole)
  return { meant: (whole.length > 0 ? whole : nearest).map(({ word }) => ({ word, weight: SLIP / Math.max(1, least) })), isCorrected: true }
}

/** Somebody is still typing: a slip in what there is of the word so far. */
function beginningSlips(typed: string, word: string, most: number): number {
  if (word.length <= typed.length) return most + 1
  return Math.min(slips(typed, word.slice(0, typed.length), most), slips(typed, word.slice(0, typed.length + 1), most))
}

function firstAtLeast(words: readonly string[], typed: string): number {
  let [low, high] = [0, words.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((words[middle] ?? '') < typed) low = middle + 1
    else high = middle
  }
  return low
}

function lettersOf(word: string): number {
  let mask = 0
  for (let i = 0; i < word.length; i += 1) {
    const letter = word.charCodeAt(i) - 97
    mask |= letter >= 0 && letter < 26 ? 1 << letter : 1 << 26
  }
  return mask
}

function bits(mask: number): number {
  let [count, rest] = [0, mask]
  while (rest !== 0) {
    rest &= rest - 1
    count += 1
  }
  return count
}
