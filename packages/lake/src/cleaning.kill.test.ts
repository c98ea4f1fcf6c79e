// A process that dies at any boundary of what cleans a table up: before or after any operation on its objects or its
// pointer. Whatever it leaves, every version that the table names can be read, and the next attempt finishes the work.

import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import { memoryObjects } from '@tulle/objects'
import { describe, expect, it } from 'vitest'
import type { ExpiryPolicy } from './cleaning-types.ts'
import type { Lake } from './types.ts'
import { commit } from './commit.ts'
import { createTable } from './create-table.ts'
import { expireSnapshots, foreseeExpiry } from './expire-snapshots.ts'
import { filesReachable } from './reachable-files.ts'
import { findOrphans, removeOrphans } from './find-orphans.ts'
import { loadTable } from './load-table.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { newDataPath } from './new-data-path.ts'
import { openLake } from './open-lake.ts'
import { rewriteManifests } from './rewrite-manifests.ts'
import { stageAppend, stageOverwrite } from './stage-snapshot.ts'
import { valueOf } from './testing/one-table.ts'

const DAY = 86_400_000
const NAME = { namespace: 'n', name: 't' }
const POLICY: ExpiryPolicy = { maxAge: 30 * DAY, minToKeep: 1, grace: 0 }

class Died extends Error {}

/** The same world, for so many boundaries. It remembers nothing that another process would not find. */
function mortal(lake: Lake, life: number): Lake {
  let boundaries = 0
  const boundary = (): void => {
    boundaries += 1
    if (boundaries > life) throw new Died(`died at boundary ${boundaries}`)
  }
  const bounded = <Given extends readonly unknown[], Answer>(work: (...given: Given) => Promise<Answer>) => async (...given: Given): Promise<Answer> => {
    boundary()
    const answer = await work(...given)
    boundary()
    return answer
  }
  const { objects, catalog, clock } = lake
  return openLake({
    clock,
    catalog: { list: bounded(catalog.list), find: bounded(catalog.find), swap: bounded(catalog.swap) },
    objects: { ...objects, read: bounded(objects.read), create: bounded(objects.create), remove: bounded(objects.remove), facts: bounded(objects.facts) },
  })
}

interface World { readonly lake: Lake; readonly clock: FakeClock }

/** A table with versions that are too old, others that are not, many manifests, and files of a commit that lost. */
async function world(): Promise<World> {
  const clock = fakeClock()
  const lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects(clock), clock: { ...clock, sleep: async () => undefined } })
  valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'x', type: 'int' }] }))
  const write = async (how: typeof stageAppend, isLost = false): Promise<void> => {
    const table = valueOf(await loadTable(lake, NAME))
    const path = valueOf(await lake.objects.create(newDataPath(lake, table), Uint8Array.of(1)))
    const staged = valueOf(await how(lake, table, { files: [{ path, rows: 1, bytes: 1 }] }))
    if (!isLost) valueOf(await commit(lake, [staged]))
  }
  await write(stageAppend)
  await write(stageOverwrite)
  await write(stageOverwrite, true)
  await clock.advance(31 * DAY)
  for (let i = 0; i < 3; i += 1) await write(stageAppend)
  return { lake, clock }
}

/** What the table's versions need and is not there. */
async function missing({ lake }: World): Promise<readonly string[]> {
  const gone: string[] = []
  for (const { address } of valueOf(await filesReachable(lake, valueOf(await loadTable(lake, NAME)))).values()) {
    if (!(await lake.objects.facts(address)).ok) gone.push(address)
  }
  return gone
}

/** Kills the work at each boundary in turn, until it lives to its end. Answers how often it died and what was found. */
async function killAtEach(work: (lake: Lake) => Promise<unknown>): Promise<{ readonly deaths: number; readonly violations: readonly string[] }> {
  const violations: string[] = []
  for (let life = 0; ; life += 1) {
    const here = await world()
    const before = valueOf(await loadTable(here.lake, NAME))
    const hasDied = await work(mortal(here.lake, life)).then(() => false, (error: unknown) => {
      if (error instanceof Died) return true
      throw error
    })
    const now = valueOf(await loadTable(here.lake, NAME))
    if ((await missing(here)).length > 0) violations.push(`boundary ${life}: a version cannot be read`)
    if (now.currentSnapshot?.summary['total-data-files'] !== before.currentSnapshot?.summary['total-data-files']) violations.push(`boundary ${life}: the current version has changed`)
    if (!hasDied || violations.length > 0) return { deaths: life, violations }
    await finish(here, work)
  }
}

/** The next attempt, and after a while the search for orphans: then there is nothing that no version needs. */
async function finish(here: World, work: (lake: Lake) => Promise<unknown>): Promise<void> {
  const { lake, clock } = here
  await work(lake)
  const table = valueOf(await loadTable(lake, NAME))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [] }))]))
  await clock.advance(4 * DAY)
  valueOf(await removeOrphans(lake, valueOf(await findOrphans(lake, NAME, 3 * DAY))))
  const listed: string[] = []
  for await (const address of lake.objects.list('')) listed.push(address)
  const led = [...valueOf(await filesReachable(lake, valueOf(await loadTable(lake, NAME)))).values()].map(({ address }) => address)
  expect(listed.toSorted()).toEqual(led.toSorted())
}

describe('a process that dies', () => {
  it.each([
    ['while it expires versions', (lake: Lake) => expireSnapshots(lake, NAME, POLICY)],
    ['while it removes orphans', async (lake: Lake) => removeOrphans(lake, valueOf(await findOrphans(lake, NAME, 3 * DAY)))],
    ['while it writes manifests anew', (lake: Lake) => rewriteManifests(lake, NAME, { minCount: 2 })],
  ])('%s leaves every version readable, and its work to be finished', async (_, work) => {
    const { deaths, violations } = await killAtEach(work)
    expect(violations).toEqual([])
    expect(deaths).toBeGreaterThan(10)
  })

  it('while it removes files first and commits then leaves versions that cannot be read (the control)', async () => {
    const { violations } = await killAtEach(async (lake) => {
      const { files } = valueOf(await foreseeExpiry(lake, valueOf(await loadTable(lake, NAME)), POLICY))
      for (const { address } of files) valueOf(await lake.objects.remove(address))
      return expireSnapshots(lake, NAME, POLICY)
    })
    expect(violations).toEqual([expect.stringMatching(/a version cannot be read$/u)])
  })
})
