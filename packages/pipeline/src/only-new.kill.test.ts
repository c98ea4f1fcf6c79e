// A process that takes in new files and is killed again and again while they come: in the end each file is in the data set once.

import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commit, nextTime, writeMetadata } from '@tulle/lake'
import { RUN_SUMMARY } from './run-summary.ts'
import { killMeanwhile } from './testing/kill-meanwhile.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

/** More kills find rarer places. */
const KILLS = Number(process.env['TULLE_KILLS'] ?? 3)

let rig: PipelineRig
let files = 0
/** One more file with two rows, there at once or not at all. */
async function bring(): Promise<void> {
  files += 1
  const lines = [`${files},1`, `${files},2`]
  await rig.write({ [`incoming/${files}.csv`]: `file,line\n${lines.join('\n')}\n`, 'data/drop/.keep': '' })
  await rename(join(rig.meshFolder, `incoming/${files}.csv`), join(rig.meshFolder, `data/drop/${files}.csv`))
}
beforeAll(async () => {
  rig = await pipelineRig()
  await bring()
  // Without a primary key nothing but the position keeps a file from being added twice.
  await rig.apply({ drops: { files: { drop: { path: 'data/drop/*.csv', only_new: true } }, dataSets: { lines: { from: 'drop', columns: { file: 'long!', line: 'long!' } } } } })
})
afterAll(() => rig?.[Symbol.asyncDispose]())

const life = (milliseconds: number): Promise<void> => killMeanwhile(rig, { product: 'drops', milliseconds, meanwhile: async () => {
  await bring()
  await new Promise((resolve) => setTimeout(resolve, 40))
} })

const counted = (): Promise<readonly unknown[]> => rig.rows('drops.lines', 'select count(*) as lines, count(distinct file * 10 + line) as unlike from drops.lines')
/** The published version has the position of an earlier one, as if that had been kept elsewhere and a crash had come between. */
async function keepPositionOf(earlier: Readonly<Record<string, string>>): Promise<void> {
  const table = await rig.table('drops.lines')
  const { metadata } = table
  const recipe = earlier[RUN_SUMMARY.recipe] ?? ''
  const snapshots = metadata.snapshots.map((one) => (one.id === table.currentSnapshot?.id ? { ...one, summary: { ...one.summary, [RUN_SUMMARY.recipe]: recipe } } : one))
  valueOf(await commit(rig.lake, [valueOf(await writeMetadata(rig.lake, table, { ...metadata, snapshots, lastUpdated: nextTime(rig.lake, table) }))]))
}
async function last(): Promise<void> {
  await rig.open()
  await rig.store.db.updateTable('run').set({ status: 'failed' }).where('status', 'in', ['queued', 'running']).execute()
  expect((await rig.run('drops')).status).toBe('succeeded')
}

describe('new files whose taker is killed', () => {
  it('are in the data set once each', async () => {
    for (let kill = 0; kill < KILLS; kill += 1) await life(200 + Math.random() * 1_500)
    await bring()
    await last()
    expect(await counted()).toEqual([{ lines: 2 * files, unlike: 2 * files }])
  }, 120_000 + KILLS * 60_000)

  it('control: with a position that does not go with the data, files are there twice', async () => {
    await rig.open()
    await rig.run('drops')
    const before = (await rig.table('drops.lines')).currentSnapshot
    await bring()
    expect((await rig.run('drops')).status).toBe('succeeded')
    await keepPositionOf(before?.summary ?? {})
    await bring()
    await last()
    expect(await counted()).toEqual([{ lines: 2 * (files + 1), unlike: 2 * files }])
  }, 120_000)
})
