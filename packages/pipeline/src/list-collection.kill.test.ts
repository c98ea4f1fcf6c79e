// A process that dies at any boundary of its writes while it takes in a collection: whatever version it leaves, every row of
// it has its bytes, and the next process finishes what was begun.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from '@tulle/kernel'
import { bundledProgram } from '@tulle/kernel/testing'
import { keptFile } from '@tulle/providers'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'

const CHILD = await bundledProgram('packages/pipeline/src/testing/kill-child.ts')
/** Every boundary takes minutes; some of them do, each time others. */
const KILLS = Number(process.env['TULLE_KILLS'] ?? 4)

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'pics/first.svg': '<svg/>' })
  await rig.apply({ gallery: { files: { folder: { path: 'pics', format: 'files' } }, dataSets: { pictures: { from: 'folder', columns: { path: 'string!*', sha256: 'string!', bytes: 'long!', media_type: 'string' } } } } })
})
afterAll(() => rig?.[Symbol.asyncDispose]())

interface LifeOptions { readonly diesAtWrite?: number; readonly careless?: boolean; readonly runs?: boolean }
interface Life { readonly published: readonly string[]; readonly boundaries: number }

/** A process from its start to its death: by its own hand, or when it has published once, or when nothing of others is left to do. */
async function life({ runs = true, ...how }: LifeOptions): Promise<Life> {
  const plan = { address: rig.providers.testStore.connectionString, warehouse: rig.providers.warehouse, meshFolder: rig.meshFolder, folder: rig.folder, ...(runs && { product: 'gallery' }), ...how }
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const published: string[] = []
  let boundaries = 0
  const done = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('boundary ')) boundaries = Number(line.slice('boundary '.length)) + 1
    if (!line.startsWith('published ')) return
    published.push(line.slice('published '.length))
    done.resolve()
  })
  if (!runs) await expect.poll(allEnded, { timeout: 60_000, interval: 100 }).toBe(true)
  else await Promise.race([done.promise, ended])
  child.kill('SIGKILL')
  await ended
  return { published, boundaries }
}

const allEnded = async (): Promise<boolean> => (await rig.store.db.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).executeTakeFirst()) === undefined

/** The files that the published version lists, and those of them whose bytes are not there as they were. */
async function listed(): Promise<{ readonly paths: readonly string[]; readonly lost: readonly string[] }> {
  const rows = (await rig.rows('gallery.pictures', 'SELECT path, sha256 FROM gallery.pictures ORDER BY path')) as readonly { readonly path: string; readonly sha256: string }[]
  const id = (await rig.providers.observed('data-product:gallery'))?.id ?? ''
  const { objects } = rig.lake
  const lost: string[] = []
  for (const row of rows) {
    const bytes = await objects.read(objects.address(keptFile(id, row.sha256)))
    if (!bytes.ok || sha256(bytes.value) !== row.sha256) lost.push(row.path)
  }
  return { paths: rows.map(({ path }) => path), lost }
}

describe('a collection whose process dies while it is taken in', () => {
  it('lists no file whose bytes are not kept, loses no acknowledged version, and is whole when the next process has finished', async () => {
    const { boundaries } = await life({})
    expect(boundaries).toBeGreaterThan(8)
    const all = Array.from({ length: boundaries }, (_, i) => i)
    const chosen = KILLS >= boundaries ? all : all.map((boundary) => ({ boundary, chance: Math.random() })).toSorted((a, b) => a.chance - b.chance).slice(0, KILLS).map(({ boundary }) => boundary)
    const names = ['first.svg']
    for (const boundary of chosen) {
      const before = await listed()
      for (const half of ['a', 'b']) {
        names.push(`${boundary}${half}.bin`)
        await rig.write({ [`pics/${boundary}${half}.bin`]: `bytes of ${boundary}${half}` })
      }
      const { published } = await life({ diesAtWrite: boundary })
      const after = await listed()
      expect([boundary, after.lost]).toEqual([boundary, []])
      // All or nothing of what the run took in.
      expect([before.paths.length, names.length]).toContain(after.paths.length)
      if (published.length > 0) expect(after.paths).toEqual(names.toSorted())
      await life({ runs: false })
      expect(await listed()).toEqual({ paths: names.toSorted(), lost: [] })
    }
    expect((await rig.store.db.selectFrom('run').select('status').distinct().execute()).map(({ status }) => status)).toEqual(['succeeded'])
  }, 60_000 + KILLS * 20_000)

  it('control: bytes that are acknowledged before they are kept are missed', async () => {
    await rig.write({ 'pics/careless.bin': 'acknowledged too early' })
    const { published } = await life({ careless: true })
    expect(published).toHaveLength(1)
    expect((await listed()).lost).toEqual(['careless.bin'])
  }, 60_000)
})
