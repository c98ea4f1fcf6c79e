// The lake as a rehearsal sees it: production's tables and objects to read, and for the data sets that it builds tables of its
// own, empty and in memory, in the shape of the contracts of the folder. There is no way from here to write what production has.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Catalog, Lake } from '@tulle/lake'
import { createTable, memoryCatalog, openLake } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { memoryObjects } from '@tulle/objects'
import { partitionsOf, sortKeysOf, toColumns } from '@tulle/providers'
import type { Target } from '../types.ts'
import { messages } from '../messages.ts'

/** `built` get tables of their own; every other one is production's. */
export async function rehearsalLake(production: Lake, built: readonly Target[]): Promise<Result<Lake>> {
  const [own, kept] = [memoryCatalog(), memoryObjects()]
  const catalog: Catalog = {
    list: (namespace) => production.catalog.list(namespace),
    find: async (name) => (await own.find(name)) ?? production.catalog.find(name),
    swap: (swaps) => own.swap(swaps),
  }
  const { cipher } = production
  // What it builds is gone when it ends, and needs no key.
  const reading = cipher === undefined ? {} : { cipher: { open: cipher.open, seal: () => Promise.resolve(ok(undefined)) } }
  const lake = openLake({ catalog, objects: objectsOver(production.objects, kept), clock: production.clock, ...reading })
  const inMemory = openLake({ catalog: own, objects: kept, clock: production.clock })
  for (const { contract, table } of built) {
    const columns = toColumns(contract.columns)
    if (!columns.ok) return columns
    const made = await createTable(inMemory, {
      name: table.name, folder: 'rehearsal', columns: columns.value,
      ...(contract.layout !== undefined && { partitioning: partitionsOf(contract.layout), sortOrder: sortKeysOf(contract.layout) }),
    })
    if (!made.ok) return made
  }
  return ok(lake)
}

/** Reads go to whoever has the address, writes only to `own`. */
function objectsOver(production: Objects, own: Objects): Objects {
  const of = (address: string): Objects => (own.pathOf(address).ok ? own : production)
  return {
    address: (path) => own.address(path),
    pathOf: (address) => of(address).pathOf(address),
    read: (address) => of(address).read(address),
    localFile: (address) => of(address).localFile(address),
    facts: (address) => of(address).facts(address),
    create: (path, bytes) => own.create(path, bytes),
    adopt: (path, file) => own.adopt(path, file),
    list: (prefix) => own.list(prefix),
    unfinished: (prefix) => own.unfinished(prefix),
    remove: async (address) => (own.pathOf(address).ok ? own.remove(address) : fail(messages['rehearsal-writes']({}))),
  }
}
