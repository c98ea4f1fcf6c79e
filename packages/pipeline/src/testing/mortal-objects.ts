// Objects whose process dies at one boundary of a write, before or after it; and objects that acknowledge the bytes of a
// collection before they keep them, which is what a test of kills must notice.

import { setTimeout as wait } from 'node:timers/promises'
import type { Objects } from '@tulle/objects'
import { ok } from '@tulle/kernel'

export interface Mortality {
  /** The boundary at which `die` is called: 0 is before the first write, 1 after it. */
  readonly boundary?: number
  readonly die: () => Promise<never>
  /** Told of every boundary. */
  readonly passed: (boundary: number) => void
  readonly careless?: boolean
}

export function mortalObjects(objects: Objects, { boundary: fatal, die, passed, careless = false }: Mortality): Objects {
  let boundaries = 0
  const boundary = async (): Promise<void> => {
    const here = boundaries
    boundaries += 1
    passed(here)
    if (here === fatal) await die()
  }
  const bounded = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    await boundary()
    const answer = await work()
    await boundary()
    return answer
  }
  return {
    address: (path) => objects.address(path),
    pathOf: (address) => objects.pathOf(address),
    read: (address) => objects.read(address),
    localFile: (address) => objects.localFile(address),
    list: (prefix) => objects.list(prefix),
    facts: (address) => objects.facts(address),
    unfinished: (prefix) => objects.unfinished(prefix),
    remove: (address) => objects.remove(address),
    create: (path, bytes) => bounded(() => objects.create(path, bytes)),
    adopt: (path, file) => bounded(async () => {
      if (!careless || !path.includes('/inputs/')) return objects.adopt(path, file)
      void wait(LATE).then(() => objects.adopt(path, file))
      return ok(objects.address(path))
    }),
  }
}

/** Longer than anything lives that is careless. */
const LATE = 60_000
