// Where the audit cannot be written, nothing is read.

import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Diagnostic } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { GovernedStatement, Governor } from './types.ts'
import { createGovernor } from './execute.ts'
import type { GatewayRig } from './testing.ts'
import { gatewayRig, valueOf } from './testing.ts'

const UNAVAILABLE: Diagnostic = { code: 'audit-unavailable', severity: 'error', message: 'No.' }
let rig: GatewayRig
let governor: Governor
let failing: 'never' | 'before' | 'at the end'
beforeAll(async () => {
  rig = await gatewayRig()
  rig.grant('ana', 'flights')
  const result = (when: typeof failing) => (failing === when ? fail(UNAVAILABLE) : ok(undefined))
  governor = createGovernor({ authorizer: rig.authorizer, engine: rig.engine, clock: systemClock, folder: join(rig.folder, 'engines-here'), limits: { memoryMegabytes: 256 }, audit: { ready: () => result('before'), record: async () => result('at the end') } })
})
afterAll(async () => {
  await governor.close()
  await rig.close()
})
beforeEach(() => {
  failing = 'never'
})

const never = new AbortController().signal
const prepare = () => governor.prepare(rig.who('ana'), 'select id from flights.flights order by id limit 10', 'sql')
const open = (statement: GovernedStatement) => statement.open({ parameters: [], encoding: { kind: 'ndjson' }, signal: never })

it('a statement is not prepared', async () => {
  failing = 'before'
  expect(await prepare()).toEqual(fail(UNAVAILABLE))
})

it('one that was prepared is not opened', async () => {
  const statement = valueOf(await prepare())
  failing = 'before'
  expect(await open(statement)).toEqual(fail(UNAVAILABLE))
  failing = 'never'
  await valueOf(await open(statement)).close()
})

it('the end of a result is not given out where its line is not written', async () => {
  const rows = valueOf(await open(valueOf(await prepare())))
  expect(valueOf(await rows.fetch(4, never)).rows).toBe(4)
  failing = 'at the end'
  expect(await rows.fetch(100, never)).toEqual(fail(UNAVAILABLE))
})

it('a file is not given out either', async () => {
  const statement = valueOf(await prepare())
  failing = 'at the end'
  expect(await statement.write({ parameters: [], signal: never })).toEqual(fail(UNAVAILABLE))
})
