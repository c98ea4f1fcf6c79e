// How configurations join: the project's tree from the outside in, then the schema file, then the model itself.

import type { Json } from '@tulle/kernel'
import type { Config } from '../types.ts'
import { isMap, listOf } from './read-yaml.ts'

const ADDED = new Set(['tags', 'pre-hook', 'post-hook', 'classifiers'])
const MERGED = new Set(['meta', 'docs', 'contract', 'quoting', 'column_types', 'persist_docs', 'vars'])

/** `over` wins; tags and hooks are added, meta and its kin are merged. */
export function joinConfig(under: Config, over: Config): Config {
  const joined: Record<string, Json> = { ...under }
  for (const [given, value] of Object.entries(over)) {
    const key = keyOf(given)
    const before = joined[key]
    if (ADDED.has(key)) joined[key] = key === 'tags' ? [...new Set([...listOf(before), ...listOf(value)])] : [...listOf(before), ...listOf(value)]
    else if (MERGED.has(key) && isMap(before) && isMap(value)) joined[key] = { ...before, ...value }
    else if (key === 'grants' && isMap(value)) joined[key] = { ...(isMap(before) ? before : {}), ...value }
    else joined[key] = value
  }
  return joined
}

const keyOf = (given: string): string => {
  const key = given.startsWith('+') ? given.slice(1) : given
  return key === 'pre_hook' ? 'pre-hook' : key === 'post_hook' ? 'post-hook' : key
}

/** What a tree such as `models:` says of a node: each level's `+` keys, and plain keys that are no folder on the way. */
export function configOfTree(tree: Config, fqn: readonly string[]): Config {
  let config: Config = {}
  let level: Config | undefined = tree
  for (let depth = 0; level !== undefined; depth += 1) {
    const next: string | undefined = fqn[depth]
    config = joinConfig(config, Object.fromEntries(Object.entries(level).filter(([key, value]) => key.startsWith('+') || (key !== next && (!isMap(value) || MERGED.has(key))))))
    const inner: Json | undefined = next === undefined ? undefined : level[next]
    level = isMap(inner) ? inner : undefined
  }
  return config
}
