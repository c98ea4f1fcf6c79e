// The contract: a link gives whoever it was made for what they may see of its snapshot now, as one file; nobody can write a link,
// and what ends rights ends the file, in the middle of it too.

import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import type { GatewayRig } from '../testing.ts'
import { createGovernor } from '../execute.ts'
import { DataStopped } from '../rest/bodies.ts'
import { gatewayRig, valueOf } from '../testing.ts'
import { memoryLedger } from '../watch/memory-ledger.ts'
import { watchExports } from '../watch/watch-exports.ts'
import type { RunningExportWatch } from '../watch/watch-exports.ts'
import type { FilesPort } from './files-port.ts'
import { filesPort } from './files-port.ts'
import { keepFiles } from './kept-files.ts'
import type { KeptFiles } from './kept-files.ts'
import { readLink, signLink } from './links.ts'
import type { FileLink, OpenFile, WantedLink } from './types.ts'

const KEY = 'a key of this test'
let rig: GatewayRig
let files: KeptFiles
let watch: RunningExportWatch
let port: FilesPort
let later = 0
const clock: Clock = { ...systemClock, now: () => systemClock.now() + later }
beforeAll(async () => {
  rig = await gatewayRig()
  files = await keepFiles({ folder: join(rig.folder, 'files'), megabytes: 1, idleMilliseconds: 60_000, clock })
  watch = watchExports({ ledger: memoryLedger(), clock, budget: { most: { rows: 4000, bytes: 10_000_000, statements: 1000 } } })
  const maker = createGovernor({ authorizer: rig.authorizer, engine: rig.engine, audit: { ready: () => rig.audit.ready(), record: async () => rig.audit.ready() }, clock, folder: join(rig.folder, 'engines') })
  port = filesPort({ authorizer: rig.authorizer, maker, files, watch, audit: rig.audit, clock, key: KEY })
  for (const user of ['ana', 'bo']) rig.grant(user, 'passengers')
  rig.grant('ana', 'flights')
})
afterAll(async () => {
  await files.close()
  await rig.close()
})

const wanted: WantedLink = { product: 'passengers', dataSet: 'passengers', format: 'csv', seconds: 3600 }
const tokenOf = async (more: Partial<WantedLink> = {}, user = 'ana'): Promise<string> => valueOf(await port.sign(rig.who(user), { ...wanted, ...more })).token
const open = async (token: string): Promise<OpenFile> => valueOf(await port.open(valueOf(port.read(token)), (link) => rig.who(link.subjectId.slice(3), link.purpose)))
const bytesOf = async (file: OpenFile, range = { start: 0, end: file.bytes - 1 }): Promise<Buffer> => {
  const pieces: Uint8Array[] = []
  for await (const piece of valueOf(await file.hand(range, new AbortController().signal))) pieces.push(piece)
  return Buffer.concat(pieces)
}
const get = async (token: string): Promise<string> => (await bytesOf(await open(token))).toString('utf8')
const refusal = async (token: string): Promise<string[]> => {
  const link = port.read(token)
  const opened = link.ok ? await port.open(link.value, (one) => rig.who(one.subjectId.slice(3), one.purpose)) : link
  return opened.ok ? ['opened'] : opened.diagnostics.map(({ code }) => code)
}
const made = async (): Promise<number> => (await readdir(join(rig.folder, 'files'))).length

describe('a link', () => {
  it('gives a snapshot as a file, whole or in parts', async () => {
    const file = await open(await tokenOf({ columns: ['id', 'name'] }))
    const whole = await bytesOf(file)
    expect(whole.toString('utf8').split('\n').slice(0, 3)).toEqual(['id,name', '0,name 0', '1,name 1'])
    expect((await bytesOf(await open(await tokenOf({ columns: ['id', 'name'] })), { start: 3, end: 8 })).toString()).toBe(whole.subarray(3, 9).toString())
  })
  it('gives Arrow and Parquet, too', async () => {
    expect(tableFromIPC(await bytesOf(await open(await tokenOf({ format: 'arrow' })))).numRows).toBe(20)
    const parquet = await bytesOf(await open(await tokenOf({ format: 'parquet' })))
    expect([parquet.subarray(0, 4).toString(), parquet.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1'])
  })
  it('stays with its snapshot when another is published', async () => {
    const [token, before] = [await tokenOf({ columns: ['id', 'name'] }), await get(await tokenOf({ columns: ['id', 'name'] }))]
    await rig.publish('passengers', 'passengers', `select i::int as id, 'new ' || i as name, null::varchar as email, null::date as born, null::decimal(9,2) as paid from range(20) t(i)`)
    expect(await get(token)).toBe(before)
    expect(await get(await tokenOf({ columns: ['id', 'name'] }))).toContain('new 1')
  })
  it('can be read by anybody and written by nobody', async () => {
    const token = await tokenOf()
    const [body = '', signature = ''] = token.split('.')
    expect(Buffer.from(body, 'base64url').toString()).not.toContain(KEY)
    const link = valueOf(readLink(KEY, token, clock.now()))
    const forged = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()) as object, s: 'id-owner' })).toString('base64url')
    for (const bad of ['', '.', body, `${forged}.${signature}`, `${body}.${signature.slice(0, -2)}`, `${token}.x`, signLink('another key', link), `${'a'.repeat(100_000)}.b`]) expect(await refusal(bad)).toEqual(['link-not-signed'])
    expect(await refusal(token)).toEqual(['opened'])
  })
  it('ends at its time', async () => {
    const token = await tokenOf({ seconds: 60 })
    expect(await refusal(token)).toEqual(['opened'])
    later += 61_000
    expect(await refusal(token)).toEqual(['link-expired'])
    expect((await port.sign(rig.who('ana'), { ...wanted, seconds: 8 * 86_400 })).diagnostics.map(({ code }) => code)).toEqual(['bad-expiry'])
  })
  it('does not lead to another product that has the name by now', async () => {
    const link: FileLink = { ...valueOf(port.read(await tokenOf())), productId: 'id-of-another' }
    expect(await refusal(signLink(KEY, link))).toEqual(['link-not-signed'])
  })
  it('is not made for what may not be read', async () => {
    const signed = async (more: Partial<WantedLink>, user: string): Promise<string[]> => (await port.sign(rig.who(user), { ...wanted, ...more })).diagnostics.map(({ code }) => code)
    expect(await signed({}, 'cy')).toEqual(['read-denied'])
    expect(await signed({ columns: ['id', 'nam'] }, 'ana')).toEqual(['unknown-column'])
    expect(await signed({ snapshot: '77' }, 'ana')).toEqual(['unknown-version'])
  })
})

describe('the file', () => {
  it('has the masks and rows of whoever the link was made for, and is shared by those who see the same', async () => {
    const [anas, bos] = [await tokenOf(), await tokenOf({}, 'bo')]
    const plain = await get(anas)
    const before = await made()
    expect(await get(bos)).toBe(plain)
    expect(await made()).toBe(before)
    rig.refine((subject) => (subject.name === 'bo' ? { masks: { name: `'***'` }, rowFilter: { condition: 'id < 3', reads: [] } } : {}))
    expect((await get(bos)).split('\n').slice(1)).toEqual(['0,***,,,', '1,***,,,', '2,***,,,', ''])
    expect(await get(anas)).toBe(plain)
    expect(await made()).toBe(before + 1)
    rig.refine(() => ({}))
  })
  it('is gone with the rights, at once, and in the middle of it', async () => {
    rig.grant('cy', 'flights')
    await rig.publish('flights', 'flights', `select i::bigint as id, repeat('x', 900) as origin, 1::int as delay, timestamp '2001-01-01' as date from range(1000) t(i)`)
    const token = await tokenOf({ product: 'flights', dataSet: 'flights' }, 'cy')
    const file = await open(token)
    expect(file.bytes).toBeGreaterThan(800_000)
    const pieces = valueOf(await file.hand({ start: 0, end: file.bytes - 1 }, new AbortController().signal))[Symbol.asyncIterator]()
    rig.revoke('cy', 'flights')
    await expect(pieces.next()).rejects.toBeInstanceOf(DataStopped)
    expect(await refusal(token)).toEqual(['read-denied'])
    expect(rig.audit.lines.at(-1)).toMatchObject({ port: 'files', subject: 'cy', outcome: 'read-denied' })
  })
  it('counts as leaving once for each link, and is cut where it is too much', async () => {
    rig.grant('cy', 'flights')
    const [first, second] = [await tokenOf({ product: 'flights', dataSet: 'flights' }, 'cy'), await tokenOf({ product: 'flights', dataSet: 'flights' }, 'cy')]
    for (let i = 0; i < 6; i += 1) await bytesOf(await open(first), { start: 0, end: 100 })
    expect(rig.audit.lines.filter(({ port, subject, outcome }) => port === 'files' && subject === 'cy' && outcome === 'ok').map(({ rows, bytes }) => [rows, bytes]).slice(-6)).toEqual([[1000, 101], [0, 101], [0, 101], [0, 101], [0, 101], [0, 101]])
    for (const token of [second, await tokenOf({ product: 'flights', dataSet: 'flights' }, 'cy')]) await bytesOf(await open(token), { start: 0, end: 100 })
    const cut = await (await open(await tokenOf({ product: 'flights', dataSet: 'flights' }, 'cy'))).hand({ start: 0, end: 100 }, new AbortController().signal)
    expect(cut.diagnostics.map(({ code }) => code)).toEqual(['export-cut'])
    rig.revoke('cy', 'flights')
  })
  it('that is larger than the room is not made', async () => {
    rig.grant('ana', 'flights')
    await rig.publish('flights', 'flights', `select i::bigint as id, repeat('x', 2000) as origin, 1::int as delay, timestamp '2001-01-01' as date from range(1000) t(i)`)
    expect(await refusal(await tokenOf({ product: 'flights', dataSet: 'flights' }))).toEqual(['file-too-large'])
    expect((await readdir(join(rig.folder, 'files'))).filter((name) => name.endsWith('.draft'))).toEqual([])
  })
})

describe('what is kept', () => {
  const fill = (bytes: number) => async (path: string): Promise<{ ok: true; diagnostics: []; value: { rows: number } }> => {
    await writeFile(path, Buffer.alloc(bytes))
    return { ok: true, diagnostics: [], value: { rows: 1 } }
  }
  it('is within the room that there is, but for what is read at the moment, and gone when nobody asks', async () => {
    const folder = join(rig.folder, 'kept')
    const kept = await keepFiles({ folder, megabytes: 1, idleMilliseconds: 60_000, clock })
    const a = valueOf(await kept.use('a', fill(600_000)))
    valueOf(await kept.use('b', fill(600_000))).release()
    // `a` is read, so it stays, and `b` with it: what was just made is not taken away.
    expect(kept.state()).toEqual({ count: 2, bytes: 1_200_000 })
    a.release()
    valueOf(await kept.use('c', fill(600_000))).release()
    expect(kept.state()).toEqual({ count: 1, bytes: 600_000 })
    later += 59_000
    await kept.sweep()
    expect(kept.state().count).toBe(1)
    later += 2000
    await kept.sweep()
    expect([kept.state().count, (await readdir(folder)).length]).toEqual([0, 0])
    await kept.close()
  })
  it('is made once for all who ask at the same time', async () => {
    const kept = await keepFiles({ folder: join(rig.folder, 'once'), megabytes: 1, idleMilliseconds: 60_000, clock })
    let times = 0
    const used = await Promise.all(Array.from({ length: 20 }, () => kept.use('a', async (path) => {
      times += 1
      return fill(10)(path)
    })))
    expect([times, new Set(used.map((one) => valueOf(one).file.path)).size]).toEqual([1, 1])
    await kept.close()
  })
})
