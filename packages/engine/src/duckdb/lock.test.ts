// The contract: even a statement that no gate has seen touches nothing outside of what the process was given, and
// changes nothing of its settings.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig, refusalOf, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess } from '../types.ts'
import { openChannel } from './channel.ts'
import { lockOf, looseSetting } from './settings.ts'
import { spawnWorker } from './spawn-worker.ts'

let rig: EngineRig
let worker: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  writeFileSync(join(rig.outside, 'secret.csv'), 'a\n1\n')
  writeFileSync(join(rig.data, 'open.csv'), 'a\n1\n')
  worker = await rig.process()
})
afterAll(() => rig.close())

const secret = (): string => join(rig.outside, 'secret.csv')

describe('a statement sent past the gate', () => {
  it('reads what the process was given: the control', async () => {
    expect(await rowsOf(worker, `select a from read_csv('${join(rig.data, 'open.csv')}')`)).toEqual([[1]])
  })

  it.each([
    ["select * from read_csv('/etc/passwd')"], ["select * from read_text('/etc/passwd')"], ["select * from read_blob('/proc/self/environ')"],
    ["select * from '/etc/passwd'"], ["select * from glob('/etc/*')"], ["select * from sniff_csv('/etc/passwd')"], ["select * from read_json('/etc/passwd')"],
    ["select * from read_parquet('/etc/passwd')"], ["select * from read_csv('DATA/../outside/secret.csv')"], ["select * from read_csv('OUTSIDE/secret.csv')"],
    ["select * from read_csv('file://OUTSIDE/secret.csv')"], ["select * from read_csv('https://example.org/x.csv')"], ["select * from read_csv('s3://bucket/x.csv')"],
    ["select * from read_duckdb('OUTSIDE/x.db')"],
  ])('reads nothing else: %s', async (sql) => {
    const codes = await refusalOf(worker, sql.replaceAll('DATA', rig.data).replaceAll('OUTSIDE', rig.outside))
    expect(['engine-denied', 'engine-unsupported', 'engine-undefined-table', 'engine-undefined-function', 'engine-invalid-value']).toContain(codes[0])
  })

  it.each([
    ["copy (select 1) to 'DATA/x.csv'"], ["copy (select 1) to 'OUTSIDE/x.csv'"], ["copy (select 1) to '/dev/stdout'"], ["attach ':memory:' as x"], ["attach 'DATA/x.db'"],
    ['install httpfs'], ['load httpfs'], ["set threads = 1"], ["set enable_external_access = true"], ["reset all"], ['pragma enable_profiling'], ["create table t(a int)"],
    ["create macro sum(x) as 1"], ['create temp view v as select 1'], ["set variable x = 1"], ["export database 'DATA/x'"], ["call enable_logging()"], ['explain select 1'],
    ['begin'], ['drop schema main cascade'], ['vacuum'], ["prepare p as select 1"], ['checkpoint'],
  ])('is refused where it is no SELECT: %s', async (sql) => {
    expect(['engine-denied', 'engine-unsupported']).toContain((await refusalOf(worker, sql.replaceAll('DATA', rig.data).replaceAll('OUTSIDE', rig.outside)))[0])
    expect((await worker.prepare(sql.replaceAll('DATA', rig.data))).ok).toBe(false)
    expect((await worker.write(sql, { path: join(rig.data, 'written.parquet'), fieldIds: {} })).ok).toBe(false)
  })

  it.each([['select 1; select 2'], ["select 1; copy (select 1) to 'DATA/x.csv'"], [''], ['-- nothing']])('is refused where it is not one statement: %s', async (sql) => {
    expect(await refusalOf(worker, sql.replaceAll('DATA', rig.data))).toEqual(['engine-syntax'])
  })

  it.each([
    ["select 1) to 'DATA/x.csv' (format csv); copy (select 1"], ["select 1 --"], ['select 1 /*'], ["select 1)) to 'DATA/y.parquet'; --"],
  ])('does not break out of the statement that writes it: %s', async (sql) => {
    await worker.write(sql.replaceAll('DATA', rig.data), { path: join(rig.data, 'written.parquet'), fieldIds: {} })
    expect(readdirSync(rig.data).filter((name) => !['open.csv', 'written.parquet'].includes(name))).toEqual([])
  })

  it('leaves no file anywhere', () => {
    expect(readdirSync(rig.outside)).toEqual(['secret.csv'])
    expect(existsSync(join(rig.data, 'x.csv'))).toBe(false)
  })

  it('finds an emptied environment', async () => {
    expect(await refusalOf(worker, "select getenv('HOME')")).toEqual(['engine-undefined-function'])
  })

  it('is told nothing of the machine', async () => {
    for (const sql of [`select * from read_csv('${secret()}')`, "select * from read_csv('/etc/passwd')", "select 'ana@example.org'::int", 'select * from no_such_table']) {
      const opened = await worker.open(sql, { encoding: { kind: 'rows' } })
      const answer = opened.ok ? await opened.value.fetch(1) : opened
      expect(JSON.stringify(answer.diagnostics.map(({ message, help }) => [message, help]))).not.toMatch(/secret\.csv|passwd|example\.org|\/tmp/u)
    }
  })
})

describe('the lock itself, without the fence of SELECT', () => {
  it('holds against statements that run with the rights of Tulle’s own', async () => {
    const scratch = join(rig.data, 'scratch')
    mkdirSync(scratch)
    const channel = openChannel(spawnWorker({ scratch: rig.data, code: join(rig.data, 'code'), memoryMegabytes: 256 }))
    const lock = lockOf({ readPaths: [rig.data], writePaths: [], memoryMegabytes: 256, threads: 1 }, scratch)
    const started = await channel.ask({ verb: 'start', settings: lock.statements, readBack: Object.keys(lock.expected) }).reply
    expect(started.kind === 'done' && looseSetting(lock, started.value as never)).toBeUndefined()
    for (const statement of [
      'SET enable_external_access = true', 'RESET enable_external_access', 'SET threads = 8', "SET allowed_directories = ['/']", "SET temp_directory = '/tmp'", 'SET lock_configuration = false',
      `COPY (SELECT 1) TO '${rig.outside}/x.csv'`, `ATTACH '${rig.outside}/x.db'`, 'INSTALL httpfs', `LOAD '${rig.outside}/x.duckdb_extension'`, `COPY t FROM '/etc/passwd'`,
      `EXPORT DATABASE '${rig.outside}/x'`, "SET GLOBAL memory_limit = '100GB'",
    ]) {
      expect([statement, (await channel.ask({ verb: 'run', statements: [statement] }).reply).kind]).toEqual([statement, 'failed'])
    }
    channel.kill()
    await channel.ended
    expect(readdirSync(rig.outside)).toEqual(['secret.csv'])
  })

  it('is read back: a setting that did not take stops the start', () => {
    const lock = lockOf({ readPaths: ['/data'], writePaths: [], memoryMegabytes: 1536, threads: 2 }, '/scratch')
    expect(looseSetting(lock, { ...lock.expected })).toBeUndefined()
    expect(looseSetting(lock, { ...lock.expected, enable_external_access: true })).toEqual({ setting: 'enable_external_access', wanted: 'false', actual: 'true' })
    expect(looseSetting(lock, { ...lock.expected, allowed_directories: ['/scratch/', '/data/', '/'] })?.setting).toBe('allowed_directories')
    expect(lock.expected['memory_limit']).toBe('1.5 GiB')
  })
})

describe('isolation', () => {
  it('gives each process an OS user of its own under root, and says why where it cannot', async () => {
    if (process.getuid?.() !== 0) {
      expect(rig.engine).toMatchObject({ isolation: 'process', isolationReason: 'Tulle was not started by root' })
      return
    }
    expect(rig.engine.isolation).toBe('user')
    const refused = await rig.engine.start({ readPaths: ['/root/x'], writePaths: [], memoryMegabytes: 256, threads: 1 })
    expect(refused.diagnostics.map(({ message }) => message)).toEqual(['An engine process could not be started: its OS user cannot enter /root.'])
  })
})
