// kill -9 while requests are approved: what was acknowledged is there, whole; and nothing is ever half there.

import { spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram } from '@tulle/kernel/testing'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { createAccount } from './accounts.ts'

const CYCLES = 10
const CHILD = await bundledProgram('packages/access/src/testing/approve-forever.ts')

let keep: TestStore
beforeAll(async () => {
  keep = await testStore()
})
afterAll(() => keep.close())

async function rigOf(): Promise<TestStore> {
  const rig = await testStore()
  const row = (id: string, kind: string, ref: string, product: string, spec: object) => ({ id, kind, ref: `${kind}:${ref}`, product, spec: JSON.stringify(spec), fingerprint: '', archived_at: null, updated_at: new Date() })
  await rig.store.db.insertInto('resource').values([
    row('p1', 'data-product', 'passengers', 'passengers', { name: 'passengers', domain: 'customer', team: 'customer_data' }),
    row('d1', 'data-set', 'passengers.people', 'passengers', { product: 'passengers', name: 'people', contract: { columns: [{ name: 'id', type: 'long' }] } }),
  ]).execute()
  await rig.store.db.updateTable('mesh_state').set({ mesh: JSON.stringify({ purposes: [{ name: 'care' }] }) }).execute()
  valueOf(await createAccount(rig.store, { name: 'bo', password: 'a long password', role: 'consumer' }))
  valueOf(await createAccount(rig.store, { name: 'olga', password: 'a long password', role: 'owner', teams: ['customer_data'] }))
  return rig
}

/** Runs the child and kills it some moments after its second acknowledgement; answers what it acknowledged. */
async function killedOnce({ connection }: TestStore, halves: boolean, after: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify({ connection, halves })], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let wrong = ''
  child.stderr.on('data', (bytes: Buffer) => { wrong += bytes.toString() })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  await new Promise<void>((resolve) => {
    void exited.then(() => resolve())
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      // Some acknowledgements in, and then anywhere in the next round.
      if (said.split('\n').length > 2) setTimeout(resolve, after)
    })
  })
  child.kill('SIGKILL')
  await exited
  if (said === '') throw new Error(`the child approved nothing: ${wrong}`)
  return said.split('\n').slice(0, -1)
}

/** Everything that is half there, or was acknowledged and is not. */
async function faultsOf({ store: { pool } }: TestStore, acknowledged: readonly string[]): Promise<readonly string[]> {
  const ids = async (sql: string, parameters: unknown[] = []): Promise<readonly string[]> => (await pool.query<{ id: string }>(sql, parameters)).rows.map(({ id }) => id)
  const approved = "q.state in ('approved', 'narrowed')"
  const lost = await ids(`select a.id from unnest($1::text[]) as a (id) where not exists (select from access_request q join access_grant g on g.id = q.grant_id where q.id = a.id and ${approved})`, [acknowledged])
  const bare = await ids(`select q.id from access_request q where ${approved} and not exists (select from access_grant g where g.id = q.grant_id and g.request_id = q.id)`)
  const stray = await ids(`select g.request_id as id from access_grant g where not exists (select from access_request q where q.id = g.request_id and ${approved})`)
  const untold = await ids(`select q.id from access_request q where ${approved} and (select count(*) from outbox o where o.data->>'request' = q.id and o.data->>'change' = 'approved') <> 1`)
  return [...lost.map((id) => `acknowledged and lost: ${id}`), ...bare.map((id) => `approved without a grant: ${id}`), ...stray.map((id) => `a grant of no approved request: ${id}`), ...untold.map((id) => `approved without its event: ${id}`)]
}

describe('an approval', () => {
  it('that was acknowledged survives kill -9, and none is ever half there', async () => {
    await using rig = await rigOf()
    const acknowledged: string[] = []
    for (let cycle = 0; cycle < CYCLES; cycle += 1) acknowledged.push(...await killedOnce(rig, false, (cycle * 37) % 110))
    expect(acknowledged.length).toBeGreaterThan(CYCLES)
    expect(await faultsOf(rig, acknowledged)).toEqual([])
    console.log(`${CYCLES} kills, ${acknowledged.length} acknowledged approvals, none lost, none half.`)
  }, 240_000)

  it('in two transactions, which the database refuses but for a test, would be found half there', async () => {
    await using rig = await rigOf()
    await rig.store.pool.query('alter table access_request drop constraint access_request_outcome, drop constraint access_request_grant_id_fkey')
    let faults: readonly string[] = []
    for (let cycle = 0; cycle < 30 && !faults.some((fault) => !fault.includes('event')); cycle += 1) {
      // On a busy machine a round takes longer: later kills come as late as that.
      await killedOnce(rig, true, (cycle * 47) % (250 + 50 * cycle))
      faults = await faultsOf(rig, [])
    }
    expect(faults.filter((fault) => /^(?:approved without a grant|a grant of no approved request)/u.test(fault)).length).toBeGreaterThan(0)
  }, 240_000)
})
