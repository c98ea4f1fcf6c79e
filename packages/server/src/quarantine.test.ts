// Bad rows fed into a whole Tulle: set aside with rule and row, told, corrected, replayed and published, by the command line and
// the SQL port.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ORDERS_CONTRACT, ORDERS_CSV, shopMesh } from './testing-mesh.ts'
import { startTulle } from './testing.ts'
import type { TestTulle } from './testing.ts'

// Every command is a process of its own, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 })

let tulle: TestTulle
let mesh: string
beforeAll(async () => {
  mesh = shopMesh()
  const contract = join(mesh, ORDERS_CONTRACT)
  writeFileSync(contract, readFileSync(contract, 'utf8')
    .replace('name: customer, logicalType: string', 'name: customer, logicalType: string, required: true')
    .replace('    properties:\n', '    customProperties: [{ property: onFailure, value: quarantine }, { property: atMost, value: 50 % }]\n    properties:\n'))
  tulle = await startTulle({ mesh })
}, 120_000)
afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})
const tool = (command: string, as = 'olga') => tulle.sh(`npx --no-install tulle ${command} --as ${as} -o json`)
const answerOf = <T>(command: string, as?: string): T => {
  const { status, stdout, stderr } = tool(command, as)
  expect([command, status, status === 0 ? '' : stderr + stdout]).toEqual([command, 0, ''])
  return JSON.parse(stdout) as T
}
const deliver = (csv: string): void => writeFileSync(join(tulle.checkout, 'examples/skyline', ORDERS_CSV), csv)
const seen = (): unknown => answerOf(`sql "select id, customer from orders.orders order by id"`, 'ana')
interface Rows { readonly total: number; readonly columns: readonly string[]; readonly rows: readonly { readonly row: string; readonly state: string; readonly rules: readonly string[]; readonly number: number; readonly run: string; readonly values: readonly unknown[] }[] }

describe('bad rows in a Tulle', () => {
  it('are set aside with rule and row; the port serves the good ones, and consumers are told', () => {
    deliver('id,customer,amount\n1,Ada,12.50\n2,,7.25\n3,Cy,1.00\n4,Di,2.00\n')
    answerOf('run orders --wait')
    const { rows, columns } = answerOf<Rows>('quarantine show orders')
    expect(columns).toEqual(['id', 'customer', 'amount'])
    expect(rows).toMatchObject([{ state: 'open', rules: ['required(customer)'], number: 2, run: expect.stringMatching(/^[0-9a-f-]{36}$/u), values: ['2', null, '7.25'].map((value, i) => (i === 1 ? null : expect.anything())) }])
    expect(JSON.stringify(seen())).toBe(JSON.stringify([[1, 'Ada'], [3, 'Cy'], [4, 'Di']].map(([id, customer]) => ({ id, customer }))))
    expect(answerOf<{ dataSets: unknown }>('quarantine list orders').dataSets).toEqual([{ dataSet: 'orders', states: { open: 1 }, rules: { 'required(customer)': 1 } }])
  })

  it('are nobody\'s who only consumes', () => {
    expect(tool('quarantine show orders', 'ana').status).toBe(1)
    expect(tool('quarantine list orders', 'ana').status).toBe(1)
    expect(tool('quarantine discard orders --reason x', 'ana').status).toBe(1)
    expect(tool(`sql 'select * from orders."orders@quarantine"'`, 'ana').status).toBe(1)
    expect(tool(`sql 'select * from orders."orders@quarantine"'`, 'olga').status).toBe(1)
  })

  it('block where they are too many, and the port is unchanged', () => {
    const before = seen()
    deliver('id,customer,amount\n1,,12.50\n2,,7.25\n3,,1.00\n4,Di,2.00\n')
    expect(tool('run orders --wait').status).toBe(1)
    expect(seen()).toEqual(before)
  })

  it('are corrected, replayed through the same checks, and published', () => {
    deliver('id,customer,amount\n1,Ada,12.50\n2,,7.25\n3,Cy,1.00\n4,Di,2.00\n')
    writeFileSync(join(tulle.checkout, 'fixed.csv'), 'id,customer\n2,"Bo, the second"\n')
    expect(answerOf<{ rows: number }>('quarantine repair orders --from fixed.csv').rows).toBe(1)
    expect(answerOf<{ rows: number; status: string }>('quarantine replay orders --wait', 'dora')).toMatchObject({ rows: 1, status: 'succeeded' })
    expect(JSON.stringify(seen())).toContain('Bo, the second')
    expect(answerOf<Rows>('quarantine show orders').rows).toMatchObject([{ state: 'published' }])
    const events = JSON.stringify(answerOf('audit list --limit 200', 'ada'))
    for (const type of ['tulle.rows.quarantined', 'tulle.rows.repaired', 'tulle.rows.replay-asked', 'tulle.rows.replayed']) expect(events).toContain(type)
    expect(events).not.toContain('the second')
  })
})
