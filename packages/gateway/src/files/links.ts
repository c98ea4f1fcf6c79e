// Signs what a link stands for, and reads it again. A link is text that anybody can read and nobody can write: it carries no
// secret but its own signature.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { FileLink } from './types.ts'

const LONGEST = 6000

/** As it travels. INVARIANT: a version more is another word under the signature, so that none is read as another. */
interface Written {
  readonly i: string
  readonly s: string
  readonly t?: string
  readonly u?: string
  readonly o: string
  readonly p: string
  readonly d: string
  readonly n: string
  readonly f: FileLink['format']
  readonly c?: readonly string[]
  readonly e: number
}

export const newLinkId = (): string => randomBytes(9).toString('base64url')

export function signLink(key: string, link: FileLink): string {
  const { id, subjectId, tokenId, purpose, productId, product, dataSet, snapshot, format, columns, expires } = link
  const written: Written = {
    i: id, s: subjectId, o: productId, p: product, d: dataSet, n: snapshot, f: format, e: expires,
    ...(tokenId !== undefined && { t: tokenId }), ...(purpose !== undefined && { u: purpose }), ...(columns !== undefined && { c: columns }),
  }
  const body = Buffer.from(JSON.stringify(written)).toString('base64url')
  return `${body}.${signatureOf(key, body)}`
}

/** `now` in milliseconds. What is not signed by this key says nothing at all, not even that it has expired. */
export function readLink(key: string, text: string, now: number): Result<FileLink> {
  const [body = '', signature = '', more] = text.length > LONGEST ? [] : text.split('.')
  const [expected, given] = [Buffer.from(signatureOf(key, body)), Buffer.from(signature)]
  if (more !== undefined || body === '' || expected.length !== given.length || !timingSafeEqual(expected, given)) return fail(messages['link-not-signed']({}))
  // What is signed was written by us.
  const { i, s, t, u, o, p, d, n, f, c, e } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Written
  if (e * 1000 <= now) return fail(messages['link-expired']({ at: new Date(e * 1000).toISOString() }))
  return ok({ id: i, subjectId: s, ...(t !== undefined && { tokenId: t }), ...(u !== undefined && { purpose: u }), productId: o, product: p, dataSet: d, snapshot: n, format: f, ...(c !== undefined && { columns: c }), expires: e })
}

const signatureOf = (key: string, body: string): string => createHmac('sha256', key).update(`tulle file link 1 ${body}`).digest('base64url')
