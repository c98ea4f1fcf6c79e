// Makes a second load cost what changed. What is remembered is found again by its content, so it is never stale.

import type { Json } from '@tulle/kernel'
import type { CompiledSchema } from './capabilities/compile-schema.ts'

export interface ParseCache {
  /** Documents without findings, by a hash of their text and of how they were checked. What a file can keep. */
  readonly documents?: { get(key: string): Json | undefined; set(key: string, value: Json): void }
  /** What the last load made of each product's folder, held against the texts themselves. What a process can keep. */
  readonly folders?: Map<string, unknown>
  /** The products of the last load, with all that they see of each other. */
  readonly products?: { last: unknown }
  /** Products whose columns fit the words of mesh.yaml, under those words. */
  readonly passed?: { words: string; products: WeakSet<object> }
  /** Compiled JSON Schemas of capabilities, by their text: compiling one takes as long as reading a hundred products. */
  readonly schemas?: Map<string, CompiledSchema>
}

/** A cache within the process: a folder whose texts are the ones of the last load is not read again. */
export const memoryParseCache = (): ParseCache =>
  ({ folders: new Map(), products: { last: undefined }, passed: { words: '', products: new WeakSet() }, schemas: new Map() })
