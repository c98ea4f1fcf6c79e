// Our lake as a peer meets it: objects in the S3 on MOTO_PORT, pointers behind the REST catalogue, one caller who may do everything.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { errorAnswer, memoryNamespaces, serveCatalog } from '@tulle/catalog'
import type { Authority, CatalogAnswer, CatalogRoom } from '@tulle/catalog'
import { ok } from '@tulle/kernel'
import { memoryCatalog, openLake } from '@tulle/lake'
import type { Lake } from '@tulle/lake'
import { openS3Objects } from '@tulle/objects'
import type { S3Credentials } from '@tulle/objects'
import { valueOf } from './exchange.ts'

export const NAMESPACE = 'interop'

export interface ServedLake {
  readonly lake: Lake
  readonly s3: { readonly endpoint: string; readonly bucket: string; readonly region: string; readonly credentials: S3Credentials }
  /** What clients take for the catalogue's address. */
  readonly uri: string
  /** Where the objects are cached, for engines that read files. */
  readonly cache: string
  close(): Promise<void>
}

const EVERYTHING: Authority = {
  free: { allowed: true },
  governed: () => Promise.resolve([]),
  isGoverned: () => Promise.resolve(false),
  record: () => Promise.resolve(ok(undefined)),
}

export async function serveLake(work: string): Promise<ServedLake> {
  const s3 = { endpoint: `http://127.0.0.1:${process.env['MOTO_PORT']}`, bucket: 'tulle-test', region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
  const cache = join(work, 'cache')
  const objects = valueOf(await openS3Objects({
    endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, prefix: 'warehouse', style: 'path', credentials: () => s3.credentials, cache: { folder: cache, limitBytes: 2 ** 30 },
  }))
  const lake = openLake({ catalog: memoryCatalog(), objects })
  const room: CatalogRoom = { lake, views: memoryCatalog(), namespaces: memoryNamespaces(), warehouse: 'peers' }
  await room.namespaces.create({ name: NAMESPACE, properties: {} })
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      void answer(room, request.method ?? '', request.url ?? '', Buffer.concat(parts).toString('utf8')).then(({ status, headers, body }) => {
        response.writeHead(status, headers)
        response.end(body)
      })
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    lake, s3, cache,
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/iceberg`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

async function answer(room: CatalogRoom, method: string, url: string, body: string): Promise<CatalogAnswer> {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const path = pathname.replace(/^\/iceberg/u, '')
  if (path === '/v1/oauth/tokens') return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ access_token: 'any', token_type: 'bearer', expires_in: 3600 }) }
  try {
    const answered = await serveCatalog(room, EVERYTHING, { method, path, query: searchParams, body })
    if (process.env['PEER_TRACE'] !== undefined) console.error(`${method} ${path} ${answered.status} ${answered.status >= 400 ? (answered.body ?? '') : ''}`)
    return answered
  } catch (error) {
    console.error(error)
    return errorAnswer([])
  }
}
