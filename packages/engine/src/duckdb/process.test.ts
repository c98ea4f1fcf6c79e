// The contract of a process's life: every call is answered, in time, whatever happens to the process.

import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOf, engineRig, openQuery, refusalOf, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'
import type { EngineProcess } from '../types.ts'

// One side is small, so that it takes time and no memory: a process that is out of memory answers otherwise.
const ENDLESS = 'select count(*) from range(100000000000) a, range(1000) b'

let rig: EngineRig
let shared: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  shared = await rig.process()
})
afterAll(() => rig.close())

/** Ids of our workers, newest last. */
const workers = (): readonly number[] => readdirSync('/proc').filter((name) => /^\d+$/u.test(name)).map(Number)
  .filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/status`, 'utf8').includes(`PPid:\t${process.pid}\n`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('duckdb/worker.ts')
    } catch {
      return false
    }
  }).toSorted((a, b) => a - b)

const within = async <T>(milliseconds: number, work: Promise<T>): Promise<T> => {
  const begun = performance.now()
  const value = await work
  expect(performance.now() - begun).toBeLessThan(milliseconds)
  return value
}

describe('a statement', () => {
  it('is parsed into a tree, or refused with its place', async () => {
    const tree = await shared.parse('select a from t')
    expect(tree.ok && tree.value.statements).toHaveLength(1)
    expect((await shared.parse('select 1 +\n  from')).diagnostics).toMatchObject([{ code: 'sql-syntax', place: { line: 2 } }])
    expect((await shared.parse(`select '${'x'.repeat(70_000)}'`)).diagnostics).toMatchObject([{ code: 'sql-too-long' }])
  })

  it('is described with its parameters before it runs', async () => {
    const prepared = await shared.prepare('select i + $1 as a, $2::varchar as b from range(3) t(i) where i > $3')
    expect(prepared.ok && prepared.value).toEqual({ columns: [{ name: 'a', type: 'BIGINT' }, { name: 'b', type: 'VARCHAR' }], parameterTypes: ['UNKNOWN', 'UNKNOWN', 'BIGINT'] })
  })

  it('is described anew when the relations are others', async () => {
    const worker = await rig.process()
    const typed = (type: string) => worker.define([{ schema: 's', name: 't', columns: [{ name: 'a', type, fieldId: 1 }], files: [] }])
    const columns = async (): Promise<unknown> => {
      const prepared = await worker.prepare('select * from s.t')
      return prepared.ok ? prepared.value.columns : prepared.diagnostics.map(({ code }) => code)
    }
    expect(await columns()).toEqual(['engine-undefined-table'])
    await typed('int')
    expect([await columns(), await columns()]).toEqual([[{ name: 'a', type: 'INTEGER' }], [{ name: 'a', type: 'INTEGER' }]])
    await typed('long')
    expect(await columns()).toEqual([{ name: 'a', type: 'BIGINT' }])
    await worker.define([])
    expect(await columns()).toEqual(['engine-undefined-table'])
    await worker.kill()
  })

  it.each([
    ['text for a number', 'select i from range(5) t(i) where i > $1', ['3'], [[4]]],
    ['a number', 'select i from range(5) t(i) where i > $1', [3], [[4]]],
    ['a large integer', 'select $1::hugeint', [2n ** 70n], [[2 ** 70]]],
    ['a fraction', 'select $1::double', [0.5], [[0.5]]],
    ['a flag', 'select not $1', [true], [[false]]],
    ['null', 'select $1 is null', [null], [[true]]],
    ['text for a date', "select date '2020-01-01' < $1", ['2020-01-02'], [[true]]],
    ['text for a timestamp', "select timestamp '2020-01-01' < $1", ['2020-01-01 00:00:01'], [[true]]],
    ['text for a decimal', 'select 1.50::decimal(9, 2) = $1', ['1.5'], [[true]]],
    ['text for a flag', 'select (1 = 1) = $1', ['t'], [[true]]],
    ['text for a float', 'select 2.5::double > $1', ['1e0'], [[true]]],
    ['text for a uuid', "select '00000000-0000-0000-0000-000000000001'::uuid = $1", ['00000000-0000-0000-0000-000000000001'], [[true]]],
    ['hostile text', 'select $1', ["'; drop table x; --"], [["'; drop table x; --"]]],
  ])('takes a parameter: %s', async (_, sql, parameters, expected) => {
    expect(await rowsOf(shared, sql, { parameters })).toEqual(expected)
  })

  it('refuses parameters that do not fit', async () => {
    expect(await refusalOf(shared, 'select $1::int + $2::int', { parameters: [1] })).toEqual(['engine-invalid-value'])
    expect(await refusalOf(shared, 'select i from range(5) t(i) where i > $1', { parameters: ['secret'] })).toEqual(['engine-invalid-value'])
  })
})

describe('a cursor', () => {
  it('gives what is asked for, and says when it is done', async () => {
    const cursor = await openQuery(shared, 'select i from range(5000) t(i)')
    const sizes: number[] = []
    for (;;) {
      const batch = await cursor.fetch(1500)
      if (!batch.ok) throw new Error('fetch failed')
      sizes.push(batch.value.rows)
      if (batch.value.done) break
    }
    await cursor.close()
    expect(sizes.reduce((a, b) => a + b)).toBe(5000)
    expect(sizes.slice(0, 3)).toEqual([1500, 1500, 1500])
  })

  it('keeps its place beside others of the same process', async () => {
    const cursors = await Promise.all([0, 1, 2].map((n) => openQuery(shared, `select i * 10 + ${n} from range(100000) t(i)`)))
    const first = await Promise.all(cursors.map((cursor) => cursor.fetch(2)))
    const second = await Promise.all(cursors.map((cursor) => cursor.fetch(1)))
    expect(first.map((batch) => batch.ok && Buffer.from(batch.value.bytes).toString())).toEqual(['[[0],[10]]', '[[1],[11]]', '[[2],[12]]'])
    expect(second.map((batch) => batch.ok && Buffer.from(batch.value.bytes).toString())).toEqual(['[[20]]', '[[21]]', '[[22]]'])
    await Promise.all(cursors.map((cursor) => cursor.close()))
  })

  it('bounds a batch of wide rows by its bytes', async () => {
    const cursor = await openQuery(shared, "select repeat('x', 100000) || i from range(1000) t(i)")
    const batch = await cursor.fetch(1000)
    expect(batch.ok && batch.value.bytes.length).toBeLessThan(6_000_000)
    expect(batch.ok && batch.value).toMatchObject({ done: false })
    await cursor.close()
  })

  it('answers after its close, and may be closed twice', async () => {
    const cursor = await openQuery(shared, 'select 1')
    await cursor.close()
    await cursor.close()
    expect((await cursor.fetch(1)).diagnostics.map(({ code }) => code)).toEqual(['engine-cancelled'])
  })

  it('computes nothing ahead of a reader who pauses', async () => {
    const worker = await rig.process()
    const pid = workers().at(-1) as number
    const cursor = await openQuery(worker, "select i, i * 2, 'a text of some length ' || i from range(20000000) t(i)")
    await cursor.fetch(1000)
    const before = memoryOf(pid)
    await new Promise((resolve) => setTimeout(resolve, 500))
    for (let i = 0; i < 50; i += 1) await cursor.fetch(2000)
    expect(memoryOf(pid) - before).toBeLessThan(64)
    await worker.kill()
  })
})

const memoryOf = (pid: number): number => Number(/VmRSS:\s+(?<kb>\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.groups?.['kb'] ?? 0) / 1024

describe('a stream that breaks off', () => {
  const lateError = `(case when i = 500000 then 'x' else '1' end)::int`
  const outcome = async (sql: string, options: Parameters<typeof openQuery>[2] = {}): Promise<readonly [number, readonly string[]]> => {
    const cursor = await openQuery(shared, sql, options)
    let rows = 0
    for (;;) {
      const batch = await cursor.fetch(100_000, options.signal === undefined ? {} : { signal: options.signal })
      if (batch.ok) rows += batch.value.rows
      if (!batch.ok || batch.value.done) {
        await cursor.close()
        return [rows, batch.ok ? [] : batch.diagnostics.map(({ code, place }) => `${code}${place === undefined ? '' : ' somewhere'}`)]
      }
    }
  }
  it('never looks like its end: an error in a late row is told as what it is', async () => {
    for (const sql of [`select i, ${lateError} from range(1000000) r(i)`, `select i as a, i as a, ${lateError} as a from range(1000000) r(i) -- comment`]) {
      const [rows, codes] = await outcome(sql)
      expect(rows).toBeLessThan(1_000_000)
      expect(codes).toEqual(['engine-invalid-value'])
    }
    expect(await outcome(`select i from range(1000000) r(i) where i < $1`, { parameters: [300_000] })).toEqual([300_000, []])
  })
  it('nor does one that was stopped', async () => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 150)
    expect((await outcome('select i from range(100000000000) r(i)', { signal: controller.signal }))[1]).toEqual(['engine-cancelled'])
    expect((await outcome('select i from range(100000000000) r(i)', { timeoutMilliseconds: 300 }))[1]).toEqual(['engine-timeout'])
  })
})

describe('work that does not end', () => {
  it('is stopped at its limit, and the process lives on', async () => {
    expect(await within(2500, refusalOf(shared, ENDLESS, { timeoutMilliseconds: 200 }))).toEqual(['engine-timeout'])
    expect(await rowsOf(shared, 'select 1')).toEqual([[1]])
  })

  it('is stopped by cancel', async () => {
    const work = refusalOf(shared, ENDLESS, { timeoutMilliseconds: 20_000 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await shared.cancel()
    expect(await within(2500, work)).toEqual(['engine-cancelled'])
  })

  it('is stopped by its own signal, and its neighbour goes on', async () => {
    const controller = new AbortController()
    const work = refusalOf(shared, ENDLESS, { signal: controller.signal, timeoutMilliseconds: 20_000 })
    const neighbour = rowsOf(shared, 'select count(*) from range(3000000)')
    setTimeout(() => controller.abort(), 100)
    expect(await work).toEqual(['engine-cancelled'])
    expect(await neighbour).toEqual([[3_000_000]])
    expect(await refusalOf(shared, 'select 1', { signal: AbortSignal.abort(), timeoutMilliseconds: 1000 })).toEqual(['engine-cancelled'])
  })

  it.each([
    ['a text of two gigabytes', "select length(repeat('x', 2000000000))"],
    ['a list of a billion', 'select len(range(1000000000))'],
    ['a name of fifty thousand parts', `select a${'.b'.repeat(50_000)} from (select 1 a)`],
    ['a cross join that sorts', 'select a, b from range(1000000) t(a), range(1000000) s(b) order by a + b desc, a'],
  ])('ends, killed if need be: %s', async (_, sql) => {
    const worker = await rig.process({ memoryMegabytes: 128 })
    const codes = await within(9000, refusalOf(worker, sql, { timeoutMilliseconds: 1500 }))
    expect(codes).toHaveLength(1)
    expect(['engine-timeout', 'engine-died', 'engine-out-of-memory', 'engine-out-of-disk', 'engine-type', 'engine-undefined-column', 'engine-undefined-table', 'engine-internal', 'engine-invalid-value', 'engine-out-of-range', 'engine-syntax']).toContain(codes[0])
    await worker.kill()
    expect(await rowsOf(shared, 'select 1')).toEqual([[1]])
  })
})

describe('a process that dies', () => {
  it('in the middle of a stream answers every pending and every later call', async () => {
    const worker = await rig.process()
    const pid = workers().at(-1) as number
    const cursor = await openQuery(worker, 'select i from range(10000000) t(i)')
    await cursor.fetch(10)
    const pending = [refusalOf(worker, ENDLESS, { timeoutMilliseconds: 20_000 }), refusalOf(worker, ENDLESS, { timeoutMilliseconds: 20_000 })]
    await new Promise((resolve) => setTimeout(resolve, 100))
    execFileSync('kill', ['-9', String(pid)])
    expect(await within(2000, Promise.all(pending))).toEqual([['engine-died'], ['engine-died']])
    expect((await cursor.fetch(10)).diagnostics.map(({ code }) => code)).toEqual(['engine-died'])
    await cursor.close()
    expect((await worker.parse('select 1')).diagnostics.map(({ code }) => code)).toEqual(['engine-died'])
    expect((await worker.define([{ schema: 'a', name: 'b', columns: [], files: [] }])).ok).toBe(false)
    expect(await refusalOf(worker, 'select 1')).toEqual(['engine-died'])
    await worker.cancel()
    await worker.kill()
  })

  it('leaves neither a process nor a folder', async () => {
    const before = workers()
    const worker = await rig.process()
    expect(workers().length).toBe(before.length + 1)
    await worker.kill()
    expect(workers()).toEqual(before)
  })
})

describe('an engine', () => {
  it('ends its processes when it closes, and starts none afterwards', async () => {
    const other = engineRig()
    const worker = await other.process()
    const work = refusalOf(worker, ENDLESS, { timeoutMilliseconds: 20_000 })
    await other.close()
    expect(await work).toEqual(['engine-died'])
    expect((await other.engine.start({ readPaths: [], writePaths: [], memoryMegabytes: 128, threads: 1 })).diagnostics.map(({ message }) => message)).toEqual([
      'An engine process could not be started: the engine is closed.',
    ])
  })

  it('streams at a pace worth reporting', async () => {
    const sql = `select i::int as a, (i * 7919)::bigint as b, (i * 1.37)::double as c, (i % 100000)::decimal(9, 2) as d, date '2001-01-01' + (i % 365)::int as e,
      timestamp '2001-01-01' + to_seconds(i) as f, i % 2 = 0 as g, 'name ' || (i % 1000) as h, 'a longer text value number ' || i as k, (i % 128)::smallint as l from range(200000) t(i)`
    for (const encoding of [{ kind: 'pgwire', formats: [0] }, { kind: 'pgwire', formats: [1] }, { kind: 'ndjson' }, { kind: 'csv' }] as const) {
      const begun = performance.now()
      await bytesOf(shared, sql, { encoding })
      console.info(`${JSON.stringify(encoding)}: ${Math.round(200_000 / (performance.now() - begun))} k rows/s of 10 columns`)
    }
  })
})
