// A Tulle whose tables are in S3, backed up into S3 and brought back into another bucket's folder and a database of one's own.
// MOTO_PORT names an S3 that is not ours, with a bucket "tulle-test"; otherwise it is the small one of the tests.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { startPostgres } from '@tulle/store'
import type { RunningPostgres } from '@tulle/store'
import { GOOD_ORDERS, ORDERS_CSV, shopMesh } from './testing-mesh.ts'
import { freePort } from './testing.ts'

// A command takes half a second on a quiet machine; this one may be busy.
vi.setConfig({ testTimeout: 240_000 })

const SERVE = resolve(import.meta.dirname, '../../objects/src/testing/serve-s3.ts')
const { MOTO_PORT } = process.env
const scratch = mkdtempSync('/tmp/tulle-s3-backup-')
const mesh = shopMesh()
let store: ChildProcess | undefined
let postgres: RunningPostgres
let tulle: TestTulle

async function environmentOfS3(): Promise<Record<string, string>> {
  if (MOTO_PORT !== undefined) return { TULLE_WAREHOUSE: 's3://tulle-test/mesh/warehouse', TULLE_S3_ENDPOINT: `http://127.0.0.1:${MOTO_PORT}`, TULLE_S3_REGION: 'us-east-1', TULLE_S3_STYLE: 'path', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' }
  const child = spawn(process.execPath, [SERVE], { stdio: ['pipe', 'pipe', 'inherit'] })
  store = child
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return JSON.parse(line.toString()) as Record<string, string>
}

beforeAll(async () => {
  const started = await startPostgres({ folder: join(scratch, 'pg'), port: await freePort() })
  if (!started.ok) throw new Error(JSON.stringify(started.diagnostics))
  postgres = started.value
  tulle = await startTulle({ mesh, environment: await environmentOfS3() })
}, 180_000)
afterAll(async () => {
  await tulle?.stop()
  await postgres?.stop()
  store?.stdin?.end()
  for (const folder of [mesh, scratch]) rmSync(folder, { recursive: true, force: true })
})

const json = (command: string, variables = ''): unknown => {
  const { status, stdout, stderr } = tulle.sh(`${variables} tulle ${command} -o json`)
  expect({ command, status, stderr }).toMatchObject({ status: 0 })
  return JSON.parse(stdout)
}
const everything = (): unknown => ({
  rows: json('sql --as ana "select * from orders.orders order by id"'),
  totals: json('sql --as ana "select * from totals.totals order by customer"'),
  versions: json('history orders --as ada'),
  runs: json('runs list --as ada'),
})

describe('a mesh in S3', () => {
  it('is backed up into S3 while it runs, and lives again in another folder of it and in a database of one\'s own', async () => {
    await vi.waitFor(() => expect(JSON.stringify(json('sql --as ana "select * from totals.totals"'))).toContain('Ada'), { timeout: 60_000, interval: 500 })
    writeFileSync(join(tulle.checkout, 'examples/skyline', ORDERS_CSV), `${GOOD_ORDERS}4,Di,9.00\n`)
    expect(json('run orders --wait --as dora')).toMatchObject({ status: 'succeeded' })
    await vi.waitFor(() => expect(JSON.stringify(json('sql --as ana "select * from totals.totals"'))).toContain('Di'), { timeout: 60_000, interval: 500 })
    const before = everything()
    const place = 's3://tulle-test/mesh/backups'
    const made = json(`backup ${place} --as ada`) as { id: string; objects: number }
    expect(json(`backup ${place} --as ada`)).toMatchObject({ objects: made.objects, newObjects: expect.any(Number) })
    expect(json(`backup --verify ${place}`)).toMatchObject({ backups: expect.arrayContaining([made.id]) })

    const { user, password, port, database } = postgres.connection
    const [home, warehouse, databaseUrl] = [`${tulle.home}.again`, 's3://tulle-test/again/warehouse', `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`]
    expect(json(`restore ${place} --home ${home}`, `TULLE_WAREHOUSE=${warehouse} DATABASE_URL='${databaseUrl}'`)).toMatchObject({ moved: true, objects: expect.any(Number) })
    await tulle.restart({ TULLE_HOME: home, TULLE_WAREHOUSE: warehouse, DATABASE_URL: databaseUrl })
    expect(tulle.output()).not.toContain('❌')
    expect(existsSync(join(home, 'pg'))).toBe(false)
    expect(everything()).toEqual(before)
    const orders = json('history orders --as ada') as { id: string }[]
    expect(json(`reproduce orders --snapshot ${orders.at(-1)?.id} --as dora`)).toMatchObject({ identical: true })
    expect(json('run orders --wait --as dora')).toMatchObject({ status: 'succeeded' })
    // A second restore finds both full, and leaves them alone.
    expect(tulle.sh(`TULLE_WAREHOUSE=${warehouse} DATABASE_URL='${databaseUrl}' tulle restore ${place} --home ${home}.third`).stderr).toContain('restore-warehouse-not-empty')
    expect(tulle.sh(`TULLE_WAREHOUSE=s3://tulle-test/third/warehouse DATABASE_URL='${databaseUrl}' tulle restore ${place} --home ${home}.third`).stderr).toContain('restore-database-not-empty')
    expect(everything()).toMatchObject({ rows: (before as { rows: unknown }).rows })
  })
})
