// A lake whose new objects are kept in memory until they are written, all side by side. Of the metadata files only one is
// written: each has all that those before it had.

import type { Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import { objectMessages } from '@tulle/objects'
import type { Lake, TableMetadata } from './types.ts'
import { metadataBytes } from './write-metadata.ts'

export interface HeldBack {
  readonly lake: Lake
  /** Writes what was created, with the metadata file of that address. Answers when all of it is on disk. */
  write(metadataLocation: string): Promise<Result<void>>
}

export function holdBack(lake: Lake): HeldBack {
  const created = new Map<string, { readonly path: string; readonly bytes: Uint8Array }>()
  const postponed = new Map<string, TableMetadata>()
  const { objects, memory } = lake
  const held: Lake = {
    ...lake,
    postponed,
    memory: { get: (address) => memory.get(address), put: () => undefined },
    objects: {
      address: (path) => objects.address(path),
      pathOf: (address) => objects.pathOf(address),
      read: async (address) => {
        const bytes = created.get(address)?.bytes
        return bytes === undefined ? objects.read(address) : ok(bytes)
      },
      create: async (path, bytes) => {
        const address = objects.address(path)
        if (created.has(address)) return fail(objectMessages['object-exists']({ address }))
        created.set(address, { path, bytes })
        return ok(address)
      },
      adopt: (path, localFile) => objects.adopt(path, localFile),
      localFile: (address) => objects.localFile(address),
      list: (prefix) => objects.list(prefix),
      facts: (address) => objects.facts(address),
      unfinished: (prefix) => objects.unfinished(prefix),
      remove: (address) => objects.remove(address),
    },
  }
  const write = async (metadataLocation: string): Promise<Result<void>> => {
    const [path, metadata] = [...postponed].find(([at]) => objects.address(at) === metadataLocation) ?? []
    if (path === undefined || metadata === undefined) throw new Bug(`${metadataLocation} is to be written, but nobody staged it.`)
    const files = [...created.values(), { path, bytes: metadataBytes(metadata) }]
    const written = await Promise.all(files.map((file) => objects.create(file.path, file.bytes)))
    const failed = written.find((result) => !result.ok)
    if (failed !== undefined && !failed.ok) return failed
    memory.put(metadataLocation, metadata)
    return ok(undefined)
  }
  return { lake: held, write }
}
