// A process that keeps a data set in step while its input changes, and is killed again and again: in the end each change is in it
// once, which for sums and counts is to be seen. The control keeps the versions that were read apart from the data.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit, nextTime, withRef, writeMetadata } from '@tulle/lake'
import { RUN_SUMMARY } from '../run-summary.ts'
import { killMeanwhile } from '../testing/kill-meanwhile.ts'
import type { PipelineRig } from '../testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from '../testing/pipeline-rig.ts'

/** More kills find rarer places. */
const KILLS = Number(process.env['TULLE_KILLS'] ?? 2)

let rig: PipelineRig
let lines = 0
/** Some rows more, and some of the others are others. */
async function change(): Promise<void> {
  lines += 7
  await rig.write({ 'data/lines.csv': `id,bucket,amount\n${Array.from({ length: lines }, (_, i) => `${i},${i % 11},${(i * lines) % 13}\n`).join('')}` })
}
beforeAll(async () => {
  rig = await pipelineRig()
  await change()
  await rig.apply({
    ledger: {
      files: { file: 'data/lines.csv' },
      dataSets: {
        lines: { from: 'file', columns: { id: 'long*', bucket: 'long!', amount: 'long!' } },
        buckets: { columns: { bucket: 'long*', lines: 'long!', amount: 'decimal(38, 0)!' }, refresh: 'continuous', model: "select bucket, count(*) as lines, sum(amount) as amount from {{ ref('lines') }} group by bucket" },
      },
    },
  })
})
afterAll(() => rig?.[Symbol.asyncDispose]())

const kept = async (): Promise<readonly string[]> => (await rig.rows('ledger.buckets', 'select * from ledger.buckets order by bucket')).map((row) => JSON.stringify(row))
const given = async (): Promise<readonly string[]> => (await rig.rows('ledger.lines', 'select bucket, count(*) as lines, cast(sum(amount) as decimal(38, 0)) as amount from ledger.lines group by bucket order by bucket')).map((row) => JSON.stringify(row))
async function last(): Promise<void> {
  await rig.open()
  await rig.store.db.updateTable('run').set({ status: 'failed' }).where('status', 'in', ['queued', 'running']).execute()
  expect((await rig.run('ledger')).status).toBe('succeeded')
}

/** The version before is what is published, and says that it read what the newest did: positions that are kept apart from the data. */
async function keepPositionAlone(before: string): Promise<void> {
  const table = await rig.table('ledger.buckets')
  const { metadata } = table
  const run = table.currentSnapshot?.summary[RUN_SUMMARY.run] ?? ''
  const snapshots = metadata.snapshots.map((one) => (one.id === before ? { ...one, summary: { ...one.summary, [RUN_SUMMARY.run]: run } } : one))
  const lastUpdated = nextTime(rig.lake, table)
  valueOf(await commit(rig.lake, [valueOf(await writeMetadata(rig.lake, table, { ...metadata, snapshots, ...withRef(metadata, 'main', { ...metadata.refs['main'], type: 'branch', snapshotId: before }, lastUpdated), lastUpdated }))]))
}

describe('a data set that is kept in step by a process that is killed', () => {
  it('has each change once', async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      await killMeanwhile(rig, { product: 'ledger', milliseconds: 200 + Math.random() * 1_500, meanwhile: async () => {
        await change()
        await new Promise((resolve) => setTimeout(resolve, 60))
      } })
    }
    await change()
    await last()
    expect(await kept()).toEqual(await given())
    const { summary } = (await rig.table('ledger.buckets')).currentSnapshot ?? {}
    expect(summary?.[RUN_SUMMARY.refresh]).toBe('changes')
  }, 240_000 + KILLS * 60_000)

  it('control: with positions that do not go with the data it is not what its statement gives', async () => {
    const give = (amounts: readonly number[]): Promise<void> => rig.write({ 'data/lines.csv': `id,bucket,amount\n${amounts.map((amount, i) => `${i},${i},${amount}\n`).join('')}` })
    await give([1, 1, 1])
    await last()
    const before = (await rig.table('ledger.buckets')).currentSnapshot?.id ?? ''
    await give([1, 5, 1])
    await last()
    expect(await kept()).toEqual(await given())
    await keepPositionAlone(before)
    await give([2, 5, 1])
    await last()
    expect(await kept()).not.toEqual(await given())
  }, 240_000)
})
