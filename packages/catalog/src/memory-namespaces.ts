// Namespaces in memory.

import type { FreeNamespace, Namespaces } from './types.ts'

export function memoryNamespaces(): Namespaces {
  const kept = new Map<string, FreeNamespace>()
  return {
    list: async () => [...kept.values()],
    find: async (name) => kept.get(name),
    create: async (namespace) => {
      if (kept.has(namespace.name)) return false
      kept.set(namespace.name, namespace)
      return true
    },
    change: async (name, change) => {
      const found = kept.get(name)
      if (found === undefined) return undefined
      const changed = { name, properties: change(found.properties) }
      kept.set(name, changed)
      return changed
    },
    drop: async (name) => kept.delete(name),
  }
}
