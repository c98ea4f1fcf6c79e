// Products that read events of a server: each once, in batches by number and by time, also where whoever takes them is killed again
// and again while they come.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { EventSource } from './testing/event-source.ts'
import { eventSource } from './testing/event-source.ts'
import { killMeanwhile } from './testing/kill-meanwhile.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import { allowing } from './testing/source-rig.ts'

/** More kills find rarer places. */
const KILLS = Number(process.env['TULLE_KILLS'] ?? 3)

// Each is several runs, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let rig: PipelineRig
let source: EventSource
let sent = 0
const bring = (): void => source.send(JSON.stringify({ n: (sent += 1) }))
const apply = (settings: Readonly<Record<string, unknown>> = {}, custom: Readonly<Record<string, unknown>> = {}): Promise<void> => rig.apply({ feed: {
  connected: { events: ['sse-input-port', { url: source.url, batch_seconds: 1, ...settings }] },
  // Without a primary key nothing but the position keeps an event from being added twice.
  dataSets: { rows: { from: 'events', columns: { n: 'long!', sse_id: 'string', sse_event: 'string' }, custom } },
} })
beforeAll(async () => {
  ;[rig, source] = await Promise.all([pipelineRig(), eventSource()])
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
  await source?.[Symbol.asyncDispose]()
})

const counted = async (): Promise<unknown> => (await rig.rows('feed.rows', 'select count(*)::int as rows, count(distinct n)::int as unlike from feed.rows'))[0]
async function last(): Promise<void> {
  await rig.open({ sources: allowing([source.host]) })
  await rig.store.db.updateTable('run').set({ status: 'failed' }).where('status', 'in', ['queued', 'running']).execute()
  expect(await rig.run('feed')).toMatchObject({ status: 'succeeded' })
}

describe('events of a server', () => {
  it('whose taker is killed are there once each', async () => {
    await apply()
    for (let kill = 0; kill < KILLS; kill += 1) {
      // Without a new one nothing is published, and nobody would be killed.
      bring()
      await killMeanwhile(rig, { product: 'feed', milliseconds: 200 + Math.random() * 1_500, plan: { reaches: { host: source.host, secrets: {} } }, meanwhile: async () => {
        bring()
        await new Promise((resolve) => setTimeout(resolve, 40))
      } })
    }
    bring()
    await last()
    expect(await counted()).toEqual({ rows: sent, unlike: sent })
  }, 120_000 + KILLS * 60_000)

  it('come in batches by number, each from where the one before it stopped', async () => {
    const before = sent
    source.asked.length = 0
    for (let i = 0; i < 5; i += 1) bring()
    await apply({ batch_rows: 3, batch_seconds: 60 })
    await last()
    expect(await rig.rows('feed.rows', `select n, sse_id, sse_event from feed.rows where n > ${before} order by n`)).toEqual([1, 2, 3].map((n) => ({ n: before + n, sse_id: String(before + n), sse_event: 'message' })))
    await apply({ batch_rows: 2, batch_seconds: 60 })
    await last()
    expect([await counted(), source.asked]).toEqual([{ rows: sent, unlike: sent }, [String(before), String(before + 3)]])
  })

  it('come by time, whatever else the server goes on to send', async () => {
    await apply()
    bring()
    await last()
    expect(await counted()).toEqual({ rows: sent, unlike: sent })
  })

  it('control: of a server that does not go on behind the last one, they are there twice', async () => {
    bring()
    source.forgetful = true
    await last()
    source.forgetful = false
    expect(await counted()).toEqual({ rows: 2 * sent - 1, unlike: sent })
  })

  it('that are no objects stop the run, or are set aside with what came where the contract wants that', async () => {
    source.send('no json')
    expect(await rig.run('feed')).toMatchObject({ status: 'failed', diagnostics: [{ code: 'engine-file' }] })
    await apply({}, { schemaDrift: 'quarantine' })
    await last()
    expect(await counted()).toEqual({ rows: 2 * sent - 1, unlike: sent })
    const aside = valueOf(await (await rig.open({ sources: allowing([source.host]) })).quarantine.rows({ product: 'feed', dataSet: 'rows' }, { limit: 10 }, undefined))
    expect(aside.rows).toMatchObject([{ rules: ['readable'], raw: 'no json' }])
  })

  it('without ids are refused, because nobody could say where to go on; those of other names are passed over', async () => {
    source.send('{"n":1}', { event: 'ping', id: '' })
    expect((await rig.run('feed')).diagnostics.map(({ code, message }) => [code, message])).toEqual([['source-answer-unfit', expect.stringContaining('an event has no id of its own')]])
    await apply({ events: ['message'] }, { schemaDrift: 'quarantine' })
    await last()
    expect(await counted()).toEqual({ rows: sent, unlike: sent })
  })
})
