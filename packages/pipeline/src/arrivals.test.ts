// What comes by itself: files that start runs, and deliveries of webhooks that are rows.

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import { allowing } from './testing/source-rig.ts'
import { lookForFiles } from './look-for-files.ts'
import { readPlan } from './read-plan.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let rig: PipelineRig
let web: Server
let host: string
let etag = '"1"'
beforeAll(async () => {
  rig = await pipelineRig()
  web = createServer(({ method }, response) => void response.writeHead(200, etag === '' ? {} : { etag }).end(method === 'HEAD' ? undefined : 'id\n1\n'))
  await new Promise<void>((resolve) => void web.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(web.address() as AddressInfo).port}`
  await rig.open({ sources: allowing([host]) })
})
afterAll(async () => {
  web?.close()
  await rig?.[Symbol.asyncDispose]()
})

const runsOf = async (product: string): Promise<readonly string[]> =>
  (await rig.store.db.selectFrom('run').select(['status', 'trigger']).where('product', '=', product).orderBy('requested_at').execute()).map(({ status, trigger }) => `${(trigger as { kind: string }).kind} ${status}`)

describe('a new file', () => {
  it('starts a run that says so, and the same files none', async () => {
    await rig.write({ 'drop/a.csv': 'id\n1\n' })
    await rig.apply({ drops: { files: { drop: { path: 'drop/*.csv', only_new: true } }, dataSets: { rows: { from: 'drop', columns: { id: 'int' } } }, workflow: { on_new_files: { ports: ['drop'], every_seconds: 5 } } } })
    const pipeline = await rig.open({ sources: allowing([host]) })
    await pipeline.registerTriggers()
    await vi.waitFor(async () => expect(await runsOf('drops')).toEqual(['files succeeded']), { timeout: 60_000, interval: 200 })
    await rig.write({ 'drop/b.csv': 'id\n2\n' })
    await vi.waitFor(async () => expect(await runsOf('drops')).toEqual(['files succeeded', 'files succeeded']), { timeout: 60_000, interval: 200 })
    expect(await rig.rows('drops.rows', 'select id from drops.rows order by id')).toEqual([{ id: 1 }, { id: 2 }])
    const before = await rig.store.db.selectFrom('file_watch').select('seen').where('product', '=', 'drops').executeTakeFirst()
    expect(before?.seen).toMatch(/^[0-9a-f]{64}$/u)
    await rig.open({ sources: allowing([host]) })
  })

  it('behind an address is known by its ETag, and one that has none is told', async () => {
    await rig.apply({ web: { files: { rates: { path: `http://${host}/rates.csv` } }, dataSets: { rows: { from: 'rates', columns: { id: 'int' } } } } })
    const look = async () => {
      const plan = valueOf(await readPlan(rig.store, 'web'))
      return lookForFiles({ meshFolder: rig.meshFolder, sources: { ...allowing([host]), clock: rig.providers.context.clock } }, 'web', plan.product.inputPorts[0] as never, AbortSignal.timeout(10_000))
    }
    const [first, same] = [await look(), await look()]
    etag = '"2"'
    const other = await look()
    etag = ''
    const untold = await look()
    expect([first.ok && same.ok && first.value === same.value, first.ok && other.ok && first.value === other.value, untold.ok ? [] : untold.diagnostics.map(({ code }) => code)]).toEqual([true, false, ['source-answer-unfit']])
  })
})

describe('deliveries of a webhook', () => {
  const deliver = async (id: string, body: unknown): Promise<void> => {
    await rig.store.db.insertInto('hook_delivery').values({ product: 'inbox', hook: 'erp', id, run_id: null, body: Buffer.from(JSON.stringify(body)) }).onConflict((c) => c.doNothing()).execute()
  }
  const inbox = (columns: Readonly<Record<string, string>>) => rig.apply({ inbox: { connected: { erp: ['webhook-input-port', { hook: 'erp' }] }, dataSets: { rows: { from: 'erp', columns } }, workflow: { webhooks: { erp: { secret: 'ERP' } } } } })
  const rows = (): Promise<readonly unknown[]> => rig.rows('inbox.rows', 'select * from inbox.rows order by all')

  it('are rows, each once, also where nothing came and where a run failed in between', async () => {
    await inbox({ id: 'int', webhook_id: 'string' })
    expect((await rig.run('inbox')).status).toBe('succeeded')
    expect(await rows()).toEqual([])
    await deliver('m1', { id: 1, other: true })
    await deliver('m1', { id: 1 })
    await deliver('m2', [{ id: 2 }, { id: 3 }])
    expect((await rig.run('inbox')).status).toBe('succeeded')
    const three = [{ id: 1, webhook_id: 'm1' }, { id: 2, webhook_id: 'm2' }, { id: 3, webhook_id: 'm2' }]
    expect(await rows()).toEqual(three)
    expect((await rig.steps((await rig.run('inbox')).runId))[0]?.status).toBe('skipped')
    await deliver('m3', { id: 'no number' })
    expect((await rig.run('inbox')).status).toBe('failed')
    expect(await rows()).toEqual(three)
    await rig.store.db.deleteFrom('hook_delivery').where('id', '=', 'm3').execute()
    await deliver('m4', { id: 4 })
    await rig.run('inbox')
    expect(await rows()).toEqual([...three, { id: 4, webhook_id: 'm4' }])
    const taken = await rig.store.db.selectFrom('hook_delivery').select('id').where('taken', '=', true).orderBy('seq').execute()
    expect(taken.map(({ id }) => id)).toEqual(['m1', 'm2'])
  })
})
