// How far what a data set holds now lies from what it held before, column by column. Columns are known by their field ids,
// whatever they are called. Pure.

import type { ColumnDrift, ColumnProfile, Counted, Drift, Profile } from './types.ts'

/** Of the index: below the first nothing has moved that anybody would look at, from the second on it is another population. */
const PSI = { some: 0.1, much: 0.25 }
/** Of the share of empty cells. */
const NULLS = { some: 0.01, much: 0.05 }
/** By what the number of distinct values grew or shrank. */
const DISTINCT = { some: 1.5, much: 3 }
const LEAST_SHARE = 1e-4
const MOST_NAMED = 20
const PARTS = 10

export function driftOf(before: Profile, after: Profile): Drift {
  const old = new Map(before.columns.map((column) => [column.fieldId, column]))
  const now = new Set(after.columns.map(({ fieldId }) => fieldId))
  return {
    rows: { before: before.rows, after: after.rows },
    columns: [
      ...after.columns.map((column) => changeOf(old.get(column.fieldId), column, before.rows, after.rows)),
      ...before.columns.filter(({ fieldId }) => !now.has(fieldId)).map((column): ColumnDrift => ({ fieldId: column.fieldId, name: column.name, change: 'removed', nulls: { before: share(column.nulls, before.rows), after: 0 }, level: 'much', why: ['It is not there any more.'] })),
    ],
  }
}

function changeOf(before: ColumnProfile | undefined, after: ColumnProfile, rowsBefore: number, rowsAfter: number): ColumnDrift {
  const { fieldId, name } = after
  const nulls = { before: before === undefined ? 0 : share(before.nulls, rowsBefore), after: share(after.nulls, rowsAfter) }
  if (before === undefined) return { fieldId, name, change: 'added', nulls, level: 'some', why: ['It was not there before.'] }
  const distances = distancesOf([before, rowsBefore - before.nulls], [after, rowsAfter - after.nulls])
  const distinct = before.distinct !== undefined && after.distinct !== undefined ? { before: before.distinct, after: after.distinct } : undefined
  const isKey = [[before, rowsBefore] as const, [after, rowsAfter] as const].every(([column, rows]) => rows > 0 && (column.distinct ?? 0) > 0.9 * (rows - column.nulls))
  const listed = before.isComplete === true && after.isComplete === true
  const appeared = listed ? beyond(after, before) : undefined
  const vanished = listed ? beyond(before, after) : undefined
  const found: (readonly ['some' | 'much', string])[] = []
  const told = (amount: number, limits: { readonly some: number; readonly much: number }, sentence: string): void => {
    if (amount >= limits.some) found.push([amount >= limits.much ? 'much' : 'some', sentence])
  }
  // An empty snapshot has nothing to compare.
  if (rowsBefore > 0 && rowsAfter > 0) {
    told(Math.abs(nulls.after - nulls.before), NULLS, `Empty cells went from ${percent(nulls.before)} to ${percent(nulls.after)}.`)
    // Time goes on, and keys are new: that they lie elsewhere says nothing.
    if (distances !== undefined && after.kind !== 'time' && !isKey) told(distances.psi, PSI, `Its values are spread otherwise (PSI ${distances.psi.toFixed(2)}).`)
    if (distinct !== undefined && !isKey && distinct.before > 0 && distinct.after > 0 && after.kind !== 'time') told(Math.max(distinct.after / distinct.before, distinct.before / distinct.after), DISTINCT, `Distinct values went from ${distinct.before} to ${distinct.after}.`)
    if (appeared !== undefined && appeared.length > 0) found.push(['some', `${appeared.length === 1 ? 'A value is' : `${appeared.length} values are`} new.`])
    if (vanished !== undefined && vanished.length > 0) found.push(['some', `${vanished.length === 1 ? 'A value is' : `${vanished.length} values are`} gone.`])
  }
  return {
    fieldId, name, change: 'same', nulls,
    ...(distinct !== undefined && { distinct }),
    ...distances,
    ...(appeared !== undefined && { appeared: appeared.slice(0, MOST_NAMED) }), ...(vanished !== undefined && { vanished: vanished.slice(0, MOST_NAMED) }),
    level: found.some(([level]) => level === 'much') ? 'much' : found.length > 0 ? 'some' : 'none',
    why: found.map(([, sentence]) => sentence),
  }
}

const share = (count: number, of: number): number => (of === 0 ? 0 : count / of)
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`

const beyond = (one: ColumnProfile, other: ColumnProfile): readonly string[] => {
  const known = new Set(other.top?.map(({ value }) => value))
  return (one.top ?? []).flatMap(({ value }) => (known.has(value) ? [] : [value]))
}

interface Distances { readonly psi: number; readonly kl: number }

/** With how many values that are not empty. */
type Filled = readonly [column: ColumnProfile, filled: number]

/** By value where all are known; else by the tenths of what was, or by the most common texts or their shapes, whichever moved more. */
function distancesOf([before, filledBefore]: Filled, [after, filledAfter]: Filled): Distances | undefined {
  if (before.isComplete === true && after.isComplete === true) return categories(before.top ?? [], after.top ?? [])
  if (before.quantiles !== undefined && after.quantiles !== undefined) return tenths(before.quantiles, after.quantiles)
  if (before.kind !== 'text') return undefined
  const byShape = before.shapes !== undefined && after.shapes !== undefined ? categories(before.shapes, after.shapes) : undefined
  const byValue = commonest([before, filledBefore], [after, filledAfter])
  return byShape !== undefined && byValue !== undefined ? (byShape.psi > byValue.psi ? byShape : byValue) : byShape ?? byValue
}

/** What is not among the common values of the other is there as often as the rarest of those at most, and is taken to be. */
function commonest([before, filledBefore]: Filled, [after, filledAfter]: Filled): Distances | undefined {
  const [old, now] = [before.top ?? [], after.top ?? []]
  if (filledBefore === 0 || filledAfter === 0 || (old.length === 0 && now.length === 0)) return undefined
  const shareIn = (top: readonly Counted[], filled: number, isComplete: boolean | undefined) => {
    const known = new Map(top.map(({ value, count }) => [value, count]))
    const rarest = isComplete === true ? 0 : (top.at(-1)?.count ?? 1)
    return (value: string, other: number): number => (known.has(value) ? (known.get(value) ?? 0) / filled : Math.min(other, rarest / filled))
  }
  const [inOld, inNow] = [shareIn(old, filledBefore, before.isComplete), shareIn(now, filledAfter, after.isComplete)]
  const pairs = [...new Set([...old, ...now].map(({ value }) => value))].map((value) => [inOld(value, inNow(value, 1)), inNow(value, inOld(value, 1))] as const)
  const rest = pairs.reduce((left, [q, p]) => [left[0] - q, left[1] - p] as const, [1, 1] as readonly [number, number])
  return distance([...pairs, [Math.max(0, rest[0]), Math.max(0, rest[1])]])
}

function categories(before: readonly Counted[], after: readonly Counted[]): Distances | undefined {
  const [old, now] = [before, after].map((all) => new Map(all.map(({ value, count }) => [value, count]))) as [Map<string, number>, Map<string, number>]
  const [totalOld, totalNow] = [old, now].map((all) => [...all.values()].reduce((sum, count) => sum + count, 0)) as [number, number]
  if (totalOld === 0 || totalNow === 0) return undefined
  return distance([...new Set([...old.keys(), ...now.keys()])].map((value) => [(old.get(value) ?? 0) / totalOld, (now.get(value) ?? 0) / totalNow]))
}

function tenths(before: readonly number[], after: readonly number[]): Distances {
  const step = (before.length - 1) / PARTS
  const edges = [...new Set(Array.from({ length: PARTS - 1 }, (_, i) => before[Math.round((i + 1) * step)] as number))]
  const shares = (quantiles: readonly number[]): readonly number[] => {
    const upTo = [...edges.map((edge) => quantiles.findLastIndex((value) => value <= edge) / (quantiles.length - 1)).map((one) => Math.max(one, 0)), 1]
    return upTo.map((one, i) => one - (upTo[i - 1] ?? 0))
  }
  const now = shares(after)
  return distance(shares(before).map((one, i) => [one, now[i] ?? 0]))
}

/** `q` was, `p` is. An empty part counts as nearly empty, or the distance would have no end. */
function distance(pairs: readonly (readonly [q: number, p: number])[]): Distances {
  let [psi, kl] = [0, 0]
  for (const [q, p] of pairs) {
    if (p === 0 && q === 0) continue
    const [floorP, floorQ] = [Math.max(p, LEAST_SHARE), Math.max(q, LEAST_SHARE)]
    psi += (floorP - floorQ) * Math.log(floorP / floorQ)
    kl += p === 0 ? 0 : p * Math.log(p / floorQ)
  }
  return { psi, kl: Math.max(kl, 0) }
}
