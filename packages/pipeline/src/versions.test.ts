// What published versions of a product changed: read back from snapshots and the recipes that they name.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ProductWords } from './testing/mesh-words.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import { RUN_SUMMARY } from './run-summary.ts'

vi.setConfig({ testTimeout: 180_000 })

const orders = (version: string, columns: Readonly<Record<string, string>>, model = 'select id, note from {{ ref(\'raw\') }}'): ProductWords => ({
  files: { drop: 'data/a.csv' },
  dataSets: { raw: { from: 'drop', columns: { id: 'long!', note: 'string' } }, good: { version, columns, model } },
})

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': 'id,note\n1,a\n' })
}, 180_000)
afterAll(() => rig[Symbol.asyncDispose]())

const publish = async (words: ProductWords, file?: string): Promise<string> => {
  if (file !== undefined) await rig.write({ 'data/a.csv': file })
  await rig.apply({ orders: words })
  const run = await rig.run('orders')
  expect(run).toMatchObject({ status: 'succeeded', diagnostics: [] })
  return run.runId
}

describe('the versions of a product', () => {
  it('are the runs that published by another definition, with what it meant for readers and which code was another', async () => {
    const first = await publish(orders('1.0.0', { id: 'long!', note: 'string' }))
    // Other rows by the same definition are no other version of the product.
    await publish(orders('1.0.0', { id: 'long!', note: 'string' }), 'id,note\n1,a\n2,b\n')
    const more = await publish(orders('1.1.0', { id: 'long!', note: 'string', length: 'long' }, "select id, note, length(note) as length from {{ ref('raw') }}"))
    const fewer = await publish(orders('2.0.0', { id: 'long!', length: 'long' }, "select id, length(note) as length from {{ ref('raw') }}"))
    const pipeline = await rig.open()
    const versions = valueOf(await pipeline.versions('orders', 10))
    expect(versions.map(({ runId }) => runId)).toEqual([fewer, more, first])
    expect(versions[2]?.changes, 'nothing is kept from before').toBeUndefined()
    expect(versions[1]?.changes).toMatchObject({ severity: 'minor', dataSets: [{ dataSet: 'good', kind: 'changed', from: '1.0.0', to: '1.1.0', severity: 'minor' }], code: [{ what: 'model', name: 'good', kind: 'changed' }] })
    expect(versions[0]?.changes).toMatchObject({ severity: 'breaking', dataSets: [{ dataSet: 'good', from: '1.1.0', to: '2.0.0', ports: [{ port: 'sql', severity: 'breaking', changes: expect.arrayContaining([{ path: 'good.note', severity: 'breaking', reason: expect.stringContaining('removed') as string }]) as unknown }] }] })
    expect(JSON.stringify(versions), 'no text of code is told').not.toContain('select')
    expect(valueOf(await pipeline.versions('orders', 1))).toHaveLength(1)

    const before = versions[2]?.snapshots['good'] ?? ''
    const { product } = valueOf(await pipeline.definitionAt('orders', before))
    expect(product.dataSets.find(({ name }) => name === 'good')?.contract?.version).toBe('1.0.0')
    expect(await pipeline.definitionAt('orders', '1')).toMatchObject({ ok: false })
  })

  it('say nothing of a version whose recipe is gone, and go on', async () => {
    const table = await rig.table('orders.good')
    const recipe = table.currentSnapshot?.summary[RUN_SUMMARY.recipe] ?? ''
    const { id } = valueOf(await (await rig.open()).definitionAt('orders', table.currentSnapshot?.id ?? ''))
    const { keptRecipe } = await import('@tulle/providers')
    await rm(join(rig.providers.warehouse, keptRecipe(id, recipe)), { force: true })
    const versions = valueOf(await (await rig.open()).versions('orders', 10))
    expect(versions.map(({ changes }) => changes?.severity)).toEqual([undefined, 'minor', undefined])
  })
})
