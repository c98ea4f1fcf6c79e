// A catalogue in memory with a governed table, a masked one and a free one, and callers of three kinds.

import { createTable, loadTable, memoryCatalog, openLake, parseExactJson, printExactJson, printMetadata, stageAppend } from '@tulle/lake'
import type { JsonObject, Lake, Table, TableName } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import { memoryNamespaces } from '../memory-namespaces.ts'
import { serveCatalog } from '../serve-catalog.ts'
import type { Authority, CatalogAnswer, CatalogRequest, CatalogRoom, Deed, GovernedNamespace } from '../types.ts'

export type CallerName = 'administrator' | 'reader' | 'stranger'

export const FLIGHTS: TableName = { namespace: 'flights', name: 'flights' }
const MASKED: TableName = { namespace: 'flights', name: 'passengers' }
export const FREE: TableName = { namespace: 'scratch', name: 'notes' }

export interface Rig {
  readonly room: CatalogRoom
  readonly lake: Lake
  readonly deeds: Deed[]
  send(caller: CallerName, request: string, body?: unknown, headers?: { readonly ifNoneMatch?: string }): Promise<CatalogAnswer>
  /** A snapshot that is written but not committed, as a client would hand it in. */
  snapshotFor(name: TableName): Promise<{ readonly snapshot: JsonObject; readonly base: Table }>
}

const CONTROLLED: readonly GovernedNamespace[] = [{
  name: 'flights',
  properties: { title: 'Flights' },
  tables: [
    { name: 'flights', read: { allowed: true }, write: { allowed: true } },
    { name: 'passengers', read: { allowed: false, reason: 'A mask hides part of flights.passengers: read it by SQL at 127.0.0.1:5740.' }, write: { allowed: true } },
  ],
}]

export async function openRig(lakeOptions: Partial<Parameters<typeof openLake>[0]> = {}): Promise<Rig> {
  const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(), ...lakeOptions })
  const room: CatalogRoom = { lake, views: memoryCatalog(), namespaces: memoryNamespaces(), warehouse: 'shop' }
  await room.namespaces.create({ name: 'scratch', properties: { owner: 'ada' } })
  for (const name of [FLIGHTS, MASKED]) valueOf(await createTable(lake, { name, folder: 'product-1', columns: [{ name: 'id', type: 'long', required: true }, { name: 'origin', type: 'string' }] }))
  valueOf(await createTable(lake, { name: FREE, folder: 'free/scratch', columns: [{ name: 'id', type: 'long' }] }))
  const deeds: Deed[] = []
  const authority = (caller: CallerName): Authority => ({
    free: caller === 'administrator' ? { allowed: true } : { allowed: false, reason: `A ${caller} may not change the catalogue.` },
    governed: async () => (caller === 'stranger' ? [] : caller === 'administrator' ? CONTROLLED : CONTROLLED.map((namespace) => ({
      ...namespace, tables: namespace.tables.map((table) => ({ ...table, write: { allowed: false, reason: 'A reader may not write.' } })),
    }))),
    isGoverned: async (namespace) => namespace === 'flights',
    record: async (deed) => {
      deeds.push(deed)
      return ok(undefined)
    },
  })
  return {
    room, lake, deeds,
    send: (caller, request, body, headers = {}) => serveCatalog(room, authority(caller), { ...requestOf(request), body: body === undefined ? '' : typeof body === 'string' ? body : printExactJson(body as JsonObject), ...headers }),
    snapshotFor: async (name) => {
      const base = valueOf(await loadTable(lake, name))
      const folder = valueOf(lake.objects.pathOf(base.location))
      const path = valueOf(await lake.objects.create(`${folder}/data/${lake.ids.uuid()}.parquet`, Buffer.from('rows')))
      const staged = valueOf(await stageAppend(lake, base, { files: [{ path, rows: 1, bytes: 4 }] }))
      const metadata = valueOf(parseExactJson(printMetadata(staged.table.metadata), 'x')) as { readonly snapshots: readonly JsonObject[] }
      return { snapshot: metadata.snapshots.at(-1) as JsonObject, base }
    },
  }
}

function requestOf(request: string): Omit<CatalogRequest, 'body'> {
  const [method = '', address = ''] = request.split(' ')
  const [path = '', query = ''] = address.split('?')
  return { method, path, query: new URLSearchParams(query) }
}

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
