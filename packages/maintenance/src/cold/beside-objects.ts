// The warehouse and the cold store as one: which of them is meant is told by the address, or by how a path begins.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'

const COLD = '@cold/'

/** A path of the cold store beside those of the warehouse. */
export const coldPath = (path: string): string => `${COLD}${path}`

/** Neither root may lie in the other. */
export function besideObjects(warm: Objects, cold: Objects): Objects {
  const byPath = (path: string): readonly [Objects, string] => (path.startsWith(COLD) ? [cold, path.slice(COLD.length)] : [warm, path])
  const byAddress = (address: string): Objects => (cold.pathOf(address).ok ? cold : warm)
  return {
    address(path) {
      const [objects, inside] = byPath(path)
      return objects.address(inside)
    },
    pathOf(address): Result<string> {
      const inside = cold.pathOf(address)
      return inside.ok ? ok(coldPath(inside.value)) : warm.pathOf(address)
    },
    create(path, bytes) {
      const [objects, inside] = byPath(path)
      return objects.create(inside, bytes)
    },
    adopt(path, file) {
      const [objects, inside] = byPath(path)
      return objects.adopt(inside, file)
    },
    list(prefix) {
      const [objects, inside] = byPath(prefix)
      return objects.list(inside)
    },
    unfinished(prefix) {
      const [objects, inside] = byPath(prefix)
      return objects.unfinished(inside)
    },
    read: (address) => byAddress(address).read(address),
    localFile: (address) => byAddress(address).localFile(address),
    facts: (address) => byAddress(address).facts(address),
    remove: (address) => byAddress(address).remove(address),
  }
}
