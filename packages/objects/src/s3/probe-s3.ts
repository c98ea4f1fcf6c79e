// Makes sure that a bucket keeps the one promise on which commits rest: a put with `If-None-Match: *` fails where the key is
// taken. Stores that pass over the condition look the same until two writers meet.

import { randomUUID } from 'node:crypto'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { S3Answer, S3Client } from './s3-client.ts'
import { WRITE_MARK } from './upload.ts'
import { messages } from '../messages.ts'
import { readText } from './s3-client.ts'

const MAX_ANSWER = 64 * 1024

/** Writes, reads and removes one object of its own. `s3-unusable` or `s3-not-conditional` where it would not do. */
export async function probeS3(client: S3Client, { prefix, root }: { readonly prefix: string; readonly root: string }): Promise<Result<void>> {
  const key = `${prefix === '' ? '' : `${prefix}/`}.tulle-probe-${randomUUID()}`
  const put = (mark: string): Promise<S3Answer<string>> =>
    client.send({ method: 'PUT', key, headers: { 'if-none-match': '*', [WRITE_MARK]: mark }, body: Buffer.from(mark) }, readText(MAX_ANSWER))
  const first = await put('first')
  // A first put whose reply was lost is there when it is tried again.
  if (first.value === undefined && !(first.status === 412 && first.mayHaveHappened)) return fail(messages['s3-unusable']({ root, reason: first.reason }))
  try {
    const second = await put('second')
    if (second.value !== undefined) return fail(messages['s3-not-conditional']({ root, problem: 'it lets a second object replace the first' }))
    if (second.status !== 412) return fail(messages['s3-unusable']({ root, reason: second.reason }))
    const there = await client.send({ method: 'HEAD', key }, readText(0))
    if (there.value === undefined) return fail(messages['s3-unusable']({ root, reason: there.reason }))
    if (there.headers[WRITE_MARK] !== 'first') return fail(messages['s3-not-conditional']({ root, problem: 'it does not keep the metadata of an object' }))
    return ok(undefined)
  } finally {
    await client.send({ method: 'DELETE', key }, readText(MAX_ANSWER))
  }
}
