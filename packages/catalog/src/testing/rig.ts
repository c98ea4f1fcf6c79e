// A catalogue in memory with a governed table, a masked one and a free one, and callers of three kinds.

import { createTable, loadTable, memoryCatalog, openLake, parseExactJson, printExactJson, printMetadata, stageAppend, tableOf } from '@tulle/lake'
import type { JsonObject, Lake, Table, TableName } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import { memoryNamespaces } from '../memory-namespaces.ts'
import { partialMetadata } from '../partial-table.ts'
import { serveCatalog } from '../serve-catalog.ts'
import type { Authority, CatalogAnswer, CatalogRequest, CatalogRoom, Deed, GovernedNamespace, LoadedPart } from '../types.ts'

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

/** Made of a table that nobody may see whole. */
const PART: LoadedPart = {
  metadataLocation: 's3://parts/a/metadata/b.metadata.json', config: { 's3.access-key-id': 'a' },
  metadata: partialMetadata(tableOf({ namespace: 'flights', name: 'tickets' }, 'x', {
    formatVersion: 2, uuid: 'b4f6f0b4-0000-8000-a000-000000000000', location: 'memory:/product-1/tickets', lastSequenceNumber: 1, lastUpdated: 1, lastColumnId: 1, currentSchemaId: 0, schemas: [{ schemaId: 0, fields: [] }],
    defaultSpecId: 0, partitionSpecs: [{ specId: 0, fields: [] }], lastPartitionId: 999, defaultSortOrderId: 0, sortOrders: [{ orderId: 0, fields: [] }], properties: {}, currentSnapshotId: '7',
    snapshots: [{ id: '7', sequenceNumber: 1, timestamp: 1, summary: { operation: 'append' }, manifestList: 'memory:/x' }], snapshotLog: [], metadataLog: [], refs: { main: { snapshotId: '7', type: 'branch' } }, carried: {},
  }, undefined), { uuid: '00000000-0000-8000-a000-000000000000', location: 's3://parts/a', fieldsAt: () => [{ id: 1, name: 'id', required: false, type: 'long' }] }),
}

const CONTROLLED: readonly GovernedNamespace[] = [{
  name: 'flights',
  properties: { title: 'Flights' },
  tables: [
    { name: 'flights', read: { allowed: true }, write: { allowed: true } },
    { name: 'passengers', read: { allowed: false, reason: 'A mask hides part of flights.passengers: read it by SQL at 127.0.0.1:5740.' }, write: { allowed: true } },
    { name: 'tickets', read: { allowed: false, reason: 'Only in part.' }, write: { allowed: true }, part: async () => ok(PART) },
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
