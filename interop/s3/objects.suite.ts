// The contract of objects, against the S3 that listens on MOTO_PORT and has a bucket "tulle-test".

import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openS3Objects } from '@tulle/objects'
import type { Objects, S3Options } from '@tulle/objects'
import { describeObjects, lookUpHere } from '@tulle/objects/testing'
import type { ObjectsRig } from '@tulle/objects/testing'
import { describe, expect, it } from 'vitest'

const port = Number(process.env['MOTO_PORT'])
const PART_BYTES = 5 * 1024 * 1024

const rig = (style: Pick<S3Options, 'style' | 'endpoint'> & Partial<S3Options>) => async (): Promise<ObjectsRig> => {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-s3-'))
  const opened = await openS3Objects({
    bucket: 'tulle-test', region: 'us-east-1', prefix: randomUUID(), credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b' }), partBytes: PART_BYTES,
    cache: { folder: join(folder, 'cache'), limitBytes: 1_000_000_000 }, ...style,
  })
  if (!opened.ok) throw new Error(opened.diagnostics.map((d) => d.message).join('\n'))
  return { objects: opened.value, close: () => rm(folder, { recursive: true }) }
}
const inPath = rig({ style: 'path', endpoint: `http://127.0.0.1:${port}` })

describeObjects('another’s S3, with the bucket in the path', inPath)
describeObjects('another’s S3, with the bucket in the host', rig({ style: 'virtual-host', endpoint: `http://s3.amazonaws.com:${port}`, lookup: lookUpHere }))

describe('another’s S3', () => {
  it('takes a large file in parts, once', async () => {
    await using opened = await open()
    const file = join(opened.folder, 'large')
    const bytes = Buffer.alloc(2 * PART_BYTES + 1000, 'tulle ')
    await writeFile(file, bytes)
    const adopted = await opened.objects.adopt('a/large', file)
    expect(adopted).toMatchObject({ ok: true })
    expect(await opened.objects.adopt('a/large', file)).toMatchObject({ ok: false, diagnostics: [{ code: 'object-exists' }] })
    const local = await opened.objects.localFile(opened.objects.address('a/large'))
    expect(local.ok && (await readFile(local.value)).equals(bytes)).toBe(true)
    for await (const left of opened.objects.unfinished('')) expect.fail(`${left.name} is unfinished`)
  })

  it('lets one of sixteen writers win, for each of ten names', async () => {
    await using opened = await open()
    const attempts = await Promise.all(Array.from({ length: 160 }, (_, i) => opened.objects.create(`race/${i % 10}`, Uint8Array.of(i))))
    expect(attempts.filter((attempt) => attempt.ok)).toHaveLength(10)
  })

  it('lists more than a page', async () => {
    await using opened = await open()
    const paths = Array.from({ length: 1100 }, (_, i) => `many/${i}`)
    for (let from = 0; from < paths.length; from += 50) await Promise.all(paths.slice(from, from + 50).map((path) => opened.objects.create(path, new Uint8Array())))
    const listed: string[] = []
    for await (const address of opened.objects.list('many')) listed.push(address)
    expect(new Set(listed).size).toBe(1100)
  })
})

async function open(): Promise<AsyncDisposable & { readonly objects: Objects; readonly folder: string }> {
  const { objects, close } = await inPath()
  const folder = await mkdtemp(join(tmpdir(), 'tulle-s3-'))
  return { objects, folder, [Symbol.asyncDispose]: async () => void (await Promise.all([close(), rm(folder, { recursive: true })])) }
}
