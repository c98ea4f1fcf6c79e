// Pointers in memory. One turn of the event loop is its transaction.

import type { Catalog, Pointer, TableName } from './types.ts'

export function memoryCatalog(): Catalog {
  const pointers = new Map<string, { readonly name: TableName; readonly pointer: Pointer }>()
  return {
    list: async (namespace) =>
      [...pointers.values()].map((row) => row.name).filter((name) => namespace === undefined || name.namespace === namespace)
        .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    find: async (name) => pointers.get(keyOf(name))?.pointer,
    swap: async (swaps) => {
      const asExpected = swaps.every(({ name, expected }) => same(pointers.get(keyOf(name))?.pointer, expected))
      if (!asExpected || new Set(swaps.map((s) => keyOf(s.name))).size < swaps.length) return 'conflict'
      for (const { name, next } of swaps) {
        if (next === undefined) pointers.delete(keyOf(name))
        else pointers.set(keyOf(name), { name: { ...name }, pointer: { ...next } })
      }
      return 'swapped'
    },
  }
}

const keyOf = (name: TableName): string => JSON.stringify([name.namespace, name.name])

const same = (a: Pointer | undefined, b: Pointer | undefined): boolean => a?.uuid === b?.uuid && a?.metadataLocation === b?.metadataLocation
