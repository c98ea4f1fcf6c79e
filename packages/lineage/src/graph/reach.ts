// What a change of some columns reaches, as numbers in typed arrays: nothing of it is named before somebody asks for a page of it.

import type { ColumnAt, Place } from './types.ts'

/** Numbers by the key that each of them has: those of key k stand from `heads[k]` up to `heads[k + 1]`, in their own order. */
export interface Groups { readonly heads: Int32Array; readonly members: Int32Array }

/** Groups the numbers 0, 1, … by the key of each, below `size`; -1 is in no group. */
export function groupNumbers(keys: Int32Array, size: number): Groups {
  const heads = new Int32Array(size + 1)
  let [count, before] = [0, 0]
  for (const key of keys) {
    if (key < 0) continue
    heads[key] = (heads[key] as number) + 1
    count += 1
  }
  for (let key = 0; key <= size; key += 1) {
    const own = heads[key] as number
    heads[key] = before
    before += own
  }
  const members = new Int32Array(count)
  const next = heads.slice()
  for (let number = 0; number < keys.length; number += 1) {
    const key = keys[number] as number
    if (key < 0) continue
    const at = next[key] as number
    members[at] = number
    next[key] = at + 1
  }
  return { heads, members }
}

/** The graph downstream. Columns, and the places that they are at, are numbers. */
export interface Downstream {
  readonly columns: readonly ColumnAt[]
  readonly places: readonly Place[]
  /** Of each column the place where it is; of one that stands for all of its place, too. */
  readonly placeOf: Int32Array
  /** 1 where a column stands for all of its place. */
  readonly isAll: Uint8Array
  /** Columns by place, but for the ones that stand for all. */
  readonly ofPlace: Groups
  /** The columns that edges lead to, by the column that they leave. */
  readonly heads: Int32Array
  readonly targets: Int32Array
}

export interface Reached {
  /** Columns that were kept, the changed ones left out. */
  readonly total: number
  /** True where there is more than was asked for. */
  readonly isCut: boolean
  /** Where kept columns are, by number. */
  readonly places: readonly number[]
  /** Whether a column was reached and kept, or is one of the changed ones. */
  has(column: number): boolean
  /** Of the kept ones, the nearest first. */
  page(offset: number, limit: number): readonly ColumnAt[]
}

const [UNSEEN, SEEN, KEPT] = [0, 1, 2]

/** Breadth first. The way leads through what is not kept, but that counts for nothing. */
export function reachDownstream(graph: Downstream, starts: readonly number[], { most, keeps }: { readonly most: number; readonly keeps: (place: Place) => boolean }): Reached {
  const { columns, places, placeOf, isAll, ofPlace, heads, targets } = graph
  const state = new Uint8Array(columns.length)
  const met = new Int32Array(Math.min(columns.length, most + starts.length))
  // Of each place that was met, how its columns stand from then on.
  const standing = new Uint8Array(places.length)
  let end = 0
  for (const start of starts) {
    if (state[start] !== UNSEEN) continue
    state[start] = KEPT
    met[end++] = start
  }
  const begun = end
  const hit: number[] = []
  let [total, isCut] = [0, false]
  const meet = (column: number): void => {
    if (end - begun >= most) {
      isCut = true
      return
    }
    const place = placeOf[column] as number
    if (standing[place] === UNSEEN) {
      standing[place] = keeps(places[place] as Place) ? KEPT : SEEN
      if (standing[place] === KEPT) hit.push(place)
    }
    state[column] = standing[place] as number
    met[end++] = column
    if (standing[place] === KEPT) total += 1
  }
  for (let at = 0; at < end; at += 1) {
    const from = met[at] as number
    const last = heads[from + 1] as number
    for (let edge = heads[from] as number; edge < last; edge += 1) {
      const to = targets[edge] as number
      // Most edges lead to where the walk has been.
      if (state[to] !== UNSEEN) continue
      if (isAll[to] !== 1) meet(to)
      else {
        state[to] = SEEN
        const place = placeOf[to] as number
        for (let own = ofPlace.heads[place] as number; own < (ofPlace.heads[place + 1] as number); own += 1) if (state[ofPlace.members[own] as number] === UNSEEN) meet(ofPlace.members[own] as number)
      }
    }
  }
  return {
    total, isCut,
    places: hit,
    has: (column) => state[column] === KEPT,
    page: (offset, limit) => {
      const page: ColumnAt[] = []
      let kept = 0
      for (let at = begun; at < end && page.length < limit; at += 1) {
        if (state[met[at] as number] !== KEPT) continue
        if (kept >= offset) page.push(columns[met[at] as number] as ColumnAt)
        kept += 1
      }
      return page
    },
  }
}
