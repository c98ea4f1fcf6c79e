// Anchors and keys in memory: for tests, and for a look at what another keeps.

import type { Anchor, Anchors, Cut, EntryKey, Keys } from './types.ts'

export interface MemoryAnchors extends Anchors {
  readonly anchors: Anchor[]
  readonly cutsMade: Cut[]
}

export function memoryAnchors(): MemoryAnchors {
  const anchors: Anchor[] = []
  const cutsMade: Cut[] = []
  const places = new Map<string, string>()
  const writing = new Set<string>()
  return {
    anchors,
    cutsMade,
    claim: async (place) => {
      if (writing.has(place)) return undefined
      writing.add(place)
      return async () => void writing.delete(place)
    },
    settle: async ({ chain, place }) => void places.set(chain, place),
    places: async () => [...places].map(([chain, place]) => ({ chain, place })),
    add: async (anchor) => void anchors.push(anchor),
    last: async (chain) => anchors.findLast((anchor) => anchor.chain === chain),
    list: async () => [...anchors],
    addCut: async (cut) => void cutsMade.push(cut),
    cuts: async () => [...cutsMade],
    drop: async (chain, before) => void anchors.splice(0, anchors.length, ...anchors.filter((anchor) => anchor.chain !== chain || anchor.number >= before)),
  }
}

export function memoryKeys(): Keys & { readonly keys: Map<string, EntryKey> } {
  const keys = new Map<string, EntryKey>()
  const nameOf = (chain: string, seq: number): string => `${chain}/${seq}`
  return {
    keys,
    keep: async (kept) => {
      for (const key of kept) keys.set(nameOf(key.chain, key.seq), key)
    },
    find: async (chain, seq) => keys.get(nameOf(chain, seq))?.key,
    destroy: async (what) => {
      const gone = [...keys].filter(([, key]) => ('subject' in what ? key.subject === what.subject : key.chain === what.chain && key.seq === what.seq))
      for (const [name] of gone) keys.delete(name)
      return gone.length
    },
    destroyThrough: async (chain, seq) => {
      for (const [name, key] of keys) if (key.chain === chain && key.seq <= seq) keys.delete(name)
    },
  }
}
