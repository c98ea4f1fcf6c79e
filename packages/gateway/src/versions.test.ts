// The contract: an older version is read under today's rights, in every spelling, and nothing that was not published is.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { Clock, Diagnostic } from '@tulle/kernel'
import type { GatewayRig } from './testing.ts'
import type { GovernedRows } from './types.ts'
import answered from './cases/versions.json' with { type: 'json' }
import refused from './cases/versions-refused.json' with { type: 'json' }
import { column, gatewayRig, valueOf } from './testing.ts'

let rig: GatewayRig
let now = Date.UTC(2026, 0, 1)
const clock: Clock = { ...systemClock, now: () => now }
const signal = new AbortController().signal

beforeAll(async () => {
  // Flights are version 1001, passengers 1002, flights again 1003.
  rig = await gatewayRig({ clock })
  rig.grant('ana', 'flights')
  now = Date.UTC(2026, 0, 3)
  await rig.publish('flights', 'flights', `select i::bigint as id, 'AMS' as origin, 500 + (i % 100)::int as delay, timestamp '2001-01-01' as date from range(1000) t(i)`)
})
afterAll(() => rig?.close())

async function open(sql: string, user = 'ana', purpose?: string): Promise<{ readonly rows?: GovernedRows; readonly diagnostics: readonly Diagnostic[] }> {
  const prepared = await rig.governor.prepare(rig.who(user, purpose), sql, 'sql')
  if (!prepared.ok) return { diagnostics: prepared.diagnostics }
  const opened = await prepared.value.open({ parameters: [], encoding: { kind: 'ndjson' }, signal })
  return opened.ok ? { rows: opened.value, diagnostics: [] } : { diagnostics: opened.diagnostics }
}

async function rowsOf(sql: string, user = 'ana'): Promise<readonly Record<string, unknown>[]> {
  const { rows, diagnostics } = await open(sql, user)
  if (rows === undefined) throw new Error(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  const batch = valueOf(await rows.fetch(10_000, signal))
  await rows.close()
  return Buffer.from(batch.bytes).toString('utf8').trim().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
}

const first = async (sql: string, user?: string): Promise<unknown> => {
  const [row = {}] = await rowsOf(sql, user)
  return row['n'] ?? row['of'] ?? null
}

describe('a version in SQL', () => {
  it.each(answered)('is read: $sql', async ({ sql, answers }) => {
    expect(await first(sql)).toBe(answers)
  })

  it.each(refused)('is refused as $code: $sql', async ({ sql, code, ...where }) => {
    const [diagnostic] = (await open(sql)).diagnostics
    expect(diagnostic?.code).toBe(code)
    if ('column' in where) expect(diagnostic?.place).toMatchObject({ line: 'line' in where ? where.line : 1, column: where.column, source: sql.split('\n')[('line' in where ? Number(where.line) : 1) - 1] })
  })

  it('is named in the audit with what was read of it', async () => {
    rig.audit.lines.length = 0
    await rowsOf('select a.id from flights.flights for version as of 1001 a join flights.flights b using (id) limit 1')
    expect(rig.audit.lines).toMatchObject([{ decision: 'allow', outcome: 'ok', reads: [{ dataSet: 'flights', snapshot: '1003' }, { dataSet: 'flights', snapshot: '1001', columns: ['id', 'origin', 'delay', 'date'] }] }])
  })

  it('ends with the right to read it, also in an open result', async () => {
    rig.grant('cy', 'flights')
    const { rows } = await open('select id from flights.flights for version as of 1001', 'cy')
    expect((await rows?.fetch(10, signal))?.ok).toBe(true)
    rig.revoke('cy', 'flights')
    expect((await rows?.fetch(10, signal))?.diagnostics.map(({ code }) => code)).toEqual(['read-denied'])
    expect((await open('select id from flights.flights for version as of 1001', 'cy')).diagnostics.map(({ code }) => code)).toEqual(['read-denied'])
  })
})

describe('the columns of an older version', () => {
  it('are those that may be read today, under the names that they had, found by field id', async () => {
    await using old = await gatewayRig({ clock })
    old.grant('ana', 'passengers')
    old.grant('bo', 'passengers', { columns: ['id', 'name'] })
    const then = [column('id', 'int', 1), column('full_name', 'string', 2), column('mail', 'string', 3), column('ssn', 'string', 9)]
    await old.publish('passengers', 'passengers', `select 1::int as id, 'Ana' as full_name, 'a@b.c' as mail, '123' as ssn`, then)
    await old.publish('passengers', 'passengers', `select 2::int as id, 'Bo' as name, 'b@b.c' as email, date '1970-01-01' as born, 1.25::decimal(9,2) as paid`)
    const columnsOf = async (user: string, sql: string): Promise<readonly string[]> => {
      const prepared = await old.governor.prepare(old.who(user), sql, 'sql')
      return prepared.ok ? prepared.value.columns.map(({ name }) => name) : prepared.diagnostics.map(({ code }) => code)
    }
    expect(await columnsOf('ana', 'select * from passengers.passengers for version as of 1003')).toEqual(['id', 'full_name', 'mail'])
    expect(await columnsOf('bo', 'select * from passengers.passengers for version as of 1003')).toEqual(['id', 'full_name'])
    expect(await columnsOf('bo', 'select * from passengers.passengers')).toEqual(['id', 'name'])
    expect(await columnsOf('bo', 'select mail from passengers.passengers for version as of 1003')).toEqual(['engine-undefined-column'])
    expect(await columnsOf('ana', 'select ssn from passengers.passengers for version as of 1003')).toEqual(['engine-undefined-column'])
    expect(await columnsOf('ana', 'select name from passengers.passengers for version as of 1003')).toEqual(['engine-undefined-column'])
    old.revoke('bo', 'passengers')
    old.grant('bo', 'passengers', { columns: ['born'] })
    expect(await columnsOf('bo', 'select * from passengers.passengers for version as of 1003')).toEqual(['version-not-visible'])
  })
})
