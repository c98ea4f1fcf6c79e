import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import { bundledProgram } from '@tulle/kernel/testing'
import { openNetwork } from '@tulle/sources'
import { appendEvent } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { outboxFeed, subscribe } from './index.ts'
import { openTarget } from './testing.ts'

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())

const DELIVERER = await bundledProgram('packages/webhooks/src/testing/deliverer.ts')
const EVENTS = 60
/** The request at which the process is killed, before it is answered. */
const KILLED_AT = new Set([2, 5, 9])

/** Every event is taken, or the process that delivers has nothing more to send. */
async function deliverWhileKilled(order: 'after' | 'before'): Promise<{ readonly happened: readonly string[]; readonly taken: readonly string[]; readonly bodies: ReadonlyMap<string, ReadonlySet<string>> }> {
  const product = `product_${order}`
  let deliverer: ChildProcess | undefined
  const start = (): void => {
    deliverer = spawn(process.execPath, [DELIVERER, rig.connectionString, product, order], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const bodies = new Map<string, Set<string>>()
  let requests = 0
  await using target = await openTarget(({ events }) => {
    for (const event of events) bodies.set(event.id, (bodies.get(event.id) ?? new Set()).add(JSON.stringify(event)))
    requests += 1
    if (!KILLED_AT.has(requests)) return 204
    deliverer?.kill('SIGKILL')
    deliverer?.once('exit', start)
    return 'never'
  })
  const feed = outboxFeed(rig.store)
  const webhook = valueOf(await subscribe({ store: rig.store, clock: systemClock, network: openNetwork(['127.0.0.1']), feed }, { accountId: 'ana', productId: product, url: target.url, batch: { size: 5 }, kinds: ['incident'] },
    { subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] }, purpose: undefined, product, dataSets: new Map() }))
  const happened: string[] = []
  for (let n = 0; n < EVENTS; n += 1) happened.push(await rig.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.incident.opened', source: '/test', subject: product, data: { productId: product, sentence: `the ${n}th` } })))
  start()
  try {
    await expect.poll(async () => {
      const { events } = await feed.lag((await rig.store.db.selectFrom('webhook').select('position').where('id', '=', webhook.id).executeTakeFirstOrThrow().then(({ position }) => ({ ...webhook, position }))), undefined)
      return [requests > Math.max(...KILLED_AT), events]
    }, { timeout: 180_000, interval: 100 }).toEqual([true, 0])
    return { happened, taken: target.taken.map(({ id }) => id), bodies }
  } finally {
    deliverer?.removeAllListeners('exit')
    deliverer?.kill('SIGKILL')
  }
}

describe('a process that is killed while a request is under way', () => {
  it('loses nothing, keeps the order, and sends twice only the same under the same id', async () => {
    const { happened, taken, bodies } = await deliverWhileKilled('after')
    expect([...new Set(taken)]).toEqual(happened)
    expect([...bodies.values()].filter((texts) => texts.size > 1)).toEqual([])
  }, 200_000)

  it('loses some where the position moves before they are sent: the control', async () => {
    const { happened, taken } = await deliverWhileKilled('before')
    expect(new Set(taken).size).toBeLessThan(happened.length)
  }, 200_000)
})
