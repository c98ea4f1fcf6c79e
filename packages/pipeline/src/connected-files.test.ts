// Products that read files of others, and files that are taken in once: each of them exactly once, whatever fails in between.

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openS3Objects } from '@tulle/objects'
import { startS3Server } from '@tulle/objects/testing'
import type { S3Server } from '@tulle/objects/testing'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import { allowing } from './testing/source-rig.ts'

// Each runs products, over and over, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let rig: PipelineRig
let s3: S3Server
let web: Server
let host: string
let serve: (request: IncomingMessage, response: ServerResponse) => void
beforeAll(async () => {
  ;[rig, s3] = await Promise.all([pipelineRig(), startS3Server({ pageKeys: 3 })])
  web = createServer((request, response) => serve(request, response))
  await new Promise<void>((resolve) => void web.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(web.address() as AddressInfo).port}`
  await rig.open({ sources: allowing([host, new URL(s3.endpoint).host], { KEY: s3.credentials.accessKeyId, SECRET: s3.credentials.secretAccessKey, WRONG: 'planted-wrong-secret' }) })
})
afterAll(async () => {
  web?.closeAllConnections()
  web?.close()
  await s3?.close()
  await rig?.[Symbol.asyncDispose]()
})

const product = (files: Readonly<Record<string, unknown>>, columns: Readonly<Record<string, string>>, quality: readonly Readonly<Record<string, unknown>>[] = []) => ({ files: { drop: files }, dataSets: { orders: { from: 'drop', columns, quality } } })
const ids = async (name: string): Promise<string> => (await rig.rows(`${name}.orders`, `select id from ${name}.orders order by id`) as readonly { readonly id: number }[]).map(({ id }) => id).join(' ')
const put = async (key: string, body: string | Uint8Array): Promise<void> => {
  const bucket = valueOf(await openS3Objects({ endpoint: s3.endpoint, bucket: s3.bucket, region: s3.region, style: 'path', credentials: () => s3.credentials, prefix: '', isOthers: true, cache: { folder: join(rig.folder, 's3-cache'), limitBytes: 1e9 } }))
  valueOf(await bucket.remove(bucket.address(key)))
  valueOf(await bucket.create(key, Buffer.from(body)))
}
const run = async (name: string): Promise<string> => {
  const done = await rig.run(name)
  expect(done.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return (await rig.steps(done.runId))[0]?.status ?? ''
}

describe('files that are taken in once', () => {
  it('in the mesh folder: each once, also where older ones are cleared away, and a changed one again', async () => {
    await rig.write({ 'drop/a.csv': 'id\n1\n', 'drop/b.csv.gz': gzipSync('id\n2\n') })
    await rig.apply({ local: product({ path: 'drop/*.csv*', format: 'csv', only_new: true }, { id: 'int' }) })
    await run('local')
    expect(await ids('local')).toBe('1 2')
    expect(await run('local')).toBe('skipped')
    await rig.write({ 'drop/c.csv': 'id\n3\n' })
    await rm(join(rig.meshFolder, 'drop/a.csv'))
    await run('local')
    expect(await ids('local')).toBe('1 2 3')
    await rm(join(rig.meshFolder, 'drop'), { recursive: true })
    expect([await run('local'), await ids('local')]).toEqual(['skipped', '1 2 3'])
    await rig.write({ 'drop/c.csv': 'id\n3\n4\n' })
    await run('local')
    expect(await ids('local')).toBe('1 2 3 3 4')
  })

  it('with a key: a changed file replaces its rows', async () => {
    await rig.write({ 'keyed/a.csv': 'id,n\n1,1\n2,2\n' })
    await rig.apply({ keyed: product({ path: 'keyed/*.csv', only_new: true }, { id: 'int!*', n: 'int' }) })
    await run('keyed')
    await rig.write({ 'keyed/a.csv': 'id,n\n1,10\n2,2\n', 'keyed/b.csv': 'id,n\n3,3\n' })
    await run('keyed')
    expect(await rig.rows('keyed.orders', 'select * from keyed.orders order by id')).toEqual([{ id: 1, n: 10 }, { id: 2, n: 2 }, { id: 3, n: 3 }])
  })

  it('by the run after one that failed', async () => {
    await rig.write({ 'careful/a.csv': 'id\n1\n' })
    await rig.apply({ careful: product({ path: 'careful/*.csv', only_new: true }, { id: 'int' }) })
    await run('careful')
    await rig.write({ 'careful/b.csv': 'id\nnot a number\n' })
    expect((await rig.run('careful')).status).toBe('failed')
    expect(await ids('careful')).toBe('1')
    await rig.write({ 'careful/b.csv': 'id\n2\n' })
    await run('careful')
    expect(await ids('careful')).toBe('1 2')
  })

  it('in S3, over pages of a listing', async () => {
    for (const n of [1, 2, 3, 4, 5]) await put(`in/${n}.csv`, `id\n${n}\n`)
    await put('in/notes.txt', 'no')
    await put('other/9.csv', 'id\n9\n')
    const bucket = { path: `s3://${s3.bucket}/in/*.csv`, s3: { endpoint: s3.endpoint, region: s3.region, access_key: { secret: 'KEY' }, secret_key: { secret: 'SECRET' } } }
    await rig.apply({ bucket: product({ ...bucket, only_new: true }, { id: 'int' }) })
    await run('bucket')
    expect([await ids('bucket'), await run('bucket')]).toEqual(['1 2 3 4 5', 'skipped'])
    await put('in/6.csv', 'id\n6\n')
    await run('bucket')
    expect(await ids('bucket')).toBe('1 2 3 4 5 6')
    await rig.apply({ bucket: product(bucket, { id: 'int' }) })
    await put('in/1.csv', 'id\n10\n')
    await run('bucket')
    expect(await ids('bucket')).toBe('2 3 4 5 6 10')
    await rig.apply({ bucket: product({ ...bucket, s3: { ...bucket.s3, secret_key: { secret: 'WRONG' } } }, { id: 'int' }) })
    const refused = await rig.run('bucket', { force: true })
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(['source-unreachable'])
    expect(refused.diagnostics[0]?.message).toContain('the secret key is not accepted')
    expect(await ids('bucket')).toBe('2 3 4 5 6 10')
  })
})

describe('a file behind an address', () => {
  it('is asked for only where it changed, and whole again where something else did', async () => {
    let [text, sent] = ['id\n1\n', 0]
    serve = (request, response) => {
      if (request.headers['if-none-match'] === `"${text.length}"`) return void response.writeHead(304).end()
      sent += 1
      response.writeHead(200, { etag: `"${text.length}"` }).end(text)
    }
    const web = (columns: Readonly<Record<string, string>>) => rig.apply({ web: product({ path: `http://${host}/orders.csv` }, columns) })
    await web({ id: 'int' })
    await run('web')
    expect([await ids('web'), await run('web'), sent]).toEqual(['1', 'skipped', 1])
    await web({ id: 'long' })
    await run('web')
    expect([await ids('web'), sent]).toEqual(['1', 2])
    text = 'id\n1\n22\n'
    await run('web')
    expect([await ids('web'), sent]).toEqual(['1 22', 3])
  })

  it.each<[string, typeof serve, string]>([
    ['cut short', (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('id\n')
      response.destroy()
    }, 'source-unreachable'],
    ['larger than the limit', (_, response) => void response.writeHead(200).end(Buffer.alloc(65 * 1024 ** 2, 'x')), 'source-limit'],
    ['gone', (_, response) => void response.writeHead(404).end(), 'source-refused'],
    ['somewhere else now', (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/orders.csv' }).end(), 'source-refused'],
  ])('leaves the last version where it is %s', async (_, given, code) => {
    const before = (await rig.table('web.orders')).metadataLocation
    serve = given
    expect((await rig.run('web')).diagnostics.map((one) => one.code)).toEqual([code])
    expect((await rig.table('web.orders')).metadataLocation).toBe(before)
  })
})
