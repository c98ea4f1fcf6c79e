// Two specs become the list of facts that differ, each with a path and a sentence. Pure; the order is the path's.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { FieldChange, Spec } from './types.ts'

/** What a kind knows about one of its facts. `whole` keeps the comparison from looking inside. */
export interface Verdict {
  readonly breaking?: boolean
  readonly destructive?: boolean
  readonly sentence?: string
}
export interface Knowledge {
  /** True where the fact is one value, however deep: its parts are not compared one by one. */
  readonly whole?: (path: readonly string[]) => boolean
  readonly judge?: (path: readonly string[], before: Json | undefined, after: Json | undefined) => Verdict | undefined
}

/** Compares member by member. Lists of things with a `name` are compared by name, other lists as one value. */
export function compareSpecs(before: Spec, after: Spec, knowledge: Knowledge = {}): readonly FieldChange[] {
  const changes: FieldChange[] = []
  compare([], before, after, knowledge, changes)
  return changes
}

function compare(path: readonly string[], before: Json | undefined, after: Json | undefined, knowledge: Knowledge, changes: FieldChange[]): void {
  if (before === after) return
  const whole = knowledge.whole?.(path) === true
  const parts = whole ? undefined : partsOf(before, after)
  if (parts !== undefined) {
    for (const [name, was, is] of parts) compare([...path, name], was, is, knowledge, changes)
    compareOrder(path, before, after, changes)
    return
  }
  if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return
  const verdict = knowledge.judge?.(path, before, after)
  changes.push({
    path: path.join('.'),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    breaking: verdict?.breaking ?? false,
    destructive: verdict?.destructive ?? false,
    sentence: verdict?.sentence ?? plainSentence(path, before, after),
  })
}

type Part = readonly [name: string, before: Json | undefined, after: Json | undefined]

function partsOf(before: Json | undefined, after: Json | undefined): readonly Part[] | undefined {
  const was = membersOf(before)
  const is = membersOf(after)
  if (was === undefined || is === undefined) return undefined
  return [...new Set([...was.keys(), ...is.keys()])].map((name) => [name, was.get(name), is.get(name)])
}

// Names alone would hide that a list was only reordered, and a difference without a field would never be applied.
function compareOrder(path: readonly string[], before: Json | undefined, after: Json | undefined, changes: FieldChange[]): void {
  if (!Array.isArray(before) || !Array.isArray(after)) return
  const was = [...(membersOf(before) ?? new Map<string, Json>()).keys()]
  const is = [...(membersOf(after) ?? new Map<string, Json>()).keys()]
  const kept = was.filter((name) => is.includes(name))
  const order = is.filter((name) => was.includes(name))
  if (kept.join('\0') === order.join('\0')) return
  changes.push({ path: path.join('.'), before: was, after: is, breaking: false, destructive: false, sentence: `${path.join('.')} are in another order.` })
}

function membersOf(value: Json | undefined): ReadonlyMap<string, Json> | undefined {
  if (value === null || typeof value !== 'object') return undefined
  if (!isList(value)) return new Map(Object.entries(value).filter((member): member is [string, Json] => member[1] !== undefined))
  const named = new Map<string, Json>()
  for (const item of value) {
    if (item === null || typeof item !== 'object' || isList(item) || typeof item['name'] !== 'string') return undefined
    named.set(item['name'], item)
  }
  return named.size === value.length ? named : undefined
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

function plainSentence(path: readonly string[], before: Json | undefined, after: Json | undefined): string {
  const what = path.join('.')
  if (before === undefined) return `${what} is set to ${valueText(after)}.`
  if (after === undefined) return `${what} is no longer set (it was ${valueText(before)}).`
  return `${what} changes from ${valueText(before)} to ${valueText(after)}.`
}

/** A value for a sentence: short, on one line. */
function valueText(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'string' && /^[\w.:/*@+-]{1,60}$/u.test(value) ? value : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
