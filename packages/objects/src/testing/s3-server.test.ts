// The small S3 holds to S3's own rules, so that what passes by it means something.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { S3Server } from './s3-server.ts'
import { S3Client, readText } from '../s3/s3-client.ts'
import { startS3Server } from './s3-server.ts'

let server: S3Server
beforeAll(async () => {
  server = await startS3Server()
})
afterAll(() => server.close())

const send = (method: 'PUT' | 'GET' | 'DELETE', key: string, headers: Readonly<Record<string, string>> = {}, body?: string) =>
  new S3Client({ endpoint: server.endpoint, bucket: server.bucket, region: server.region, style: 'path', credentials: () => server.credentials })
    .send({ method, key, headers, ...(body !== undefined && { body: Buffer.from(body) }) }, readText(1000))

describe('the small S3', () => {
  it('puts only where nothing is, if it is asked to', async () => {
    expect(await send('PUT', 'new', { 'if-none-match': '*' }, 'a')).toMatchObject({ status: 200 })
    expect(await send('PUT', 'new', { 'if-none-match': '*' }, 'b')).toMatchObject({ status: 412, code: 'PreconditionFailed' })
    expect(await send('GET', 'new')).toMatchObject({ value: 'a' })
  })

  it('puts only over what is expected, if it is asked to', async () => {
    const first = await send('PUT', 'swap', {}, 'a')
    const etag = first.headers.etag ?? ''
    expect(await send('PUT', 'swap', { 'if-match': etag }, 'b')).toMatchObject({ status: 200 })
    expect(await send('PUT', 'swap', { 'if-match': etag }, 'c')).toMatchObject({ status: 412 })
    expect(await send('PUT', 'nothing', { 'if-match': etag }, 'c')).toMatchObject({ status: 412 })
    expect(await send('GET', 'swap')).toMatchObject({ value: 'b' })
  })

  it('refuses a request that was changed after it was signed', async () => {
    const unsigned = await fetch(`${server.endpoint}/${server.bucket}/new`)
    expect(unsigned.status).toBe(403)
    const signed = await new S3Client({ endpoint: server.endpoint, bucket: server.bucket, region: server.region, style: 'path', credentials: () => ({ ...server.credentials, secretAccessKey: 'x' }) })
      .send({ method: 'GET', key: 'new' }, readText(1000))
    expect(signed).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
  })
})
