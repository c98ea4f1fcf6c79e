// Several processes commit to one table on disk, and are killed while they do. Beside each promise stands the control that
// breaks it, so that a test that cannot fail is seen.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lake, Table } from './types.ts'
import { createTable } from './create-table.ts'
import { describeCatalog } from './testing/describe-catalog.ts'
import { fileCatalog } from './testing/file-catalog.ts'
import { filesAt } from './files-at.ts'
import { loadTable } from './load-table.ts'
import { openLake } from './open-lake.ts'

const NAME = { namespace: 'n', name: 't' }
const LOOP = join(import.meta.dirname, 'testing/commit-loop.ts')
let folder: string
let lake: Lake

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-crash-'))
  lake = openLake({ catalog: fileCatalog(join(folder, 'catalog')), objects: localObjects(join(folder, 'warehouse')) })
  valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'x', type: 'string' }] }))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describeCatalog('the test catalogue of files', async () => {
  const own = await mkdtemp(join(tmpdir(), 'tulle-catalog-'))
  return { catalog: fileCatalog(own), others: [fileCatalog(own), fileCatalog(own)], close: () => rm(own, { recursive: true }) }
})

describe('processes that commit to one table', () => {
  it('lose nothing and repeat nothing', async () => {
    const acknowledged = await run({ processes: 4, commits: 12 })
    expect(acknowledged).toHaveLength(48)
    expect((await chain()).toSorted()).toEqual(acknowledged.toSorted())
  })

  it('lose commits where they look first and rename then (the control)', async () => {
    const acknowledged: string[] = []
    for (let round = 0; round < 10; round += 1) {
      acknowledged.push(...await run({ processes: 4, commits: 8, how: 'exists-then-rename' }))
      if ((await chain()).length < acknowledged.length) return
    }
    expect.fail('No commit was lost in 10 rounds, so the test above could not have failed either.')
  })

  it('killed at any moment have lost nothing that was acknowledged, and the table is readable', async () => {
    const acknowledged: string[] = []
    for (let round = 0; round < 6; round += 1) {
      acknowledged.push(...await run({ processes: 2, commits: 1_000_000, killAfterFirst: 20 + round * 20 }))
      const there = new Set(await chain())
      expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(6)
    const table = valueOf(await loadTable(lake, NAME))
    expect(valueOf(await filesAt(lake, table))).toHaveLength(table.snapshots.length)
    for await (const address of lake.objects.list('')) expect(valueOf(await lake.objects.read(address)).length).toBeGreaterThan(0)
  })

  it('killed after they said so too early have lost something (the control)', async () => {
    const acknowledged: string[] = []
    for (let round = 0; round < 20; round += 1) {
      acknowledged.push(...await run({ processes: 2, commits: 1_000_000, killAfterFirst: 1, acknowledge: 'before' }))
      const there = new Set(await chain())
      if (acknowledged.some((id) => !there.has(id))) return
    }
    expect.fail('No acknowledged snapshot was lost in 20 rounds, so the test above could not have failed either.')
  })
})

interface Run { readonly processes: number; readonly commits: number; readonly how?: string; readonly acknowledge?: string; readonly killAfterFirst?: number }

/** Runs the loops to their end, or kills them so many milliseconds after the first acknowledgement. Answers what was acknowledged. */
async function run({ processes, commits, how = 'link', acknowledge = 'after', killAfterFirst }: Run): Promise<readonly string[]> {
  const lines: string[] = []
  const problems: string[] = []
  const children = Array.from({ length: processes }, () => spawn(process.execPath, [LOOP, folder, how, String(commits), acknowledge], { stdio: ['ignore', 'pipe', 'pipe'] }))
  const first = Promise.race(children.map((child) => once(child.stdout, 'data')))
  const ends = children.map((child) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => problems.push(chunk.toString()))
    return once(child, 'close').then(() => lines.push(...text.split('\n').slice(0, -1)))
  })
  if (killAfterFirst !== undefined) {
    await first
    await pause(killAfterFirst)
    for (const child of children) child.kill('SIGKILL')
  }
  await Promise.all(ends)
  expect(problems).toEqual([])
  return lines
}

/** The snapshots from the current one back to the first, oldest first, each the parent of the next. */
async function chain(): Promise<readonly string[]> {
  const table: Table = valueOf(await loadTable(lake, NAME))
  const ids: string[] = []
  for (let at = table.currentSnapshot; at !== undefined;) {
    ids.unshift(at.id)
    const parent = at.parentId
    at = table.snapshots.find((s) => s.id === parent)
  }
  expect(table.snapshots.map((s) => s.id)).toEqual(ids)
  return ids
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
