// A process that dies: its database and its objects answer so many steps and then nothing any more. A transaction that
// was open is rolled back, as PostgreSQL does when its client is gone.

import type { Objects } from '@tulle/objects'
import type { ProviderContext } from '../types.ts'

export class Died extends Error {}

interface Dying {
  readonly context: ProviderContext
  /** How many steps it has made. */
  readonly steps: () => number
}

/** The same world, for `life` steps. */
export function dyingAfter(life: number, context: ProviderContext): Dying {
  let steps = 0
  const step = (): void => {
    steps += 1
    if (steps > life) throw new Died(`died at step ${steps}`)
  }
  const db = context.db.withPlugin({
    transformQuery: ({ node }) => {
      step()
      return node
    },
    transformResult: ({ result }) => Promise.resolve(result),
  })
  const { objects } = context
  const mortal: Objects = {
    address: (path) => objects.address(path),
    pathOf: (address) => objects.pathOf(address),
    read: async (address) => (step(), objects.read(address)),
    create: async (path, bytes) => (step(), objects.create(path, bytes)),
    adopt: async (path, file) => (step(), objects.adopt(path, file)),
    localFile: async (address) => (step(), objects.localFile(address)),
    list: (prefix) => objects.list(prefix),
    facts: (address) => objects.facts(address),
    unfinished: (prefix) => objects.unfinished(prefix),
    remove: async (address) => (step(), objects.remove(address)),
  }
  return { context: { ...context, db, objects: mortal }, steps: () => steps }
}
