// Reads a bucket of others: what lies in it now, and the bytes of one object exactly as it was listed. Nothing is cached, because
// others may put another object in the place of one.

import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { S3ClientOptions } from './s3-client.ts'
import { S3Client, readText } from './s3-client.ts'
import { childrenOf, parseXml, textOf } from './xml.ts'

export interface ListedObject { readonly key: string; readonly etag: string; readonly bytes: number }

export interface S3Reader {
  /** By key. Throws `S3Unreadable`. */
  list(prefix: string): AsyncIterable<ListedObject>
  /** Writes the object to a file; its SHA-256. Throws `S3Unreadable`, also where it is another one now. */
  download(object: ListedObject, file: string): Promise<{ readonly sha256: string; readonly bytes: number }>
}

/** The message is a reason for people, without credentials or URLs. */
export class S3Unreadable extends Error {}

const MAX_LISTING = 32 * 1024 * 1024

export function s3Reader(options: S3ClientOptions): S3Reader {
  const client = new S3Client(options)
  return {
    async *list(prefix) {
      for (let token: string | undefined; ;) {
        const query = { 'list-type': '2', ...(prefix !== '' && { prefix }), ...(token !== undefined && { 'continuation-token': token }) }
        const answer = await client.send({ method: 'GET', key: '', query }, readText(MAX_LISTING))
        const listing = answer.value === undefined ? undefined : parseXml(answer.value)
        if (listing === undefined) throw new S3Unreadable(answer.reason || 'its listing cannot be read')
        for (const one of childrenOf(listing, 'Contents')) {
          yield { key: textOf(one, 'Key') ?? '', etag: (textOf(one, 'ETag') ?? '').replaceAll('"', ''), bytes: Number(textOf(one, 'Size') ?? 0) }
        }
        token = textOf(listing, 'IsTruncated') === 'true' ? textOf(listing, 'NextContinuationToken') : undefined
        if (token === undefined) return
      }
    },
    async download({ key, etag, bytes }, file) {
      const answer = await client.send({ method: 'GET', key, headers: { 'if-match': `"${etag}"` } }, async (chunks) => {
        const hash = createHash('sha256')
        let length = 0
        await pipeline(async function* () {
          for await (const chunk of chunks) {
            length += chunk.length
            if (length > bytes) throw new Error('it is longer than it was listed')
            hash.update(chunk)
            yield chunk
          }
        }, createWriteStream(file, { mode: 0o644 }))
        return { sha256: hash.digest('hex'), bytes: length }
      })
      if (answer.value === undefined) throw new S3Unreadable(answer.status === 412 ? 'it was replaced while it was read' : answer.reason)
      return answer.value
    },
  }
}
