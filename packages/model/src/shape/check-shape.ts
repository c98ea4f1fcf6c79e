// Holds a value against a zod description and says in our own words what differs, each with a place.

import type { z } from 'zod'
import type { Diagnostic, Json, Place } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Path, PathPart } from '../yaml/locate.ts'
import { describeExpected, keysAt, wordFor } from './describe-shape.ts'

type Issue = z.core.$ZodIssue

export interface ShapeCheck {
  readonly value: Json
  readonly schema: z.ZodType
  /** Where a path of the value stands in its file. */
  readonly place: (path: Path, part?: PathPart) => Place
}

/** Everything in which the value differs from its description; empty when it fits. */
export function checkShape(check: ShapeCheck): readonly Diagnostic[] {
  const outcome = check.schema.safeParse(check.value)
  return outcome.success ? [] : outcome.error.issues.flatMap((issue) => sentences(issue, [], check))
}

function sentences(issue: Issue, above: Path, check: ShapeCheck): readonly Diagnostic[] {
  const path: Path = [...above, ...(issue.path as (string | number)[])]
  const name = nameOf(path)
  const found = valueAt(check.value, path)
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(check.schema, path, check.value)
      return issue.keys.map((key) => messages['unknown-key']({ name: key, known }, { place: check.place([...path, key], 'key') }))
    }
    case 'invalid_union':
      return likeliest(issue.errors).flatMap((inner) => sentences(inner, path, check))
    default:
      break
  }
  if (found === undefined) {
    return [messages['missing-key']({ name, expected: describeExpected(check.schema, path, check.value) }, { place: check.place(path.slice(0, -1), 'key') })]
  }
  const place = check.place(path)
  switch (issue.code) {
    case 'invalid_type':
      return [messages['wrong-type']({ name, expected: wordFor(issue.expected), found: wordOf(found) }, { place })]
    case 'invalid_value':
      return [messages['not-one-of']({ name, found: wordOf(found), known: issue.values.map(String) }, { place })]
    case 'invalid_key':
      return [messages['bad-value']({ name, rule: issue.issues[0]?.message ?? 'has a bad key', found: wordOf(found) }, { place: check.place(path, 'key') })]
    default:
      return [messages['bad-value']({ name, rule: issue.message, found: wordOf(found) }, { place })]
  }
}

/** Of the branches of a union, the one that the writer most likely meant: the one that fails deepest, of the right type, and least. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]): number => issues.reduce((deepest, issue) => Math.max(deepest, issue.path.length), 0)
  const ofWrongType = (issues: readonly Issue[]): number => issues.filter((issue) => issue.code === 'invalid_type').length
  return [...branches].sort((a, b) => depth(b) - depth(a) || ofWrongType(a) - ofWrongType(b) || a.length - b.length)[0] ?? []
}

const nameOf = (path: Path): string => {
  const last = path.at(-1)
  if (last === undefined) return 'document'
  return typeof last === 'string' ? last : `${String(path.at(-2) ?? 'list')}[${last}]`
}

function valueAt(value: Json, path: Path): Json | undefined {
  let at: Json | undefined = value
  for (const step of path) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string | number, Json>)[step]
  }
  return at
}

/** A value as a person reads it in a sentence. */
function wordOf(value: Json): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  return String(value)
}
