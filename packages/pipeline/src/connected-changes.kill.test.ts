// A process that follows changes and is killed again and again while they happen: in the end the data set is the table, no change
// twice and none missing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { killMeanwhile } from './testing/kill-meanwhile.ts'
import type { PostgresSource } from './testing/source-rig.ts'
import { allowing, postgresSource } from './testing/source-rig.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'

/** More kills find rarer places. */
const KILLS = Number(process.env['TULLE_KILLS'] ?? 3)

let rig: PipelineRig
let shop: PostgresSource
beforeAll(async () => {
  ;[rig, shop] = await Promise.all([pipelineRig(), postgresSource({ wal_level: 'logical', max_wal_senders: '4', max_replication_slots: '8', max_slot_wal_keep_size: '512MB' })])
  await shop.sql('create table counters (id int primary key, n int not null)', 'insert into counters select i, 0 from generate_series(1, 50) i')
  await rig.apply({ shop: {
    connected: { feed: ['postgres-input-port', { ...shop.place, table: 'counters', changes: true }] },
    dataSets: { counters: { from: 'feed', columns: { id: 'int!*', n: 'int!' } } },
  } })
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
  await shop?.[Symbol.asyncDispose]()
})

const life = (milliseconds: number): Promise<void> => killMeanwhile(rig, {
  product: 'shop', milliseconds, plan: { reaches: { host: shop.host, secrets: shop.secrets } },
  meanwhile: () => shop.sql('update counters set n = n + 1 where id % 7 = (random() * 6)::int', 'delete from counters where id = (random() * 49)::int + 1', 'insert into counters values ((random() * 49)::int + 1, 0) on conflict (id) do update set n = counters.n + 1'),
})

const here = (): Promise<readonly unknown[]> => rig.rows('shop.counters', 'select id, n from shop.counters order by id')
const there = (): Promise<readonly unknown[]> => shop.use(async (client) => (await client.query('select id, n from counters order by id')).rows as unknown[])

describe('changes whose follower is killed', () => {
  it('are all there in the end, and none of them twice', async () => {
    for (let kill = 0; kill < KILLS; kill += 1) await life(200 + Math.random() * 1_500)
    await rig.open({ sources: allowing([shop.host], shop.secrets) })
    await rig.store.db.updateTable('run').set({ status: 'failed' }).where('status', 'in', ['queued', 'running']).execute()
    const last = await rig.run('shop')
    expect(last.status).toBe('succeeded')
    expect(await here()).toEqual(await there())
    // They were followed all the time, and not read anew by the last run.
    expect((await rig.log(last.runId)).join()).not.toContain('Read all ')
  }, 120_000 + KILLS * 60_000)

  it('control: one change more is seen', async () => {
    await shop.sql('update counters set n = n + 1 where id = (select min(id) from counters)')
    expect(await here()).not.toEqual(await there())
  })
})
