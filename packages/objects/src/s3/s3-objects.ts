// Objects in a bucket of any S3. An object appears under its key whole or not at all, and never replaces another; engines
// get it as a file of a bounded local cache.

import { readFile, stat } from 'node:fs/promises'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { ObjectFacts, Objects, Unfinished } from '../types.ts'
import type { Load } from './read-cache.ts'
import type { S3Answer, S3ClientOptions, S3Request } from './s3-client.ts'
import type { Source } from './upload.ts'
import type { XmlElement } from './xml.ts'
import { ReadCache } from './read-cache.ts'
import { S3Client, readText } from './s3-client.ts'
import { checkObjectPath } from '../object-path.ts'
import { childrenOf, parseXml, textOf } from './xml.ts'
import { discardUpload, upload } from './upload.ts'
import { fileReason } from '../file-reason.ts'
import { messages } from '../messages.ts'
import { probeS3 } from './probe-s3.ts'

export interface S3Options extends S3ClientOptions {
  /** The folder of the bucket below which everything lies; empty for the whole bucket. */
  readonly prefix: string
  readonly cache: { readonly folder: string; readonly limitBytes: number }
  /** Only read here: whether it would keep its word to a writer is not tried, since that takes a write. */
  readonly isOthers?: boolean
  readonly clock?: Clock
  /** Files of more bytes are put in parts of so many. */
  readonly partBytes?: number
}

/** Metadata and manifests are read whole; data files never are. */
const MAX_READ = 512 * 1024 * 1024
const MAX_LISTING = 32 * 1024 * 1024
const PART_BYTES = 16 * 1024 * 1024
const OTHER_SPELLINGS = /^s3[an]:\/\//u

/** Objects below a prefix. Makes sure first that the bucket is there and keeps its word: `s3-unusable`, `s3-not-conditional`. */
export async function openS3Objects(options: S3Options): Promise<Result<Objects>> {
  const client = new S3Client(options)
  const root = `s3://${options.bucket}${options.prefix === '' ? '' : `/${options.prefix}`}`
  if (options.isOthers !== true) {
    const usable = await probeS3(client, { prefix: options.prefix, root })
    if (!usable.ok) return usable
  }
  const cache = await ReadCache.open({ ...options.cache, clock: options.clock ?? systemClock })
  return ok(new S3Objects({ client, cache, root, prefix: options.prefix, partBytes: options.partBytes ?? PART_BYTES, limitBytes: options.cache.limitBytes }))
}

interface S3Parts { readonly client: S3Client; readonly cache: ReadCache; readonly root: string; readonly prefix: string; readonly partBytes: number; readonly limitBytes: number }

class S3Objects implements Objects {
  readonly #parts: S3Parts

  constructor(parts: S3Parts) {
    this.#parts = parts
  }

  // Addresses are not percent-encoded: Iceberg compares and opens them as they stand.
  address(path: string): string {
    return `${this.#parts.root}/${path}`
  }

  pathOf(address: string): Result<string> {
    const { root } = this.#parts
    const usual = address.replace(OTHER_SPELLINGS, 's3://')
    if (!usual.startsWith(`${root}/`)) return fail(messages['outside-root']({ address, root }))
    const path = usual.slice(root.length + 1)
    const bad = checkObjectPath(path)
    return bad === undefined ? ok(path) : fail(bad)
  }

  /** From the local cache too: an object never changes, so a copy of it is as good. */
  async read(address: string): Promise<Result<Uint8Array>> {
    const file = await this.#copyOf(address, MAX_READ)
    if (!file.ok) return file
    try {
      const { size } = await stat(file.value)
      if (size > MAX_READ) return fail(messages['object-too-large']({ address, bytes: size, limit: MAX_READ }))
      return ok(await readFile(file.value))
    } catch (error) {
      return fail(messages['object-unreadable']({ address, reason: fileReason(error) }))
    }
  }

  localFile(address: string): Promise<Result<string>> {
    return this.#copyOf(address, this.#parts.limitBytes)
  }

  create(path: string, bytes: Uint8Array): Promise<Result<string>> {
    return this.#upload(path, async () => ({ bytes }))
  }

  adopt(path: string, localFile: string): Promise<Result<string>> {
    return this.#upload(path, async () => ({ file: localFile, size: (await stat(localFile)).size }))
  }

  async *list(prefix: string): AsyncIterable<string> {
    for await (const { path } of this.#listed(prefix, { 'list-type': '2' }, 'Contents')) yield this.address(path)
  }

  async *unfinished(prefix: string): AsyncIterable<Unfinished> {
    for await (const { path, element } of this.#listed(prefix, { uploads: '' }, 'Upload')) {
      const uploadId = textOf(element, 'UploadId') ?? ''
      const address = this.address(path)
      yield {
        name: `${address} (upload ${uploadId})`,
        // Only the list of each upload's parts would tell.
        bytes: 0,
        since: Date.parse(textOf(element, 'Initiated') ?? '') || Date.now(),
        discard: async () => this.#gone(await discardUpload(this.#parts.client, this.#keyOf(path), uploadId), address),
      }
    }
  }

  async facts(address: string): Promise<Result<ObjectFacts>> {
    const path = this.pathOf(address)
    if (!path.ok) return path
    const answer = await this.#parts.client.send({ method: 'HEAD', key: this.#keyOf(path.value) }, readText(0))
    if (answer.value === undefined) return fail(unreadable(address, answer))
    // S3 keeps whole seconds; the end of its second is never too early.
    const second = Date.parse(answer.headers['last-modified'] ?? '')
    const bytes = Number(answer.headers['content-length'] ?? Number.NaN)
    if (Number.isNaN(second) || Number.isNaN(bytes)) return fail(messages['object-unreadable']({ address, reason: 'the store does not say what it is' }))
    return ok({ bytes, since: second + 999 })
  }

  async remove(address: string): Promise<Result<void>> {
    const path = this.pathOf(address)
    if (!path.ok) return path
    const answer = await this.#parts.client.send({ method: 'DELETE', key: this.#keyOf(path.value) }, readText(MAX_LISTING))
    await this.#parts.cache.forget(address)
    return this.#gone(answer, address)
  }

  #gone(answer: S3Answer<unknown>, address: string): Result<void> {
    const isGone = answer.value !== undefined || (answer.status === 404 && answer.code !== 'NoSuchBucket')
    return isGone ? ok(undefined) : fail(messages['object-unwritable']({ address, reason: answer.reason }))
  }

  async #upload(path: string, sourceOf: () => Promise<Source>): Promise<Result<string>> {
    const bad = checkObjectPath(path)
    if (bad !== undefined) return fail(bad)
    const { client, partBytes } = this.#parts
    const address = this.address(path)
    try {
      return await upload({ client, key: this.#keyOf(path), address, partBytes }, await sourceOf())
    } catch (error) {
      return fail(messages['object-unwritable']({ address, reason: fileReason(error) }))
    }
  }

  async #copyOf(address: string, limit: number): Promise<Result<string>> {
    const path = this.pathOf(address)
    return path.ok ? this.#parts.cache.file(this.address(path.value), this.#load(address, { method: 'GET', key: this.#keyOf(path.value) }, limit)) : path
  }

  #load(address: string, request: S3Request, limit: number): Load {
    return async (into) => {
      const answer = await this.#parts.client.send(request, async (chunks, headers) => {
        const announced = Number(headers['content-length'] ?? 0)
        if (announced > limit) return announced
        await into.restart()
        for await (const chunk of chunks) if (!(await into.write(chunk))) break
        return 0
      })
      if (answer.value === undefined) return fail(unreadable(address, answer))
      return answer.value === 0 ? ok(undefined) : fail(messages['object-too-large']({ address, bytes: answer.value, limit }))
    }
  }

  /**
   * What the bucket lists below a folder, page by page. Keys that are no paths of objects are others' and stay unseen. Throws
   * where the store does not answer: a listing that was cut short must not pass for a whole one.
   */
  async *#listed(prefix: string, query: Readonly<Record<string, string>>, name: string): AsyncGenerator<{ readonly path: string; readonly element: XmlElement }> {
    if (prefix !== '' && checkObjectPath(prefix) !== undefined) return
    const folder = prefix === '' ? this.#parts.prefix : this.#keyOf(prefix)
    const below = folder === '' ? '' : `${folder}/`
    const own = this.#parts.prefix === '' ? 0 : this.#parts.prefix.length + 1
    let next: Readonly<Record<string, string>> | undefined = {}
    while (next !== undefined) {
      const page = await this.#page({ ...query, 'encoding-type': 'url', prefix: below, ...next })
      const isEncoded = textOf(page, 'EncodingType') === 'url'
      for (const element of childrenOf(page, name)) {
        const key = keyIn(textOf(element, 'Key') ?? '', isEncoded)
        const path = key.slice(own)
        if (key.startsWith(below) && checkObjectPath(path) === undefined) yield { path, element }
      }
      next = nextPage(page, isEncoded)
    }
  }

  async #page(query: Readonly<Record<string, string>>): Promise<XmlElement> {
    const answer = await this.#parts.client.send({ method: 'GET', key: '', query }, async (chunks) => {
      const page = parseXml(await readText(MAX_LISTING)(chunks))
      if (page === undefined || !PAGES.has(page.name)) throw new Error('it is no listing')
      return page
    })
    if (answer.value === undefined) throw new Error(messages['object-unreadable']({ address: this.#parts.root, reason: answer.reason }).message)
    return answer.value
  }

  #keyOf(path: string): string {
    return this.#parts.prefix === '' ? path : `${this.#parts.prefix}/${path}`
  }
}

const PAGES: ReadonlySet<string> = new Set(['ListBucketResult', 'ListMultipartUploadsResult'])

/** Of listings of objects, or of uploads. */
function nextPage(page: XmlElement, isEncoded: boolean): Readonly<Record<string, string>> | undefined {
  if (textOf(page, 'IsTruncated') !== 'true') return undefined
  const token = textOf(page, 'NextContinuationToken')
  if (token !== undefined) return { 'continuation-token': token }
  const [key, uploadId] = [textOf(page, 'NextKeyMarker'), textOf(page, 'NextUploadIdMarker')]
  if (key === undefined || uploadId === undefined) throw new Error('The store lists only a part and does not say how to go on.')
  return { 'key-marker': keyIn(key, isEncoded), 'upload-id-marker': uploadId }
}

/** Keys are asked for in the encoding of forms, since XML 1.0 has no place for control characters. */
function keyIn(text: string, isEncoded: boolean): string {
  if (!isEncoded) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return ''
  }
}

function unreadable(address: string, { status, code, reason }: S3Answer<unknown>): Diagnostic {
  return status === 404 && code !== 'NoSuchBucket' ? messages['object-missing']({ address }) : messages['object-unreadable']({ address, reason })
}
