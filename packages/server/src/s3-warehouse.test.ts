// A whole Tulle whose tables are in S3: it lives, runs, answers, survives kills, and refuses a store that would lose commits.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openS3Objects } from '@tulle/objects'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { GOOD_ORDERS, ORDERS_CSV, shopMesh } from './testing-mesh.ts'
import { readSettings } from './settings.ts'
import { tryStart } from './testing-start.ts'

// A command takes half a second on a quiet machine; this one may be busy.
vi.setConfig({ testTimeout: 120_000 })

const SERVE = resolve(import.meta.dirname, '../../objects/src/testing/serve-s3.ts')
const stores: ChildProcess[] = []
const scratch = mkdtempSync('/tmp/tulle-s3-')
const mesh = shopMesh()
let environment: Record<string, string>
let tulle: TestTulle

beforeAll(async () => {
  environment = await serveS3()
  tulle = await startTulle({ mesh, environment })
}, 120_000)

afterAll(async () => {
  await tulle?.stop()
  for (const store of stores) store.stdin?.end()
  for (const folder of [mesh, scratch]) rmSync(folder, { recursive: true, force: true })
})

/** A store of its own process, since commands are waited for here. */
async function serveS3(...flags: readonly string[]): Promise<Record<string, string>> {
  const store = spawn(process.execPath, [SERVE, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] })
  stores.push(store)
  const [line] = (await once(store.stdout, 'data')) as [Buffer]
  return JSON.parse(line.toString()) as Record<string, string>
}

async function keys(): Promise<readonly string[]> {
  const settings = readSettings({ ...environment }, [])
  if (!settings.ok || settings.value.s3 === undefined) throw new Error('the settings of the test are none')
  const objects = await openS3Objects({ ...settings.value.s3, cache: { folder: join(scratch, 'cache'), limitBytes: 1_000_000 } })
  if (!objects.ok) throw new Error(objects.diagnostics.map((d) => d.message).join('\n'))
  const found: string[] = []
  for await (const address of objects.value.list('')) found.push(address)
  return found
}

const count = (table: string): string => tulle.sh(`tulle sql --as ana -o csv 'select count(*) from ${table}'`).stdout.split('\n')[1] ?? ''
const until = (table: string, rows: string): Promise<void> => expect.poll(() => count(table), { timeout: 60_000, interval: 200 }).toBe(rows)

describe('a mesh whose tables are in S3', () => {
  it('is built and answers, and keeps nothing of it in the home but copies', async () => {
    await until('orders.orders', '3')
    await until('totals.totals', '3')
    const names = await keys()
    expect(names.filter((name) => name.endsWith('.parquet')).length).toBeGreaterThanOrEqual(2)
    expect(names.every((name) => name.startsWith('s3://tulle-test/mesh/warehouse/'))).toBe(true)
    expect(existsSync(join(tulle.home, 'warehouse')) ? readdirSync(join(tulle.home, 'warehouse')) : []).toEqual([])
  })

  it('takes a change in, run by run, and keeps both versions', async () => {
    writeFileSync(join(tulle.checkout, 'examples/skyline', ORDERS_CSV), `${GOOD_ORDERS}4,Di,2.00\n`)
    expect(tulle.sh('tulle run orders --as dora --wait')).toMatchObject({ status: 0 })
    await until('orders.orders', '4')
    expect(JSON.parse(tulle.sh('tulle history orders --as ada -o json').stdout)).toHaveLength(2)
  })

  it('is there after a kill, a restart, and without its local copies', async () => {
    await tulle.killAndRestart()
    expect(count('orders.orders')).toBe('4')
    rmSync(join(tulle.home, 'cache/objects'), { recursive: true })
    await tulle.restart()
    expect(count('orders.orders')).toBe('4')
    expect(tulle.sh('tulle plan examples/skyline --as ada -o json').stdout).toContain('No changes.')
  })

  it('tells no secret of its store', () => {
    expect(tulle.output()).not.toContain(environment['AWS_SECRET_ACCESS_KEY'])
    expect(tulle.sh(`grep -rl '${environment['AWS_SECRET_ACCESS_KEY']}' .tulle/logs .tulle/server.json`).stdout).toBe('')
  })

  it('is not opened with another warehouse than its own', async () => {
    tulle.server.kill('SIGTERM')
    if (tulle.server.exitCode === null && tulle.server.signalCode === null) await once(tulle.server, 'exit')
    const refused = await tryStart({ mesh, home: tulle.home })
    expect({ exit: refused.exit, said: /❌ [\w-]+/u.exec(refused.said())?.[0] }).toEqual({ exit: 2, said: '❌ warehouse-elsewhere' })
    await tulle.restart()
    expect(count('orders.orders')).toBe('4')
  })
})

describe('a start with', () => {
  it.each([
    ['a store that passes over conditions', async () => serveS3('--ignores-conditions'), /^❌ s3-not-conditional: The store of s3:\/\/tulle-test\/mesh\/warehouse cannot keep tables: it lets a second object replace the first\./mu],
    ['a bucket that is not there', async () => ({ ...environment, TULLE_WAREHOUSE: 's3://nowhere/x' }), /^❌ s3-unusable: s3:\/\/nowhere\/x cannot be used: there is no such bucket\./mu],
    ['keys that do not fit', async () => ({ ...environment, AWS_SECRET_ACCESS_KEY: 'sekret' }), /^❌ s3-unusable: .* cannot be used: the secret key is not accepted\./mu],
  ] as const)('%s is refused in a sentence, and tells no secret', async (_, settings, says) => {
    const start = await tryStart({ mesh, home: mkdtempSync(join(scratch, 'home-')), environment: await settings() })
    expect(start.said()).toMatch(says)
    expect({ exit: start.exit, secret: start.said().includes('sekret') }).toEqual({ exit: 2, secret: false })
  })
})
