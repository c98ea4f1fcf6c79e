import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram } from '@tulle/kernel/testing'
import { filesAt } from '@tulle/lake'
import type { PipelineRig } from '../testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from '../testing/pipeline-rig.ts'

const CHILD = await bundledProgram('packages/pipeline/src/testing/kill-child.ts')
let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

/** A process that dies at the step, or lives until no run is open; the runs that it began. */
async function life(dies?: { readonly when: 'before' | 'after'; readonly step: string }): Promise<readonly string[]> {
  const plan = { address: rig.providers.testStore.connectionString, warehouse: rig.providers.warehouse, meshFolder: rig.meshFolder, folder: rig.folder, ...(dies !== undefined && { product: 'sales', dies }) }
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const said: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line))
  if (dies === undefined) {
    await expect.poll(async () => rig.store.db.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).execute(), { timeout: 60_000, interval: 100 }).toEqual([])
    child.kill('SIGKILL')
  }
  await ended
  return said.flatMap((line) => (line.startsWith('accepted ') ? [line.slice(9)] : []))
}

const told = async (runId: string): Promise<number> =>
  (await rig.store.db.selectFrom('outbox').select('data').where('type', '=', 'tulle.rows.quarantined').execute()).filter(({ data }) => (data as { runId: string }).runId === runId).length
/** Rows of the side table at main, and at the run's branch. */
async function entries(runId: string): Promise<{ readonly main: number; readonly branch: number }> {
  const table = await rig.table('sales.raw@quarantine')
  const at = async (id: string | undefined): Promise<number> => (id === undefined ? 0 : valueOf(await filesAt(rig.lake, table, id)).reduce((sum, { rows }) => sum + rows, 0))
  return { main: await at(table.currentSnapshot?.id), branch: await at(table.metadata.refs[`run-${runId}`]?.snapshotId) }
}

describe('a run whose process is killed with rows set aside', () => {
  let carrier = 0
  it.each([
    ['before they are published', { when: 'before', step: 'publish' }, false],
    ['when they are published and nobody knows', { when: 'after', step: 'publish' }, true],
  ] as const)('leaves neither rows nor entries or both, %s, and ends with both once', async (_name, dies, isPublished) => {
    carrier += 1
    await rig.write({ 'data/a.csv': `id,carrier\n1,A${carrier}\n${carrier + 1},\n` })
    await rig.apply({ sales: { files: { drop: 'data/a.csv' }, dataSets: { raw: { from: 'drop', columns: { id: 'long!*', carrier: 'string!' }, custom: { onFailure: 'quarantine' } } } } })
    const before = carrier === 1 ? 0 : (await entries('')).main
    const [runId = ''] = await life(dies)
    const current = (await rig.table('sales.raw')).currentSnapshot?.summary['tulle.run-id']
    expect(current === runId).toBe(isPublished)
    // The control: what waits is there, where nobody reads it.
    expect(await entries(runId)).toEqual(isPublished ? { main: before + (carrier === 1 ? 1 : 2), branch: 0 } : { main: before, branch: before + (carrier === 1 ? 1 : 2) })
    expect(await told(runId)).toBe(isPublished ? 1 : 0)
    await life()
    expect((await rig.table('sales.raw')).currentSnapshot?.summary['tulle.run-id']).toBe(runId)
    expect(await entries(runId)).toEqual({ main: before + (carrier === 1 ? 1 : 2), branch: 0 })
    expect(await told(runId)).toBe(1)
  }, 180_000)

  it('go with the data set when it is destroyed', async () => {
    const folder = (await rig.table('sales.raw@quarantine')).location
    const path = valueOf(rig.lake.objects.pathOf(folder))
    const list = async (): Promise<number> => {
      const found: string[] = []
      for await (const address of rig.lake.objects.list(path)) found.push(address)
      return found.length
    }
    expect(await list()).toBeGreaterThan(0)
    valueOf(await rig.providers.provider('data-set').destroy(rig.providers.context, 'data-set:sales.raw'))
    expect(await list()).toBe(0)
    expect(await rig.lake.catalog.find({ namespace: 'sales', name: 'raw@quarantine' })).toBeUndefined()
  })
})
