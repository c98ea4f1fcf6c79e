// Puts bytes under a key that nothing has yet: small ones at once, large ones in parts. What was taken is never replaced,
// and where it is not known whether a put was carried out, the store is asked; nothing is deleted on a suspicion.

import { randomUUID } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { S3Answer, S3Client } from './s3-client.ts'
import { readText } from './s3-client.ts'
import { messages } from '../messages.ts'
import { parseXml, textOf } from './xml.ts'

/** Bytes, or a finished local file. */
export type Source = { readonly bytes: Uint8Array } | { readonly file: string; readonly size: number }

export interface Upload {
  readonly client: S3Client
  readonly key: string
  readonly address: string
  /** Up to so many bytes are put at once, and parts have at least as many; 5 MiB is the least that S3 takes. */
  readonly partBytes: number
}

/** Tells our own write from any other under the same key, when the reply was lost. */
export const WRITE_MARK = 'x-amz-meta-tulle-write'
/** S3 has no compare-and-swap but this: a put that fails where the key is taken. */
const ONLY_NEW = { 'if-none-match': '*' }
const MOST_PARTS = 10_000
/** A conflict with another upload of the key in parts ends ours; it is begun anew, so often. */
const ROUNDS = 5
const MAX_ANSWER = 1024 * 1024

export async function upload(to: Upload, source: Source): Promise<Result<string>> {
  const mark = randomUUID()
  if ('bytes' in source) return putAtOnce(to, source.bytes, mark)
  await using file = await open(source.file, 'r')
  if (source.size <= to.partBytes) return putAtOnce(to, await file.readFile(), mark)
  for (let round = 1; ; round += 1) {
    const done = await putInParts(to, { ...source, read: partsOf(file, source.size) }, mark)
    if (done !== 'conflict') return done
    if (round === ROUNDS) return fail(messages['object-unwritable']({ address: to.address, reason: 'others write under its name all the time' }))
  }
}

async function putAtOnce(to: Upload, body: Uint8Array, mark: string): Promise<Result<string>> {
  const put = await to.client.send({ method: 'PUT', key: to.key, headers: { ...ONLY_NEW, [WRITE_MARK]: mark }, body }, readText(MAX_ANSWER))
  return outcomeOf(to, put, mark)
}

interface Parts { readonly size: number; readonly read: (offset: number, bytes: number) => Promise<Uint8Array> }

async function putInParts(to: Upload, { size, read }: Parts, mark: string): Promise<Result<string> | 'conflict'> {
  const { client, key } = to
  const begun = await client.send({ method: 'POST', key, query: { uploads: '' }, headers: { [WRITE_MARK]: mark } }, readText(MAX_ANSWER))
  if (begun.value === undefined) return fail(unwritable(to, begun))
  const uploadId = textOf(parseXml(begun.value), 'UploadId')
  if (uploadId === undefined || uploadId === '') return fail(messages['object-unwritable']({ address: to.address, reason: 'the store began no upload' }))
  const partBytes = Math.max(to.partBytes, Math.ceil(size / MOST_PARTS))
  const tags: string[] = []
  for (let offset = 0; offset < size; offset += partBytes) {
    const part = await client.send({
      method: 'PUT', key, query: { partNumber: String(tags.length + 1), uploadId }, body: await read(offset, Math.min(partBytes, size - offset)),
    }, readText(MAX_ANSWER))
    const { etag: tag } = part.headers
    if (part.value === undefined || tag === undefined) {
      await discardUpload(client, key, uploadId)
      return fail(unwritable(to, part))
    }
    tags.push(tag)
  }
  const body = Buffer.from(`<CompleteMultipartUpload>${tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`).join('')}</CompleteMultipartUpload>`)
  const completed = await client.send({ method: 'POST', key, query: { uploadId }, headers: ONLY_NEW, body }, async (chunks) => {
    // S3 says 200 before it knows, to keep the connection alive; the document then says what became of it.
    if (parseXml(await readText(MAX_ANSWER)(chunks))?.name !== 'CompleteMultipartUploadResult') throw new Error('it was not completed')
    return ''
  })
  const outcome = await outcomeOf(to, completed, mark)
  if (!outcome.ok && completed.status !== 0 && !completed.mayHaveHappened) {
    await discardUpload(client, key, uploadId)
    if (completed.status === 409) return 'conflict'
  }
  return outcome
}

/** Gives up an upload in parts, and the room that its parts take. */
export const discardUpload = (client: S3Client, key: string, uploadId: string): Promise<S3Answer<string>> =>
  client.send({ method: 'DELETE', key, query: { uploadId } }, readText(MAX_ANSWER))

/** What became of a put. INVARIANT: our own mark on the object is the only proof that a put whose reply was lost was ours. */
async function outcomeOf(to: Upload, answer: S3Answer<string>, mark: string): Promise<Result<string>> {
  if (answer.value !== undefined) return ok(to.address)
  const isTaken = answer.status === 412
  if (isTaken && !answer.mayHaveHappened) return fail(messages['object-exists']({ address: to.address }))
  const wasRefused = answer.status >= 300 && answer.status < 500 && !answer.mayHaveHappened
  if (wasRefused) return fail(unwritable(to, answer))
  const there = await to.client.send({ method: 'HEAD', key: to.key, query: {} }, readText(0))
  if (there.value !== undefined) return there.headers[WRITE_MARK] === mark ? ok(to.address) : fail(messages['object-exists']({ address: to.address }))
  return fail(messages['object-outcome-unknown']({ address: to.address, reason: answer.reason }))
}

const unwritable = ({ address }: Upload, { reason }: S3Answer<unknown>): ReturnType<(typeof messages)['object-unwritable']> =>
  messages['object-unwritable']({ address, reason: reason === '' ? 'the store said nothing of the part' : reason })

/** Exactly those bytes, or a file that was changed while it was taken in. */
const partsOf = (file: Awaited<ReturnType<typeof open>>, size: number) => async (offset: number, bytes: number): Promise<Uint8Array> => {
  const part = Buffer.alloc(bytes)
  for (let filled = 0; filled < bytes;) {
    const { bytesRead } = await file.read(part, filled, bytes - filled, offset + filled)
    if (bytesRead === 0) throw new Error(`the file was ${size} bytes long and is shorter now`)
    filled += bytesRead
  }
  return part
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
