// JSON whose numbers stay as they were written: those of JavaScript would round them.

import type { Json } from '@tulle/kernel'

interface RawJson { readonly rawJSON: string }
interface Exact {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): RawJson
}

const EXACT = JSON as unknown as Exact

/** Throws `SyntaxError`. */
export const parseExact = (text: string): Json =>
  EXACT.parse(text, (_, value, { source }) => (typeof value === 'number' && source !== undefined ? exactly(source) : value)) as Json

/** Engines read a fraction by way of a double; as text it is read as it is. */
const exactly = (source: string): RawJson | string =>
  (/[.eE]/u.test(source) && source.replaceAll(/[^\d]/gu, '').length > 15 ? source : EXACT.rawJSON(source))

/** What stands at `data.items`; undefined where nothing does. The empty path is the whole. */
export function valueAt(value: Json, path: string): Json | undefined {
  let at: Json | undefined = value
  for (const step of path === '' ? [] : path.split('.')) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, step)) return undefined
    at = (at as Readonly<Record<string, Json>>)[step]
  }
  return at
}

/** A text or a number, as text; undefined for anything else. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  const raw = (value as { readonly rawJSON?: string } | null | undefined)?.rawJSON
  return typeof raw === 'string' ? raw : undefined
}
