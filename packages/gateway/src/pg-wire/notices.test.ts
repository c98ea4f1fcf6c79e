// The contract: who meets a policy in grace hears of it with the answer, once per statement and policy, in both protocols, and
// not where the session wants no notices. The answer itself is another one in nothing.

import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GatewayRig } from '../testing.ts'
import { gatewayRig, PASSWORD, valueOf } from '../testing.ts'
import type { SqlPort } from './sql-port.ts'
import { openSqlPort } from './sql-port.ts'

const GRACE = 'In grace, the policy house.delays would have had an effect: masks delay (null).'
let rig: GatewayRig
let port: SqlPort
let client: pg.Client
let heard: string[] = []
beforeAll(async () => {
  rig = await gatewayRig()
  for (const product of ['flights', 'passengers']) rig.grant('ana', product)
  port = valueOf(await openSqlPort({ host: '127.0.0.1', port: 0, database: 'tulle', rights: rig.rights, governor: rig.governor, audit: rig.audit, accounts: rig.accounts, onBug: (error) => console.error(error) }))
  rig.refine((_, { product }) => (product?.name === 'flights' ? { reasons: [{ rule: 'grant', text: 'Grant g allows it.' }, { rule: 'grace house.delays', text: GRACE }] } : {}))
  client = new pg.Client({ host: '127.0.0.1', port: port.port, user: 'ana', password: PASSWORD, database: 'tulle' })
  await client.connect()
  client.on('notice', ({ severity, code, message }) => heard.push(`${severity} ${code} ${message}`))
})
afterAll(async () => {
  await client?.end()
  await port?.close()
  await rig?.close()
})
beforeEach(async () => {
  await client.query('reset all')
  heard = []
})
const NOTICE = `NOTICE 00000 ${GRACE}`

describe('a policy in grace', () => {
  it('is told with a simple query, once however often the table is read', async () => {
    expect((await client.query('select count(*) as n from flights.flights a join flights.flights b using (id)')).rows).toEqual([{ n: '1000' }])
    expect(heard).toEqual([NOTICE])
  })

  it('is told with each run of a prepared statement', async () => {
    for (const id of [1, 2]) await client.query({ name: 'one', text: 'select id from flights.flights where id = $1', values: [id] })
    expect(heard).toEqual([NOTICE, NOTICE])
  })

  it('is told to nobody who reads something else, or wants no notices', async () => {
    await client.query('select count(*) from passengers.passengers')
    await client.query('set client_min_messages = warning')
    await client.query('select count(*) from flights.flights')
    expect(heard).toEqual([])
  })
})
