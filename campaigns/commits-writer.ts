// One of the processes of commits.ts. For each line that it reads it makes so many commits to a table, several at a time,
// and answers with a line that says which of them were acknowledged.

import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { commitQueue, loadTable, openLake, stageAppend } from '@tulle/lake'
import type { Catalog } from '@tulle/lake'
import { fileCatalog } from '@tulle/lake/testing'
import { localObjects } from '@tulle/objects'
import { postgresCatalog } from '@tulle/providers'
import { openStore } from '@tulle/store'
import type { Connection } from '@tulle/store'
import { randomFrom } from './random-from.ts'

export interface WriterSettings {
  readonly folder: string
  readonly number: number
  readonly seed: number
  readonly done: number
  /** Absent: the catalogue of files that loses commits. */
  readonly connection?: Connection
}
export interface Round { readonly table: string; readonly commits: number }
export interface RoundAnswer {
  /** The names of the files whose commit was acknowledged, and of those whose outcome nobody could tell. */
  readonly acknowledged: readonly string[]
  readonly unknown: readonly string[]
  readonly failed: readonly string[]
  readonly cut: number
}

const AT_ONCE = 4
const CUT = 0.05
/** Of the cut replies, those whose swap has not landed yet. */
const LATE = 0.2

async function answer(settings: WriterSettings): Promise<void> {
  const { folder, number, seed, done } = settings
  const cutting = new CuttingCatalog(await catalogOf(settings), randomFrom(seed * 7919 + number * 104_729 + done))
  const lake = openLake({ catalog: cutting.catalog, objects: localObjects(join(folder, 'warehouse')) })
  const queue = commitQueue(lake, { attempts: 2000 })
  for await (const line of createInterface({ input: process.stdin })) {
    const { table, commits } = JSON.parse(line) as Round
    const name = { namespace: 'campaign', name: table }
    const [acknowledged, unknown, failed]: [string[], string[], string[]] = [[], [], []]
    const commitAll = async (lane: number): Promise<void> => {
      for (let i = lane; i < commits; i += AT_ONCE) {
        const key = `${number}-${i}.parquet`
        const committed = await queue.commit(name, (to, now) => stageAppend(to, now, { files: [{ path: `${now.location}/data/${key}`, rows: 1, bytes: 1 }] }))
        if (committed.ok) acknowledged.push(key)
        else if (committed.diagnostics[0]?.code === 'commit-unknown') unknown.push(key)
        else failed.push(`${key}: ${committed.diagnostics[0]?.message}`)
      }
    }
    const { cut } = cutting
    // The table is there when the line comes, but another process has made it.
    if ((await loadTable(lake, name)).ok) await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => commitAll(lane)))
    await cutting.landed()
    process.stdout.write(`${JSON.stringify({ acknowledged, unknown, failed, cut: cutting.cut - cut } satisfies RoundAnswer)}\n`)
  }
}

async function catalogOf({ folder, connection }: WriterSettings): Promise<Catalog> {
  if (connection === undefined) return fileCatalog(join(folder, 'catalog'), 'exists-then-rename')
  const store = await openStore({ connection, poolSize: 2 })
  if (!store.ok) throw new Error(store.diagnostics[0]?.message)
  return postgresCatalog(store.value.db)
}

/** A catalogue that swaps, and then sometimes breaks off as if the connection had been cut. */
class CuttingCatalog {
  readonly catalog: Catalog
  cut = 0
  readonly #late = new Set<Promise<unknown>>()

  constructor(inner: Catalog, random: () => number) {
    this.catalog = {
      list: (namespace) => inner.list(namespace),
      find: (name) => inner.find(name),
      swap: async (swaps) => {
        if (random() >= CUT) return inner.swap(swaps)
        this.cut += 1
        if (random() >= LATE) await inner.swap(swaps)
        else this.#land(pause(random() * 50).then(() => inner.swap(swaps)))
        throw new Error('the connection was cut')
      },
    }
  }

  /** Resolves when no swap is on its way any more. */
  async landed(): Promise<void> {
    await Promise.all(this.#late)
  }

  #land(swap: Promise<unknown>): void {
    const landing = swap.catch(() => undefined).finally(() => this.#late.delete(landing))
    this.#late.add(landing)
  }
}

if (import.meta.main) await answer(JSON.parse(process.argv[2] ?? '{}') as WriterSettings)
