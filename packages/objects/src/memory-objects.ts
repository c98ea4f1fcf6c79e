// Objects in memory, held to the same rules as those on disk. Only engines need files: those are made on demand.

import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok, sha256, systemClock } from '@tulle/kernel'
import type { Objects } from './types.ts'
import { checkObjectPath } from './object-path.ts'
import { messages } from './messages.ts'

const ROOT = 'memory:'

export function memoryObjects(clock: Pick<Clock, 'now'> = systemClock): Objects {
  const objects = new Map<string, { readonly bytes: Uint8Array; readonly since: number }>()
  let folder: Promise<string> | undefined
  const pathOf = (address: string): Result<string> => {
    if (!address.startsWith(`${ROOT}/`)) return fail(messages['outside-root']({ address, root: ROOT }))
    const path = address.slice(ROOT.length + 1)
    const bad = checkObjectPath(path)
    return bad === undefined ? ok(path) : fail(bad)
  }
  const find = (address: string): Result<{ readonly bytes: Uint8Array; readonly since: number }> => {
    const path = pathOf(address)
    if (!path.ok) return path
    const object = objects.get(path.value)
    return object === undefined ? fail(messages['object-missing']({ address })) : ok(object)
  }
  const read = async (address: string): Promise<Result<Uint8Array>> => {
    const object = find(address)
    return object.ok ? ok(object.value.bytes.slice()) : object
  }
  const create = async (path: string, bytes: Uint8Array): Promise<Result<string>> => {
    const bad = checkObjectPath(path)
    if (bad !== undefined) return fail(bad)
    const address = `${ROOT}/${path}`
    if (objects.has(path)) return fail(messages['object-exists']({ address }))
    objects.set(path, { bytes: Uint8Array.from(bytes), since: clock.now() })
    return ok(address)
  }
  return {
    address: (path) => `${ROOT}/${path}`,
    pathOf,
    read,
    create,
    adopt: async (path, localFile) => {
      const bad = checkObjectPath(path)
      if (bad !== undefined) return fail(bad)
      const bytes = await readFile(localFile).catch(() => undefined)
      return bytes === undefined ? fail(messages['object-unwritable']({ address: `${ROOT}/${path}`, reason: 'the file is not there' })) : create(path, bytes)
    },
    localFile: async (address) => {
      const bytes = await read(address)
      if (!bytes.ok) return bytes
      folder ??= mkdtemp(join(tmpdir(), 'tulle-objects-'))
      const file = join(await folder, sha256(address))
      await writeFile(file, bytes.value)
      return ok(file)
    },
    async *list(prefix) {
      for (const path of objects.keys()) {
        if (prefix === '' || path.startsWith(`${prefix}/`)) yield `${ROOT}/${path}`
      }
    },
    facts: async (address) => {
      const object = find(address)
      return object.ok ? ok({ bytes: object.value.bytes.length, since: object.value.since }) : object
    },
    // A write in memory is done as soon as it has begun.
    async *unfinished() {},
    remove: async (address) => {
      const path = pathOf(address)
      if (!path.ok) return path
      objects.delete(path.value)
      return ok(undefined)
    },
  }
}
