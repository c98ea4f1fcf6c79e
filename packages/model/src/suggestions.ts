// Names to offer instead of a wrong one. A search through all names of a large mesh is made once for each wrong name,
// and only for the first hundred: a mesh in which everything is wrong must still be answered at once.

import { nearest } from '@tulle/kernel'

/** A few names for a message about a wrong one: the nearest first. */
export type Suggest = (wrong: string) => readonly string[]

const MOST_SEARCHES = 100
const SHOWN = 12

export function suggestions(candidates: () => Iterable<string>): Suggest {
  const found = new Map<string, readonly string[]>()
  let shown: readonly string[] | undefined
  return (wrong) => {
    shown ??= firstOf(candidates(), SHOWN)
    const known = found.get(wrong)
    if (known !== undefined) return known
    if (found.size >= MOST_SEARCHES) return shown
    const best = nearest(wrong.slice(0, 200), candidates())
    const names = best === undefined ? shown : [best, ...shown.filter((name) => name !== best)]
    found.set(wrong, names)
    return names
  }
}

function firstOf(names: Iterable<string>, most: number): readonly string[] {
  const first: string[] = []
  for (const name of names) {
    if (first.length >= most) break
    first.push(name)
  }
  return first
}
