// Whether a request carries the signature (AWS Signature Version 4, in its header) that its access key would give it.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { S3Credentials } from './s3-client.ts'

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=(?<id>[^/]+)\/(?<date>\d{8})\/(?<region>[^/]+)\/s3\/aws4_request, ?SignedHeaders=(?<names>[\w;-]+), ?Signature=(?<signature>[\da-f]{64})$/u
const MOST_SKEW_MILLISECONDS = 15 * 60_000
const MUST_BE_SIGNED = ['host', 'x-amz-content-sha256', 'x-amz-date']

/**
 * S3's code of the refusal, or undefined where the request is as it was signed. Times may differ by a quarter of an hour; a query is
 * compared as it came, so it has to come in the form that is signed.
 */
export function s3RefusalOf(request: Pick<IncomingMessage, 'headers' | 'method' | 'url'>, body: Uint8Array, { region, credentials, now }: { readonly region: string; readonly credentials: S3Credentials; readonly now: number }): string | undefined {
  const { id, date = '', region: signedFor, names = '', signature = '' } = AUTHORIZATION.exec(request.headers.authorization ?? '')?.groups ?? {}
  if (id === undefined) return 'AccessDenied'
  if (id !== credentials.accessKeyId) return 'InvalidAccessKeyId'
  if (signedFor !== region) return 'AuthorizationHeaderMalformed'
  if (header(request, 'x-amz-security-token') !== (credentials.sessionToken ?? '')) return 'InvalidToken'
  const signed = names.split(';')
  if (MUST_BE_SIGNED.some((name) => !signed.includes(name))) return 'AccessDenied'
  // What S3 asks for: every header of its own is signed.
  if (Object.keys(request.headers).some((name) => name.startsWith('x-amz-') && !signed.includes(name))) return 'AccessDenied'
  const time = header(request, 'x-amz-date')
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(at - now) < MOST_SKEW_MILLISECONDS)) return 'RequestTimeTooSkewed'
  const payload = header(request, 'x-amz-content-sha256')
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== sha256(body)) return 'XAmzContentSHA256Mismatch'
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const canonical = [
    request.method, path, query.split('&').filter((part) => part !== '').toSorted().join('&'),
    ...signed.map((name) => `${name}:${header(request, name).trim().replaceAll(/\s+/gu, ' ')}`), '', names, payload,
  ].join('\n')
  const scope = `${date}/${region}/s3/aws4_request`
  const key = ['s3', 'aws4_request'].reduce<Buffer>(hmac, hmac(hmac(Buffer.from(`AWS4${credentials.secretAccessKey}`), date), region))
  const expected = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`)
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? undefined : 'SignatureDoesNotMatch'
}

const header = (request: Pick<IncomingMessage, 'headers'>, name: string): string => String(request.headers[name] ?? '')
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')
