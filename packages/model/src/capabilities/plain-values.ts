// Property values come plain or wrapped as `{value: …}`. This makes them plain, and keeps the way back for places.

import type { Json } from '@tulle/kernel'
import type { Path } from '../yaml/locate.ts'

type Properties = Readonly<Record<string, Json>>

const isWrapped = (value: Json | undefined): value is { readonly value: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 1 && Object.hasOwn(value, 'value')

/** Properties with every wrapped value plain. */
export function plainValues(properties: Properties): Properties {
  const plain: Record<string, Json> = {}
  for (const [name, value] of Object.entries(properties)) {
    // `__proto__` is a key like any other in the text, and must not become a prototype here.
    Object.defineProperty(plain, name, { value: isWrapped(value) ? value.value : value, enumerable: true, configurable: true, writable: true })
  }
  return plain
}

/** The path in the written document of a path in the plain one. */
export function writtenPath(written: Properties, path: Path): Path {
  const [name, ...rest] = path
  if (typeof name !== 'string' || !Object.hasOwn(written, name)) return path
  return isWrapped(written[name]) ? [name, 'value', ...rest] : path
}
