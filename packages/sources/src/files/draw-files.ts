// Files of others, in S3 or behind an address, as they are: whole each time, or only those that were not taken in before. A file
// that is there under its name with other bytes is a new one.

import { join, matchesGlob } from 'node:path'
import type { Json, Result } from '@tulle/kernel'
import { fail, fingerprintOf, ok } from '@tulle/kernel'
import type { ListedObject, S3Reader } from '@tulle/objects'
import { s3Reader, S3Unreadable } from '@tulle/objects'
import type { Drawn, DrawnFile, DrawRequest, LookRequest, SourceRoom } from '../types.ts'
import { ask, shownUrl, unreachable } from '../http.ts'
import { signIn } from '../rest/sign-in.ts'
import { saveBody } from '../save-body.ts'
import { secretOf } from '../secret-of.ts'
import { seenOf, stateOfSeen } from './seen.ts'
import { messages } from '../messages.ts'

export const drawFiles = (room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> =>
  (String(request.settings['path']).startsWith('s3://') ? drawS3 : drawHttp)(room, request)

/** What a file is called in the run's folder: engines tell its format by how it ends. */
const nameOf = ({ name }: DrawRequest, index: number, shown: string): string => `${name}.${index}${/(?:\.[A-Za-z0-9]{1,10}){1,2}$/u.exec(shown)?.[0].toLowerCase() ?? ''}`

/** Of names and versions of the files that are there now; undefined where there are none. Nothing is read of them. */
export const lookAtFiles = (room: SourceRoom, request: LookRequest): Promise<Result<string | undefined>> =>
  (String(request.settings['path']).startsWith('s3://') ? lookAtS3 : lookAtHttp)(room, request)

async function lookAtS3(room: SourceRoom, request: LookRequest): Promise<Result<string | undefined>> {
  const opened = openBucket(room, request)
  if (!opened.ok) return opened
  try {
    const found = await listed(room, request, opened.value)
    return found.ok ? ok(found.value.length === 0 ? undefined : fingerprintOf(found.value.map(({ key, etag }) => [key, etag]))) : found
  } catch (error) {
    request.signal.throwIfAborted()
    if (error instanceof S3Unreadable) return fail(messages['source-unreachable']({ port: request.port, what: String(request.settings['path']), why: error.message }))
    throw error
  }
}

async function lookAtHttp(room: SourceRoom, request: LookRequest): Promise<Result<string | undefined>> {
  const { settings, port, signal } = request
  const url = new URL(String(settings['path']))
  const signed = await signIn(room, request)
  if (!signed.ok) return signed
  const answer = await ask(room, { port, url, method: 'HEAD', signal, secrets: signed.value.secrets, headers: signed.value.headers })
  if (!answer.ok) return answer
  const { etag, 'last-modified': modified } = answer.value.headers
  const version = etag ?? modified
  return version === undefined ? fail(messages['source-answer-unfit']({ port, what: shownUrl(url), why: 'it says neither ETag nor Last-Modified, so nobody can tell whether it is new' })) : ok(fingerprintOf([url.href, version]))
}

/** Objects that the pattern means. */
async function listed({ limits }: SourceRoom, { port }: Pick<DrawRequest, 'port'>, { reader, pattern }: Bucket): Promise<Result<readonly ListedObject[]>> {
  const found: ListedObject[] = []
  for await (const object of reader.list(pattern.split(/[*?[{]/u)[0] ?? '')) {
    if (object.key.endsWith('/') || !(object.key === pattern || matchesGlob(object.key, pattern))) continue
    found.push(object)
    if (found.length > limits.files) return fail(messages['source-limit']({ port, limit: 'files', most: limits.files, what: 'files' }))
  }
  return ok(found)
}

async function drawS3(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const { settings, port } = request
  const path = String(settings['path'])
  const opened = openBucket(room, request)
  if (!opened.ok) return opened
  const { reader } = opened.value
  const isOnlyNew = settings['only_new'] === true
  const seen = isOnlyNew ? seenOf(request.before) : new Map<string, string>()
  try {
    const all = await listed(room, request, opened.value)
    if (!all.ok) return all
    const found = all.value
    if (found.length === 0 && seen.size === 0) return fail(messages['source-refused']({ port, what: path, why: 'there is no such object' }))
    const wanted = found.filter(({ key, etag }) => seen.get(key) !== etag)
    const files: DrawnFile[] = []
    let left = room.limits.bytes
    for (const object of wanted) {
      request.signal.throwIfAborted()
      left -= object.bytes
      if (left < 0) return fail(messages['source-limit']({ port, limit: 'bytes', most: room.limits.bytes, what: 'bytes' }))
      const name = nameOf(request, files.length, object.key)
      const { sha256, bytes } = await reader.download(object, join(request.folder, name))
      files.push({ name, shown: `${path.slice(0, path.indexOf('/', 5))}/${object.key}`, sha256, bytes })
    }
    const told = `Read ${files.length} of ${found.length} objects.`
    if (!isOnlyNew) return ok({ files, mode: 'replace', told })
    for (const { key, etag } of found) seen.set(key, etag)
    return ok({ files, mode: modeOf(request, files), state: stateOfSeen(seen), told })
  } catch (error) {
    request.signal.throwIfAborted()
    if (error instanceof S3Unreadable) return fail(messages['source-unreachable']({ port, what: path, why: error.message }))
    throw error
  }
}

/** Added to what is there; where rows have a key, those that are there already are replaced. */
const modeOf = ({ before, keys }: DrawRequest, files: readonly DrawnFile[]): Drawn['mode'] =>
  before === undefined ? 'replace' : keys.length > 0 && files.length > 0 ? 'upsert' : 'append'

interface Bucket { readonly reader: S3Reader; readonly pattern: string }

function openBucket({ network, secrets, clock }: SourceRoom, { settings, port }: LookRequest): Result<Bucket> {
  const { bucket = '', pattern = '' } = /^s3:\/\/(?<bucket>[^/]+)\/(?<pattern>.+)$/u.exec(String(settings['path']))?.groups ?? {}
  const s3 = (settings['s3'] ?? {}) as Readonly<Record<string, Json>>
  const region = String(s3['region'] ?? 'us-east-1')
  const endpoint = String(s3['endpoint'] ?? `https://s3.${region}.amazonaws.com`)
  const style = s3['endpoint'] === undefined ? 'virtual-host' : 'path'
  const url = new URL(endpoint)
  const host = style === 'path' ? url.hostname : `${bucket}.${url.hostname}`
  const number = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  // The bucket's own name before a listed host is that host's.
  const refusal = network.refusal(host, number) === undefined ? undefined : network.refusal(url.hostname, number)
  if (refusal !== undefined) return fail(messages['source-host-refused']({ port, host: `${url.hostname}:${number}`, why: refusal }))
  const keyId = secretOf(secrets, port, s3['access_key'])
  if (!keyId.ok) return keyId
  const secretKey = secretOf(secrets, port, s3['secret_key'])
  if (!secretKey.ok) return secretKey
  const credentials = { accessKeyId: keyId.value ?? '', secretAccessKey: secretKey.value ?? '' }
  return ok({ pattern, reader: s3Reader({ endpoint, bucket, style, region, clock, lookup: network.lookup, credentials: () => credentials }) })
}

async function drawHttp(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const { settings, port, signal } = request
  const url = new URL(String(settings['path']))
  const signed = await signIn(room, request)
  if (!signed.ok) return signed
  const isOnlyNew = settings['only_new'] === true
  const seen = seenOf(request.before)
  const etag = seen.get(url.href)
  const answer = await ask(room, { port, url, signal, secrets: signed.value.secrets, headers: { ...signed.value.headers, ...(etag !== undefined && !etag.startsWith('sha256:') && { 'if-none-match': etag }) } })
  if (!answer.ok) return answer
  const { status, headers, body } = answer.value
  const shown = shownUrl(url)
  if (status === 304) return ok({ files: [], mode: isOnlyNew ? 'append' : 'same', state: stateOfSeen(seen), told: `${shown} is as it was.` })
  const name = nameOf(request, 0, url.pathname)
  const saved = await saveBody(room, { port, url, body, signal, to: join(request.folder, name) })
  if (!saved.ok) return saved
  const { sha256, bytes } = saved.value
  if (headers['content-length'] !== undefined && Number(headers['content-length']) !== bytes) return fail(unreachable({ port, url }, 'the answer was cut short'))
  const version = headers.etag ?? `sha256:${sha256}`
  const isKnown = isOnlyNew && seen.get(url.href) === version
  seen.set(url.href, version)
  const files = isKnown ? [] : [{ name, shown, sha256, bytes }]
  return ok({ files, mode: isOnlyNew ? modeOf(request, files) : 'replace', state: stateOfSeen(seen), told: `Read ${shown}, ${bytes} bytes.` })
}
