// The contract of objects, kept by S3 in both styles and with a network and a store that fail; and what only S3 can do.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Objects, Unfinished } from '../types.ts'
import type { S3Fault, S3Server, S3ServerOptions } from '../testing/s3-server.ts'
import type { S3Options } from './s3-objects.ts'
import type { ObjectsRig } from '../testing/describe-objects.ts'
import { describeObjects } from '../testing/describe-objects.ts'
import { openS3Objects } from './s3-objects.ts'
import { lookUpHere, startS3Server } from '../testing/s3-server.ts'

/** A hundred times faster than the real one, so that pauses and silences of the adapter are short. */
const fast: Clock = {
  now: () => started + (Date.now() - started) * 100,
  sleep: (milliseconds, signal) => new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds / 100)
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), { once: true })
  }),
}
const started = Date.now()

type Faults = NonNullable<S3ServerOptions['faults']>

let folder: string
const servers: S3Server[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-s3-'))
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
  await rm(folder, { recursive: true, force: true })
})

interface Rig { readonly server: S3Server; readonly options: S3Options; open(changed?: Partial<S3Options>): Promise<Result<Objects>>; objects(changed?: Partial<S3Options>): Promise<Objects> }

async function rigOf(serverOptions: S3ServerOptions = {}, changed: Partial<S3Options> = {}): Promise<Rig> {
  const server = await startS3Server({ clock: fast, ...serverOptions })
  servers.push(server)
  const options: S3Options = {
    endpoint: server.endpoint, bucket: server.bucket, region: server.region, style: 'path', prefix: 'ware house/ö', credentials: () => server.credentials, clock: fast,
    cache: { folder: join(folder, 'cache'), limitBytes: 1_000_000_000 }, ...changed,
  }
  const open = (more: Partial<S3Options> = {}): Promise<Result<Objects>> => openS3Objects({ ...options, ...more })
  return { server, options, open, objects: async (more) => valueOf(await open(more)) }
}

const suiteRig = (serverOptions: S3ServerOptions, changed: (server: S3Server) => Partial<S3Options>) => async (): Promise<ObjectsRig> => {
  const own = await mkdtemp(join(tmpdir(), 'tulle-s3-'))
  const server = await startS3Server({ clock: fast, ...serverOptions })
  const objects = valueOf(await openS3Objects({
    endpoint: server.endpoint, bucket: server.bucket, region: server.region, style: 'path', prefix: 'p', credentials: () => server.credentials, clock: fast,
    cache: { folder: own, limitBytes: 1_000_000_000 }, ...changed(server),
  }))
  return { objects, close: async () => void (await Promise.all([server.close(), rm(own, { recursive: true })])) }
}

const FAULTS: readonly S3Fault[] = ['drop-before', 'drop-after', 'cut-short', 'silence', { status: 500, code: 'InternalError' }, { status: 503, code: 'SlowDown' }, { status: 409, code: 'ConditionalRequestConflict' }, { status: 429, code: 'TooManyRequests' }]
/** Every third request fails, each time in another way. */
const often: Faults = ({ index }) => (index % 3 === 1 ? FAULTS[Math.floor(index / 3) % FAULTS.length] : undefined)

describeObjects('S3, with the bucket in the path', suiteRig({}, () => ({})))
describeObjects('S3, with the bucket in the host', suiteRig({}, (server) => ({ style: 'virtual-host', endpoint: server.hostEndpoint, lookup: lookUpHere })))
describeObjects('S3, with a whole bucket and pages of two keys', suiteRig({ pageKeys: 2 }, () => ({ prefix: '' })))
describeObjects('S3, where every third request fails', suiteRig({ faults: often }, () => ({})))

describe('a put', () => {
  const puts = (fault: S3Fault, which = 0): Faults => {
    let seen = -1
    return ({ method, key }) => (method === 'PUT' && !key.includes('.tulle-') && (seen += 1) === which ? fault : undefined)
  }

  it('whose reply was lost is found to be our own', async () => {
    const { objects, server } = await rigOf({ faults: puts('drop-after') })
    expect(await (await objects()).create('a/x', Uint8Array.of(1))).toMatchObject({ ok: true })
    expect([...server.objects.keys()]).toEqual(['ware house/ö/a/x'])
  })

  it('whose reply was lost is not taken for our own where another writer was first, even with the same bytes', async () => {
    // The second put never arrives; tried again, it meets the object of the first.
    const { objects } = await rigOf({ faults: puts('drop-before', 1) })
    const own = await objects()
    await own.create('a/x', Uint8Array.of(1))
    expect(codesOf(await own.create('a/x', Uint8Array.of(1)))).toEqual(['object-exists'])
  })

  it('is tried again after a conflict, and then holds', async () => {
    const { objects } = await rigOf({ faults: puts({ status: 409, code: 'ConditionalRequestConflict' }) })
    expect(codesOf(await (await objects()).create('a/x', Uint8Array.of(1)))).toEqual([])
  })

  it('that was refused is not tried again, and says why without a secret', async () => {
    const { objects, server } = await rigOf({ faults: puts({ status: 403, code: 'AccessDenied' }) })
    const own = await objects()
    const before = server.requests()
    expect(await own.create('a/x', Uint8Array.of(1))).toMatchObject({
      ok: false, diagnostics: [{ code: 'object-unwritable', message: 's3://tulle-test/ware house/ö/a/x cannot be written: permission is denied.' }],
    })
    expect(server.requests() - before).toBe(1)
  })

  it('whose outcome stays unknown says so, and leaves alone what may be there', async () => {
    let isDown = false
    const { objects, server } = await rigOf({ faults: ({ method }) => (isDown ? (method === 'PUT' ? 'drop-after' : 'drop-before') : undefined) })
    const own = await objects()
    isDown = true
    const outcome = await own.create('a/x', Uint8Array.of(1))
    expect(outcome).toMatchObject({ ok: false, diagnostics: [{ code: 'object-outcome-unknown' }] })
    expect(JSON.stringify(outcome)).not.toMatch(/TESTKEY|Signature|127\.0\.0\.1/u)
    expect(server.objects.size).toBe(1)
  })

  it('is given up after a bounded number of attempts', async () => {
    let isDown = false
    const { objects, server } = await rigOf({ faults: () => (isDown ? { status: 503, code: 'SlowDown' } : undefined) })
    const own = await objects()
    isDown = true
    const before = server.requests()
    await own.create('a/x', Uint8Array.of(1))
    // Eight of the put, and as many to find out what became of it.
    expect(server.requests() - before).toBe(16)
  })
})

describe('a large file', () => {
  const PART = 5000
  const large = Buffer.alloc(2 * PART + 1000, 'tulle ')

  const adopt = async (faults: Faults): Promise<{ readonly result: Result<string>; readonly server: S3Server; readonly objects: Objects }> => {
    const rig = await rigOf({ faults, leastPartBytes: PART })
    const file = join(folder, 'large')
    await writeFile(file, large)
    const objects = await rig.objects({ partBytes: PART })
    return { result: await objects.adopt('a/large', file), server: rig.server, objects }
  }

  it.each([
    ['', () => undefined],
    [', and a part is lost on its way', ({ query, index }) => (query.get('partNumber') === '2' && index % 2 === 0 ? 'drop-before' : undefined)],
    [', and the last reply is lost', once(({ method, query }) => method === 'POST' && query.has('uploadId'), 'drop-after')],
    [', and another upload of the same key stands in the way for a moment', once(({ method, query }) => method === 'POST' && query.has('uploadId'), { status: 409, code: 'ConditionalRequestConflict' })],
  ] satisfies [string, Faults][])('is put in parts and comes back whole%s', async (_, faults) => {
    const { result, server, objects } = await adopt(faults)
    expect(codesOf(result)).toEqual([])
    expect(Buffer.from(server.objects.get('ware house/ö/a/large')?.bytes ?? []).equals(large)).toBe(true)
    expect((await readFile(valueOf(await objects.localFile(valueOf(result))))).equals(large)).toBe(true)
    expect(server.uploads()).toBe(0)
  })

  it('does not replace what is there, and leaves no parts', async () => {
    const { result, server, objects } = await adopt(() => undefined)
    expect(codesOf(result)).toEqual([])
    expect(codesOf(await objects.adopt('a/large', join(folder, 'large')))).toEqual(['object-exists'])
    expect(server.uploads()).toBe(0)
  })

  it('that was left half put is found unfinished, and can be discarded', async () => {
    let isDown = true
    const { result, server, objects } = await adopt(({ method, query }) => (isDown && (query.has('partNumber') || method === 'DELETE') ? { status: 403, code: 'AccessDenied' } : undefined))
    isDown = false
    expect(codesOf(result)).toEqual(['object-unwritable'])
    const found: Unfinished[] = []
    for await (const left of objects.unfinished('a')) found.push(left)
    expect(found.map(({ name }) => name.replace(/[\da-f-]{36}/u, '…'))).toEqual(['s3://tulle-test/ware house/ö/a/large (upload …)'])
    expect(Math.abs((found[0]?.since ?? 0) - fast.now())).toBeLessThan(3_600_000)
    expect(codesOf(await found[0]?.discard() ?? fail())).toEqual([])
    expect(server.uploads()).toBe(0)
  })
})

describe('a bucket', () => {
  it.each([
    ['that does not honour conditions', { ignoresConditions: true }, {}, 's3-not-conditional', 'The store of s3://tulle-test/ware house/ö cannot keep tables: it lets a second object replace the first.'],
    ['that is not there', {}, { bucket: 'nowhere' }, 's3-unusable', 's3://nowhere/ware house/ö cannot be used: there is no such bucket.'],
    ['in another region', {}, { region: 'us-east-1' }, 's3-unusable', 's3://tulle-test/ware house/ö cannot be used: the bucket is in another region.'],
    ['that does not know the access key', {}, { credentials: () => ({ accessKeyId: 'AKIASECRETID', secretAccessKey: 'sekret' }) }, 's3-unusable', 's3://tulle-test/ware house/ö cannot be used: the access key is not known there.'],
    ['that does not accept the secret key', {}, { credentials: () => ({ accessKeyId: 'TESTKEY', secretAccessKey: 'sekret' }) }, 's3-unusable', 's3://tulle-test/ware house/ö cannot be used: the secret key is not accepted.'],
    ['where nothing listens', {}, { endpoint: 'http://127.0.0.1:65535' }, 's3-unusable', 's3://tulle-test/ware house/ö cannot be used: nothing listens there.'],
    ['whose host nobody knows', {}, { endpoint: 'http://nowhere.invalid' }, 's3-unusable', 's3://tulle-test/ware house/ö cannot be used: nobody knows the name of its host.'],
    ['whose clock is wrong', { clock: { now: () => 0 } }, {}, 's3-unusable', 's3://tulle-test/ware house/ö cannot be used: the clocks of this machine and of the store differ too much.'],
    ['that never answers', { faults: () => 'silence' as const }, {}, 's3-unusable', 's3://tulle-test/ware house/ö cannot be used: the store does not answer in time.'],
  ] as const)('%s is refused at the start, in a sentence', async (_, serverOptions, changed, code, message) => {
    const { open } = await rigOf(serverOptions, changed)
    expect(await open()).toMatchObject({ ok: false, diagnostics: [{ code, message }] })
  })

  it('holds nothing of the look that was taken', async () => {
    const { objects, server } = await rigOf()
    await objects()
    expect(server.objects.size).toBe(0)
  })

  it('of others is opened without a request, and read', async () => {
    const { open, objects, server } = await rigOf()
    const own = await objects()
    const address = await own.create('a/x', Uint8Array.of(7))
    const before = server.requests()
    const others = await open({ isOthers: true })
    if (!others.ok || !address.ok) throw new Error('not opened')
    expect(server.requests()).toBe(before)
    expect(await others.value.read(address.value)).toMatchObject({ ok: true, value: Buffer.of(7) })
  })

  it('whose keys are temporary is opened with their token, and with no other', async () => {
    const { open, server } = await rigOf({ sessionToken: 'token' })
    expect(codesOf(await open())).toEqual([])
    for (const sessionToken of ['other', '']) {
      expect(await open({ credentials: () => ({ ...server.credentials, sessionToken }) })).toMatchObject({
        ok: false, diagnostics: [{ message: 's3://tulle-test/ware house/ö cannot be used: the session token is not accepted.' }],
      })
    }
  })
})

describe('objects in S3', () => {
  it('are also found under the addresses that other engines write', async () => {
    const { objects } = await rigOf()
    const own = await objects()
    await own.create('a/x', Uint8Array.of(7))
    for (const scheme of ['s3', 's3a', 's3n']) expect(codesOf(await own.read(`${scheme}://tulle-test/ware house/ö/a/x`))).toEqual([])
    for (const address of ['s3://tulle-test/ware house/öx/a/x', 's3://tulle-test/a/x', 's3://other/ware house/ö/a/x', 's3:/tulle-test/ware house/ö/a/x']) {
      expect(codesOf(await own.read(address))).toEqual(['outside-root'])
    }
  })

  it('are read again where an answer was cut short', async () => {
    const bytes = Buffer.alloc(300_000, 'x')
    const { objects } = await rigOf({ faults: once(({ method, key }) => method === 'GET' && key !== '', 'cut-short') })
    const own = await objects()
    const address = valueOf(await own.create('a/x', bytes))
    expect(Buffer.from(valueOf(await own.read(address))).equals(bytes)).toBe(true)
  })

  it('with keys that no path has are others’ and are not listed', async () => {
    const { objects, server } = await rigOf({}, { prefix: '' })
    const own = await objects()
    const write = server.objects as Map<string, unknown>
    for (const key of ['a//b', 'folder/', '../x', 'a\u0001', 'plain']) write.set(key, { bytes: Uint8Array.of(1), etag: '"x"', modified: 0, metadata: {} })
    expect(await all(own.list(''))).toEqual([own.address('plain')])
  })

  it('are never listed in part: a listing that the store does not finish breaks off', async () => {
    let isDown = false
    const { objects } = await rigOf({ pageKeys: 1, faults: ({ query }) => (isDown && query.has('continuation-token') ? { status: 500, code: 'InternalError' } : undefined) })
    const own = await objects()
    for (const name of ['x', 'y']) await own.create(name, Uint8Array.of(1))
    isDown = true
    await expect(all(own.list(''))).rejects.toThrow('s3://tulle-test/ware house/ö cannot be read: the store answers 500 InternalError.')
  })

  it('are loaded once, and again from the store once the copies are gone', async () => {
    const { objects, server } = await rigOf()
    const own = await objects()
    const address = valueOf(await own.create('a/x', Buffer.from('rows')))
    const before = server.requests()
    await Promise.all(Array.from({ length: 8 }, () => own.localFile(address)))
    await own.read(address)
    expect(server.requests() - before).toBe(1)
    expect(await readdir(join(folder, 'cache'))).toHaveLength(1)
    await rm(join(folder, 'cache'), { recursive: true })
    expect(Buffer.from(valueOf(await (await objects()).read(address))).toString()).toBe('rows')
  })

  it('that are larger than the cache may be are refused, not squeezed in', async () => {
    const { objects } = await rigOf()
    const own = await objects({ cache: { folder: join(folder, 'small'), limitBytes: 10 } })
    const address = valueOf(await own.create('a/x', Buffer.alloc(11)))
    expect(codesOf(await own.localFile(address))).toEqual(['object-too-large'])
  })
})

/** The first request of a kind fails. */
function once(which: (request: Parameters<Faults>[0]) => boolean, fault: S3Fault): Faults {
  let isDone = false
  return (request) => {
    if (isDone || !which(request)) return undefined
    isDone = true
    return fault
  }
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

const codesOf = (result: Result<unknown>): string[] => (result.ok ? [] : result.diagnostics.map((d) => d.code))

async function all(addresses: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const address of addresses) found.push(address)
  return found
}
