// How the columns of a text are called over given relations. It follows from both alone, so an engine is asked once.

import type { Prepared } from '@tulle/engine'
import { sha256 } from '@tulle/kernel'
import type { GovernedRelation } from './engine-pool.ts'

export interface Descriptions {
  find(text: string, relations: readonly GovernedRelation[]): Prepared | undefined
  keep(text: string, relations: readonly GovernedRelation[], description: Prepared): void
}

const REMEMBERED = 2000
/** Wider answers are asked for again. */
const WIDEST = 1000

export function createDescriptions(): Descriptions {
  const memory = new Map<string, Prepared>()
  const keyOf = (text: string, relations: readonly GovernedRelation[]): string =>
    sha256(JSON.stringify([text, relations.map(({ relation: { schema, name }, shape }) => [schema, name, shape])]))
  return {
    find(text, relations) {
      const key = keyOf(text, relations)
      const found = memory.get(key)
      if (found !== undefined) {
        memory.delete(key)
        memory.set(key, found)
      }
      return found
    },
    keep(text, relations, description) {
      if (description.columns.length > WIDEST) return
      memory.set(keyOf(text, relations), description)
      for (const oldest of memory.keys()) {
        if (memory.size <= REMEMBERED) break
        memory.delete(oldest)
      }
    },
  }
}
