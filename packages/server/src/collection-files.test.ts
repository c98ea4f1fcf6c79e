// A collection of files in a whole Tulle: listed and asked like any table, its files handed out under the same rights.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sha256 } from '@tulle/kernel'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { GALLERY, GALLERY_FOLDER, galleryMesh } from './testing-mesh.ts'

vi.setConfig({ testTimeout: 120_000 })

const mesh = galleryMesh()
const tokens = new Map<string, string>()
let tulle: TestTulle
beforeAll(async () => {
  tulle = await startTulle({ mesh })
  for (const name of ['ana', 'bo', 'ada']) {
    const response = await fetch(`${tulle.url}/api/v1/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, password: tulle.secret(name) }) })
    tokens.set(name, ((await response.json()) as { token: string }).token)
  }
  expect(tulle.sh('npx --no-install tulle grant ana gallery --purpose reporting --as ada').status).toBe(0)
}, 120_000)
afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})

const get = (path: string, headers: Record<string, string> = {}, who = 'ana'): Promise<Response> =>
  fetch(`${tulle.url}/data/v1/gallery/pictures${path}`, { headers: { ...(tokens.has(who) && { authorization: `Bearer ${tokens.get(who)}` }), ...headers } })
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer())
const urlOf = (path: string): string => `/files/${path.split('/').map(encodeURIComponent).join('/')}`

describe('a file of a collection', () => {
  it.each(Object.entries(GALLERY))('%s is handed out whole, as a download that no browser runs', async (path, bytes) => {
    const response = await get(urlOf(path))
    expect({ status: response.status, headers: Object.fromEntries(response.headers) }).toMatchObject({
      status: 200,
      headers: {
        etag: `"${sha256(bytes)}"`, 'content-length': String(bytes.length), 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox",
        'content-disposition': expect.stringMatching(/^attachment; filename\*=UTF-8''[A-Za-z0-9._~%-]+$/u) as string, 'cache-control': 'private, no-cache',
      },
    })
    expect(await bytesOf(response)).toEqual(Buffer.from(bytes))
  })

  it('says what it is, as its row does', async () => {
    const { rows } = (await (await get('?select=path,media_type,bytes&order=path')).json()) as { rows: Record<string, unknown>[] }
    expect(rows).toEqual(Object.entries(GALLERY).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, { length }]) => ({ path, bytes: length, media_type: expect.any(String) as string })))
    for (const row of rows) expect((await get(urlOf(String(row['path'])))).headers.get('content-type')).toBe(row['media_type'])
  })

  it.each([
    ['bytes=0-3', 206, 'bytes 0-3/97', '<svg'], ['bytes=-5', 206, 'bytes 92-96/97', 'svg>\n'], ['bytes=93-1000', 206, 'bytes 93-96/97', 'vg>\n'],
    ['bytes=97-', 416, 'bytes */97', undefined], ['bytes=5-1', 200, null, undefined], ['bytes=0-1,3-4', 200, null, undefined], ['lines=1-2', 200, null, undefined],
  ])('is handed out in parts: %s', async (range, status, contentRange, text) => {
    const response = await get('/files/logo.svg', { range })
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange])
    if (text !== undefined) expect((await bytesOf(response)).toString()).toBe(text)
  })

  it('is not sent again to who has it', async () => {
    const etag = `"${sha256(GALLERY['logo.svg'] ?? '')}"`
    expect((await get('/files/logo.svg', { 'if-none-match': `"x", ${etag}` })).status).toBe(304)
    expect((await get('/files/logo.svg', { 'if-none-match': '"x"' })).status).toBe(200)
    expect((await get('/files/logo.svg', { range: 'bytes=0-3', 'if-range': '"x"' })).status).toBe(200)
  })

  it.each([['/files/nothing.svg'], ['/files/'], ['/files/icons'], ['/files/..%2f..%2flogo.svg'], ['/files/logo.svg%00'], ["/files/' or 1=1 --"], [`/files/${'x'.repeat(400)}`]])('is not at %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  it('is there for nobody without a grant, and for nobody who is not signed in', async () => {
    expect((await get('/files/logo.svg', {}, 'bo')).status).toBe(403)
    expect((await get('/files/nothing.svg', {}, 'bo')).status).toBe(403)
    expect((await get('/files/logo.svg', {}, 'nobody')).status).toBe(401)
  })

  it('is read for the purpose that a header or the address names, where it is open', async () => {
    const codeOf = async (response: Response): Promise<unknown> => [response.status, response.ok ? '' : ((await response.json()) as { diagnostics: { code: string }[] }).diagnostics[0]?.code]
    for (const path of ['/files/logo.svg', '']) {
      expect(await codeOf(await get(path, { 'x-tulle-purpose': 'reporting' }))).toEqual([200, ''])
      expect(await codeOf(await get(`${path}?purpose=reporting`, { 'x-tulle-purpose': 'reporting' }))).toEqual([200, ''])
      expect(await codeOf(await get(path, { 'x-tulle-purpose': 'marketing' }))).toEqual([400, 'unknown-purpose'])
      expect(await codeOf(await get(`${path}?purpose=marketing`))).toEqual([400, 'unknown-purpose'])
      expect(await codeOf(await get(`${path}?purpose=reporting`, { 'x-tulle-purpose': 'marketing' }))).toEqual([400, 'two-purposes'])
    }
  })

  it('is of collections alone', async () => {
    const response = await fetch(`${tulle.url}/data/v1/orders/orders/files/logo.svg`, { headers: { authorization: `Bearer ${tokens.get('ana')}` } })
    expect(response.status).toBe(404)
  })

  it('is gone from the newest version when it left the folder, and its row is the proof', async () => {
    writeFileSync(join(tulle.checkout, 'examples/skyline', GALLERY_FOLDER, 'new.txt'), 'new')
    rmSync(join(tulle.checkout, 'examples/skyline', GALLERY_FOLDER, 'logo.svg'))
    expect(tulle.sh('npx --no-install tulle run gallery --wait --as ada').status).toBe(0)
    await expect.poll(async () => (await get('/files/logo.svg')).status, { timeout: 10_000 }).toBe(404)
    expect((await bytesOf(await get('/files/new.txt'))).toString()).toBe('new')
    const { stdout } = tulle.sh('npx --no-install tulle history gallery -o json --as ada')
    const first = (JSON.parse(stdout) as { id: string }[]).at(-1)?.id ?? ''
    for (const command of ['tulle maintain gallery --dry-run', 'tulle maintain gallery']) expect(tulle.sh(`npx --no-install ${command} --as ada`).status).toBe(0)
    expect(await bytesOf(await get(`/files/logo.svg?snapshot=${first}`))).toEqual(Buffer.from(GALLERY['logo.svg'] ?? ''))
    expect((await get(`/files/new.txt?snapshot=${first}`)).status).toBe(404)
  })
})
