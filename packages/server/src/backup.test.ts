// A whole Tulle, backed up while it runs and brought back elsewhere: what people see is what they saw.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { GOOD_ORDERS, ORDERS_CSV, shopMesh } from './testing-mesh.ts'

// A command takes half a second on a quiet machine; this one may be busy.
vi.setConfig({ testTimeout: 240_000 })

const mesh = shopMesh()
const place = mkdtempSync('/tmp/tulle-backups-')
let tulle: TestTulle
beforeAll(async () => {
  tulle = await startTulle({ mesh })
}, 120_000)
afterAll(async () => {
  await tulle?.stop()
  for (const folder of [mesh, place]) rmSync(folder, { recursive: true, force: true })
})

const json = (command: string, home?: string): unknown => {
  const { status, stdout, stderr } = tulle.sh(`${home === undefined ? '' : `TULLE_HOME=${home} `}npx --no-install tulle ${command} -o json`)
  expect({ command, status, stderr }).toMatchObject({ status: 0 })
  return JSON.parse(stdout)
}
const codesOf = (command: string): string => tulle.sh(`npx --no-install tulle ${command}`).stderr
const everything = (): unknown => ({
  rows: json('sql --as ana "select * from orders.orders order by id"'),
  totals: json('sql --as ana "select * from totals.totals order by customer"'),
  versions: json('history orders --as ada'),
  runs: json('runs list --as ada'),
  grants: json('grants list --as ada'),
  accounts: json('account list --as ada'),
})

describe('a mesh', () => {
  it('is backed up while it runs, and lives again in another home, with rows, versions, runs and grants', async () => {
    writeFileSync(join(tulle.checkout, 'examples/skyline', ORDERS_CSV), `${GOOD_ORDERS}4,Di,9.00\n`)
    expect(json('run orders --wait --as dora')).toMatchObject({ status: 'succeeded' })
    json('grant bo orders --purpose reporting --as olga')
    await vi.waitFor(() => expect(JSON.stringify(json('sql --as ana "select * from totals.totals"'))).toContain('Di'), { timeout: 60_000, interval: 500 })
    const before = everything()

    const { archives, ...made } = json(`backup ${place} --as ada`) as { id: string; tables: number; newObjects: number; archives: number }
    expect([archives, made]).toMatchObject([0, { tables: 2, secrets: false }])
    expect(json(`backup --list ${place}`)).toEqual([{ ...made, newObjects: 0, newBytes: 0 }])
    expect(json(`backup --verify ${place}`)).toMatchObject({ backups: [made.id] })
    expect(codesOf(`restore ${place}`)).toContain('restore-home-not-empty')

    const home = `${tulle.home}.again`
    expect(json(`restore ${place} --home ${home}`)).toMatchObject({ id: made.id, moved: true })
    expect(existsSync(join(home, 'secrets'))).toBe(false)
    await tulle.restart({ TULLE_HOME: home })
    expect(tulle.output()).not.toContain('❌')
    // Nobody's password came along, so the demo users have new ones.
    expect(everything()).toEqual(before)
    const orders = json('history orders --as ada') as { id: string }[]
    expect(orders.length).toBeGreaterThan(1)
    // What a version was made from came along too.
    expect(json(`reproduce orders --snapshot ${orders.at(-1)?.id} --as dora`)).toMatchObject({ identical: true })
    expect(json('run orders --wait --as dora')).toMatchObject({ status: 'succeeded' })
  })

  it('takes its secrets along where asked, closed to everybody else', async () => {
    const kept = readFileSync(join(tulle.environment['TULLE_HOME'] ?? '', 'secrets/ana'), 'utf8')
    expect(json(`backup ${place} --with-secrets --as ada`)).toMatchObject({ secrets: true })
    const home = `${tulle.home}.secret`
    json(`restore ${place} --home ${home}`)
    expect(readFileSync(join(home, 'secrets/ana'), 'utf8')).toBe(kept)
    expect(statSync(join(home, 'secrets/ana')).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(home, 'tls')).length).toBeGreaterThan(0)
    rmSync(home, { recursive: true, force: true })
  })

  it('is backed up by administrators alone, and nowhere in its own home', () => {
    expect(codesOf(`backup ${place} --as ana`)).toContain('not-allowed')
    expect(codesOf(`backup ${tulle.environment['TULLE_HOME']}/warehouse/x --as ada`)).toContain('backup-place-invalid')
    expect(codesOf(`backup ${mesh} --as ada`)).toContain('backup-place-taken')
    expect(codesOf('backup --list /nowhere/at/all')).toContain('backup-missing')
  })
})
