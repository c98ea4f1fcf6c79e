// Nodes while a project is read: everything but what they need, which is known only when all nodes are.

import type { Json } from '@tulle/kernel'
import type { Config, Node } from '../types.ts'
import type { Entry } from './read-schema.ts'

export interface Draft extends Omit<Node, 'needs' | 'macros'> { readonly entry: Entry | undefined }

/** What the tests that YAML names of a thing hang on. */
export interface Tested {
  readonly entry: Entry
  readonly raw: Config
  /** The node's or source's id, its name as test names show it, and the reference that the test's `model` is. */
  readonly about: string
  readonly shown: string
  readonly reference: string
  readonly kind: 'node' | 'source'
  readonly fqn: readonly string[]
}

export const enabled = (config: Config): boolean => config['enabled'] !== false

export const textList = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [])
