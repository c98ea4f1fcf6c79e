// A column that is not there is told with those that are, and how others are asked for: the same words for one that is hidden
// and for one that nobody ever had.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { GatewayRig } from './testing.ts'
import { gatewayRig } from './testing.ts'

let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig()
  rig.grant('bo', 'passengers', { columns: ['id', 'name'] })
  await rig.publish('passengers', 'passengers', `select 2::int as id, 'Bo' as name, 'b@b.c' as email, date '1970-01-01' as born, 1.25::decimal(9,2) as paid`)
})
afterAll(() => rig?.close())

async function said(sql: string): Promise<readonly (string | undefined)[]> {
  const prepared = await rig.governor.prepare(rig.who('bo'), sql, 'sql')
  return prepared.ok ? [] : prepared.diagnostics.map(({ help }) => help)
}

const REST = 'passengers.passengers shows you id, name. Others are asked for: tulle access request passengers --columns <columns> --because "<why>"'

it.each([
  ['a column that is hidden', 'select email from passengers.passengers', REST],
  ['one that nobody ever had', 'select colour from passengers.passengers', REST],
  ['one that is nearly there', 'select nam from passengers.passengers', `Did you mean "name"? ${REST}`],
])('%s is told so', async (_, sql, wanted) => {
  expect(await said(sql)).toEqual([wanted])
})

it('says nothing of columns of today where an older version is read', async () => {
  expect(await said('select colour from passengers.passengers for version as of 1003')).toEqual([undefined])
})

it('says nothing of tables where none is read', async () => {
  expect(await said('select colour')).toEqual([undefined])
})
