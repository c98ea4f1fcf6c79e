// A small S3 for tests: one bucket, in memory, with verified signatures, both styles, conditions that are honoured, uploads in
// parts, and faults on demand.

import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { once } from 'node:events'
import type { Clock } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import type { S3Credentials } from '../s3/s3-client.ts'
import { childrenOf, parseXml, textOf } from '../s3/xml.ts'
import { s3RefusalOf } from '../s3/verify-signature.ts'

/** What a request meets: nothing, an answer in place of the right one, or the right one that gets lost, is cut or comes never. */
export type S3Fault = { readonly status: number; readonly code: string } | 'drop-before' | 'drop-after' | 'cut-short' | 'silence'

export interface S3ServerOptions {
  /** Asked at each request; `index` counts them from 0. */
  readonly faults?: (request: { readonly method: string; readonly key: string; readonly query: URLSearchParams; readonly index: number }) => S3Fault | undefined
  /** Passes over `If-None-Match` and `If-Match`, as some stores do. */
  readonly ignoresConditions?: boolean
  /** Makes the keys temporary ones, which go with a token. */
  readonly sessionToken?: string
  /** Most keys of one page of a listing. */
  readonly pageKeys?: number
  /** What a part must have at least, but for the last; S3 asks for 5 MiB. */
  readonly leastPartBytes?: number
  readonly clock?: Pick<Clock, 'now'>
  readonly port?: number
}

export interface S3Server {
  readonly bucket: string
  readonly region: string
  readonly credentials: S3Credentials
  /** For the path style. */
  readonly endpoint: string
  /** For the style of hosts, whose names only `lookUpHere` knows. */
  readonly hostEndpoint: string
  /** What lies there now, by key. */
  readonly objects: ReadonlyMap<string, { readonly bytes: Uint8Array }>
  /** How many uploads in parts were begun and neither completed nor given up. */
  uploads(): number
  /** How many requests have come. */
  requests(): number
  close(): Promise<void>
}

interface Stored { readonly bytes: Uint8Array; readonly etag: string; readonly modified: number; readonly metadata: Readonly<Record<string, string>> }
interface Upload { readonly key: string; readonly begun: number; readonly metadata: Readonly<Record<string, string>>; readonly parts: Map<number, Stored> }
interface Answer { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Uint8Array }

const BUCKET = 'tulle-test'
const REGION = 'eu-test-1'
const HOST = 's3.test'
const LEAST_PART_BYTES = 5 * 1024 * 1024

/** Starts it on a free port of this machine. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const bucket = new Bucket(options)
  const { sessionToken } = options
  const credentials: S3Credentials = { accessKeyId: 'TESTKEY', secretAccessKey: randomUUID(), ...(sessionToken !== undefined && { sessionToken }) }
  let requests = 0
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy())
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts)
    const { key, query, isOurs } = targetOf(request)
    const fault = options.faults?.({ method: request.method ?? '', key, query, index: requests })
    requests += 1
    if (fault === 'drop-before') return void response.destroy()
    if (fault === 'silence') return
    const refusal = s3RefusalOf(request, body, { region: REGION, credentials, now: (options.clock ?? systemClock).now() })
    const given = typeof fault === 'object' ? refused(fault.status, fault.code)
      : refusal !== undefined ? refused(refusal === 'XAmzContentSHA256Mismatch' ? 400 : 403, refusal)
      : isOurs ? bucket.answer({ method: request.method ?? '', key, query, headers: request.headers, body }) : refused(404, 'NoSuchBucket')
    if (fault === 'drop-after') return void response.destroy()
    const content = Buffer.from(given.body ?? '')
    response.writeHead(given.status, { 'content-length': content.length, ...given.headers })
    if (fault === 'cut-short' && content.length > 0 && request.method !== 'HEAD') {
      response.write(content.subarray(0, content.length >> 1))
      return void setImmediate(() => response.destroy())
    }
    response.end(request.method === 'HEAD' ? undefined : content)
  }
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    bucket: BUCKET, region: REGION, credentials, endpoint: `http://127.0.0.1:${port}`, hostEndpoint: `http://${HOST}:${port}`,
    objects: bucket.objects, uploads: () => bucket.uploads.size, requests: () => requests, close: () => close(server),
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** The key, from the path or with the bucket in the host. */
function targetOf(request: IncomingMessage): { readonly key: string; readonly query: URLSearchParams; readonly isOurs: boolean } {
  const [path = '', search = ''] = (request.url ?? '').split('?', 2)
  const host = (request.headers.host ?? '').replace(/:\d+$/u, '')
  const inHost = host.endsWith(`.${HOST}`)
  const named = inHost ? `${host.slice(0, -HOST.length - 1)}${path}` : path.slice(1)
  const [bucket = '', ...rest] = named.split('/')
  return { key: rest.map(decodeURIComponent).join('/'), query: new URLSearchParams(search), isOurs: bucket === BUCKET }
}

interface Asked { readonly method: string; readonly key: string; readonly query: URLSearchParams; readonly headers: IncomingMessage['headers']; readonly body: Uint8Array }

class Bucket {
  readonly objects = new Map<string, Stored>()
  readonly uploads = new Map<string, Upload>()
  readonly #options: S3ServerOptions

  constructor(options: S3ServerOptions) {
    this.#options = options
  }

  answer(asked: Asked): Answer {
    const { method, key, query } = asked
    if (key === '') return method === 'GET' ? (query.has('uploads') ? this.#listUploads(query) : this.#list(query)) : refused(405, 'MethodNotAllowed')
    const uploadId = query.get('uploadId')
    if (method === 'POST' && query.has('uploads')) return this.#begin(asked)
    if (uploadId !== null) return this.#inParts(asked, uploadId)
    if (method === 'GET' || method === 'HEAD') return this.#get(key)
    if (method === 'PUT') return this.#put(asked, stored(asked.body, this.#now(), metadataOf(asked)))
    if (method !== 'DELETE') return refused(405, 'MethodNotAllowed')
    this.objects.delete(key)
    return { status: 204 }
  }

  #now(): number {
    return (this.#options.clock ?? systemClock).now()
  }

  #get(key: string): Answer {
    const found = this.objects.get(key)
    if (found === undefined) return refused(404, 'NoSuchKey')
    return { status: 200, headers: { etag: found.etag, 'last-modified': new Date(found.modified).toUTCString(), ...found.metadata }, body: found.bytes }
  }

  #put({ key, headers }: Asked, object: Stored): Answer {
    const there = this.objects.get(key)
    const isHeld = headers['if-none-match'] === '*' ? there === undefined : headers['if-match'] === undefined || headers['if-match'] === there?.etag
    if (!isHeld && this.#options.ignoresConditions !== true) return refused(412, 'PreconditionFailed')
    this.objects.set(key, object)
    return { status: 200, headers: { etag: object.etag } }
  }

  #begin(asked: Asked): Answer {
    const id = randomUUID()
    this.uploads.set(id, { key: asked.key, begun: this.#now(), metadata: metadataOf(asked), parts: new Map() })
    return document('InitiateMultipartUploadResult', `<UploadId>${id}</UploadId>`)
  }

  #inParts(asked: Asked, id: string): Answer {
    const { method, key, query, body } = asked
    const upload = this.uploads.get(id)
    if (upload === undefined || upload.key !== key) return refused(404, 'NoSuchUpload')
    if (method === 'PUT') {
      const part = stored(body, this.#now(), {})
      upload.parts.set(Number(query.get('partNumber')), part)
      return { status: 200, headers: { etag: part.etag } }
    }
    if (method === 'DELETE') {
      this.uploads.delete(id)
      return { status: 204 }
    }
    const named = childrenOf(parseXml(Buffer.from(body).toString()), 'Part').map((part) => [Number(textOf(part, 'PartNumber')), textOf(part, 'ETag')] as const)
    const parts = named.map(([number, etag]) => [upload.parts.get(number), etag] as const)
    if (parts.length === 0 || parts.some(([part, etag]) => part?.etag !== etag)) return refused(400, 'InvalidPart')
    if (parts.slice(0, -1).some(([part]) => (part?.bytes.length ?? 0) < (this.#options.leastPartBytes ?? LEAST_PART_BYTES))) return refused(400, 'EntityTooSmall')
    const put = this.#put(asked, stored(Buffer.concat(parts.map(([part]) => part?.bytes ?? Buffer.alloc(0))), this.#now(), upload.metadata))
    if (put.status !== 200) return put
    this.uploads.delete(id)
    return document('CompleteMultipartUploadResult', `<Key>${escaped(key)}</Key>`)
  }

  #list(query: URLSearchParams): Answer {
    const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString()
    const { page, isCut } = this.#page([...this.objects.keys()].filter((key) => key > after), query)
    const token = isCut ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64')}</NextContinuationToken>` : ''
    const contents = page.map((key) => `<Contents><Key>${printed(key, query)}</Key><Size>${this.objects.get(key)?.bytes.length}</Size></Contents>`).join('')
    return document('ListBucketResult', `<IsTruncated>${isCut}</IsTruncated>${encodingOf(query)}${token}${contents}`)
  }

  #listUploads(query: URLSearchParams): Answer {
    const after = `${query.get('key-marker') ?? ''}\n${query.get('upload-id-marker') ?? ''}`
    const ids = new Map([...this.uploads].map(([id, { key }]) => [`${key}\n${id}`, id]))
    const { page, isCut } = this.#page([...ids.keys()].filter((at) => at > after || after === '\n'), query)
    const uploads = page.map((at) => {
      const [key = '', id = ''] = at.split('\n')
      return `<Upload><Key>${printed(key, query)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(this.uploads.get(id)?.begun ?? 0).toISOString()}</Initiated></Upload>`
    })
    const [key = '', id = ''] = (page.at(-1) ?? '').split('\n')
    const marker = isCut ? `<NextKeyMarker>${printed(key, query)}</NextKeyMarker><NextUploadIdMarker>${id}</NextUploadIdMarker>` : ''
    return document('ListMultipartUploadsResult', `<IsTruncated>${isCut}</IsTruncated>${encodingOf(query)}${marker}${uploads.join('')}`)
  }

  #page(keys: readonly string[], query: URLSearchParams): { readonly page: readonly string[]; readonly isCut: boolean } {
    const { pageKeys = 1000 } = this.#options
    const found = keys.filter((key) => key.startsWith(query.get('prefix') ?? '')).toSorted()
    return { page: found.slice(0, pageKeys), isCut: found.length > pageKeys }
  }
}

const stored = (bytes: Uint8Array, modified: number, metadata: Readonly<Record<string, string>>): Stored =>
  ({ bytes, modified, metadata, etag: `"${createHash('md5').update(bytes).digest('hex')}"` })

const metadataOf = ({ headers }: Asked): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-')).map(([name, value]) => [name, String(value)]))

const document = (name: string, content: string): Answer =>
  ({ status: 200, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>` })

const refused = (status: number, code: string): Answer => ({ ...document('Error', `<Code>${code}</Code><Message>The key TESTKEY may not &amp; cannot.</Message>`), status })

const encodingOf = (query: URLSearchParams): string => (query.get('encoding-type') === 'url' ? '<EncodingType>url</EncodingType>' : '')
/** As S3 does it: the encoding of forms, with slashes as they are. */
const printed = (key: string, query: URLSearchParams): string =>
  (query.get('encoding-type') === 'url' ? new URLSearchParams({ '': key }).toString().slice(1).replaceAll('%2F', '/') : escaped(key))
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** This machine, whatever the host: nobody knows a bucket's name here. */
export const lookUpHere: LookupFunction = (_, { all }, found) => {
  if (all === true) found(null, [{ address: '127.0.0.1', family: 4 }])
  else found(null, '127.0.0.1', 4)
}
