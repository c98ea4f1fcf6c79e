// Property values come plain or wrapped as `{value: …}`. This makes them plain, and keeps the way back for places.

import type { Json } from '@tulle/kernel'
import type { Path } from '../yaml/locate.ts'

type Properties = Readonly<Record<string, Json>>

const isWrapped = (value: Json | undefined): value is { readonly value: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 1 && Object.hasOwn(value, 'value')

/** Properties with every wrapped value plain. */
export function plainValues(properties: Properties): Properties {
  if (!Object.values(properties).some(isWrapped)) return properties
  // `fromEntries` makes own members even of `__proto__`, which is a key like any other in the text.
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, isWrapped(value) ? value.value : value]))
}

/** The path in the written document of a path in the plain one. */
export function writtenPath(written: Properties, path: Path): Path {
  const [name, ...rest] = path
  if (typeof name !== 'string' || !Object.hasOwn(written, name)) return path
  return isWrapped(written[name]) ? [name, 'value', ...rest] : path
}
