// The contract: what a worker lays down arrives as it was, in memory that the reader lends; a worker that says what is not
// so is ended.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOf, engineRig, openQuery } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess } from '../types.ts'
import type { Channel } from './channel.ts'
import { openMailbox } from './mailbox.ts'
import { engineProcess } from './process.ts'
import type { Fetched } from './protocol.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  worker = await rig.process()
})
afterAll(() => rig.close())

describe('a batch', () => {
  const SQL = "select i, 'a text that is long enough ' || i from range(40000) t(i)"
  const encoding = { kind: 'pgwire', formats: [0] } as const

  it.each([[10, 0], [40_000, 1]])('of %i rows comes by %i rooms of the reader’s own, byte for byte', async (rows, lent) => {
    const sql = `${SQL} limit ${rows}`
    const whole = await bytesOf(worker, sql, { encoding })
    const rooms: Uint8Array[] = []
    const cursor = await openQuery(worker, sql, { encoding })
    const batch = await cursor.fetch(100_000, { memory: { room: (bytes) => (rooms.push(new Uint8Array(bytes)), rooms.at(-1) as Uint8Array) } })
    await cursor.close()
    expect(rooms).toHaveLength(lent)
    expect(batch.ok && Buffer.from(batch.value.bytes).equals(whole.subarray(0, batch.value.bytes.length))).toBe(true)
    if (lent > 0) expect(batch.ok && batch.value.bytes).toBe(rooms[0])
  })

  it('does not mix with those of other cursors at the same time', async () => {
    const of = (k: number): string => `select ${k} as k, repeat('x', 20) from range(30000)`
    const expected = await Promise.all([1, 2, 3].map((k) => bytesOf(worker, of(k), { encoding })))
    const read = await Promise.all([1, 2, 3].map((k) => bytesOf(worker, of(k), { encoding })))
    for (const [i, bytes] of read.entries()) expect(bytes.equals(expected[i] as Buffer)).toBe(true)
    expect(read[0]?.equals(read[1] as Buffer)).toBe(false)
  })

  it('with a row larger than a part comes all the same', async () => {
    const bytes = await bytesOf(worker, "select repeat('x', 9000000) from range(2)", { encoding })
    expect(bytes.length).toBe(2 * (9_000_000 + 11))
  })
})

describe('a worker', () => {
  const lying = (laid: number, written: number): { readonly process: EngineProcess; readonly killed: () => boolean } => {
    const folder = mkdtempSync(join(tmpdir(), 'tulle-mailbox-'))
    const mailbox = openMailbox(folder)
    writeSync(mailbox.fd, new Uint8Array(written), 0, written, 0)
    rmSync(folder, { recursive: true })
    let killed = false
    const channel: Channel = {
      ask: ({ verb }) => ({ id: 1, reply: Promise.resolve({ kind: 'done', value: verb === 'open' ? { columns: [] } : { rows: 1, done: false, laid } satisfies Fetched, body: new Uint8Array() }) }),
      pid: undefined, mailbox, ended: Promise.resolve(), isOpen: () => !killed, kill: () => { killed = true },
    }
    return { process: engineProcess(channel, { takesFilesBack: false, emptyFile: '' }), killed: () => killed }
  }

  it.each([
    [100, 100, undefined],
    [101, 100, 'engine-died'],
    [-1, 100, 'engine-died'],
    [0.5, 100, 'engine-died'],
    [2 ** 40, 100, 'engine-died'],
  ] as const)('that says it laid down %d bytes of %d is answered %s', async (laid, written, code) => {
    const { process, killed } = lying(laid, written)
    const cursor = await openQuery(process, 'select 1')
    const batch = await cursor.fetch(10)
    expect(batch.ok ? undefined : batch.diagnostics[0]?.code).toBe(code)
    expect(killed()).toBe(code !== undefined)
  })

  it('shares a file that has no name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tulle-mailbox-'))
    const mailbox = openMailbox(folder)
    expect(existsSync(folder) && readdirSync(folder)).toEqual([])
    mailbox.close()
    expect(mailbox.read(0, new Uint8Array(1))).toBe(false)
    rmSync(folder, { recursive: true })
  })
})
