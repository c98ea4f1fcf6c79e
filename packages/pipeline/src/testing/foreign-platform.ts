// Another platform: a lake in a folder of its own, offered by its Iceberg REST catalogue over HTTP.

import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chmod, copyFile, mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { giveToken, memoryNamespaces, serveCatalog } from '@tulle/catalog'
import type { Authority } from '@tulle/catalog'
import type { Engine, EngineProcess } from '@tulle/engine'
import { ok } from '@tulle/kernel'
import type { DataFile, Lake, Table } from '@tulle/lake'
import { commit, createTable, loadTable, memoryCatalog, newDataPath, openLake, stageAppend, stagePartitioning, stageRowDelta } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import type { Objects } from '@tulle/objects'
import { dataFileOf, writeRows } from '@tulle/tables'
import { valueOf } from './pipeline-rig.ts'

export interface ForeignPlatform extends AsyncDisposable {
  readonly uri: string
  readonly host: string
  readonly lake: Lake
  readonly storage: Objects
  /** Answers instead of the catalogue, where it is set: a path to what is sent. */
  answer: ((path: string, response: ServerResponse) => boolean) | undefined
  /** What arrived: method and path. */
  readonly asked: string[]
  table(): Promise<Table>
  append(query: string): Promise<Table>
  /** An equality delete of these ids. */
  delete(ids: readonly number[]): Promise<Table>
}

export const ORDERS = { namespace: 'sales.eu', name: 'orders' }
export const SECRET = 'ada:let me in'
const PASSWORD = 'let me in'
const TOKEN = 'a-token-that-nobody-guesses'

/** `orders` of `sales.eu`, partitioned by region; `masked` beside it may be seen by its name alone. */
export async function foreignPlatform(folder: string, engine: Engine): Promise<ForeignPlatform> {
  const home = await mkdtemp(join(folder, 'foreign-'))
  const work = join(home, 'work')
  await mkdir(work)
  for (const open of [home, work]) await chmod(open, 0o777)
  const storage = localObjects(join(home, 'lake'))
  const lake = openLake({ catalog: memoryCatalog(), objects: storage })
  const columns = [{ name: 'id', type: 'long', required: true }, { name: 'region', type: 'string' }, { name: 'amount', type: 'double' }]
  const created = valueOf(await createTable(lake, { name: ORDERS, folder: 'orders', columns }))
  const partitioned = valueOf(await stagePartitioning(lake, created, [{ source: 'region', transform: 'identity' }]))
  if (partitioned !== undefined) valueOf(await commit(lake, [partitioned]))
  valueOf(await createTable(lake, { name: { ...ORDERS, name: 'masked' }, folder: 'masked', columns }))
  const process: EngineProcess = valueOf(await engine.start({ readPaths: [work], writePaths: [work], memoryMegabytes: 256, threads: 1 }))
  const table = async (): Promise<Table> => valueOf(await loadTable(lake, ORDERS))
  let runs = 0

  const write = async (into: Table, query: string): Promise<readonly DataFile[]> => {
    const written = valueOf(await writeRows(process, into, { query, folder: work, name: `w${runs++}` }))
    return Promise.all(written.map(async (one) => {
      const copy = join(work, `copy-${runs++}.parquet`)
      await copyFile(one.file.path, copy)
      return dataFileOf(into, one, valueOf(await storage.adopt(newDataPath(lake, into), copy)))
    }))
  }

  const room = { lake, views: memoryCatalog(), namespaces: memoryNamespaces(), warehouse: 'prod' }
  const readable = { read: { allowed: true }, write: { allowed: false, reason: 'Readers do not write.' } } as const
  const masked = { ...readable, read: { allowed: false, reason: 'A mask hides part of sales.eu.masked.' } } as const
  const authority: Authority = {
    free: { allowed: false, reason: 'Nobody may.' },
    governed: async () => [{ name: 'sales.eu', properties: {}, tables: [{ name: 'orders', ...readable }, { name: 'masked', ...masked }] }],
    isGoverned: async () => true,
    record: async () => ok(undefined),
  }
  const platform: { answer: ForeignPlatform['answer']; readonly asked: string[] } = { answer: undefined, asked: [] }
  const server = createServer((request, response) => void (async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of request) chunks.push(chunk as Uint8Array)
    const [body, url] = [Buffer.concat(chunks).toString('utf8'), new URL(request.url ?? '/', 'http://x')]
    platform.asked.push(`${request.method ?? ''} ${url.pathname}`)
    if (platform.answer?.(url.pathname, response) === true) return
    const answer = url.pathname === '/v1/oauth/tokens'
      ? await giveToken(async (_, secret) => (secret === PASSWORD ? { ok: true, value: { token: TOKEN }, diagnostics: [] } : { ok: false, diagnostics: [] }), { body }, 0)
      : request.headers.authorization === `Bearer ${TOKEN}`
        ? await serveCatalog(room, authority, { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, body })
        : { status: 401, headers: {}, body: '{"error":{"message":"Who are you?","type":"NotAuthorizedException","code":401}}' }
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`

  return Object.assign(platform, {
    uri: `http://${host}`, host, lake, storage, table,
    append: async (query: string) => {
      const now = await table()
      return valueOf(await commit(lake, [valueOf(await stageAppend(lake, now, { files: await write(now, query) }))]))[0] as Table
    },
    delete: async (ids: readonly number[]) => {
      const now = await table()
      const plain: Table = { ...now, metadata: { ...now.metadata, defaultSpecId: 0 } }
      const [file] = await write(plain, `SELECT * FROM (VALUES ${ids.map((id) => `(${id}::bigint, NULL::varchar, NULL::double)`).join(', ')}) AS v(id, region, amount)`)
      const deletes: DataFile = { ...(file as DataFile), content: 'equality-deletes', equalityIds: [1], specId: 0, partition: [] }
      return valueOf(await commit(lake, [valueOf(await stageRowDelta(lake, now, { deletes: [deletes] }))]))[0] as Table
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await process.kill()
    },
  })
}
