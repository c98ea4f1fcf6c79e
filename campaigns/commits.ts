// Sixteen processes commit to one table at once, over pointers in PostgreSQL, and one reply in twenty is cut after the swap
// or before it has landed. None of the commits may be lost, and none made twice.
//
//   node campaigns/commits.ts [--commits 32000] [--seed 1] [--control]
//
// Seeded, resumable (it goes on where .test-output/commits-<seed>.json stopped), one line of progress. The control keeps its
// pointers in a catalogue that looks first and renames then: it must lose commits, or the checks are blind.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Result } from '@tulle/kernel'
import { ancestorsOf, createTable, loadTable, openLake, planScan } from '@tulle/lake'
import type { Lake, Table, TableName } from '@tulle/lake'
import { fileCatalog } from '@tulle/lake/testing'
import { localObjects } from '@tulle/objects'
import { postgresCatalog } from '@tulle/providers'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import type { Round, RoundAnswer, WriterSettings } from './commits-writer.ts'
import { runCampaign } from './run-campaign.ts'

/** A table takes so many commits, then all processes move on to the next, so that none of them grows without bound. */
const OF_A_TABLE = 512

export interface CommitOutcome extends CampaignOutcome { readonly acknowledged: number; readonly cut: number }

export async function commitAtOnce({ count, seed, control, done = 0, progress, processes = 16 }: CampaignOptions & { readonly processes?: number }): Promise<CommitOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-commits-'))
  await using database = control ? undefined : await testStore()
  const writers: Writer[] = []
  try {
    const lake = lakeIn(folder, database)
    for (let number = 0; number < processes; number += 1) {
      writers.push(new Writer({ folder, number, seed, done, ...(database !== undefined && { connection: database.connection }) }))
    }
    const violations: string[] = []
    let [acknowledged, cut] = [0, 0]
    for (let at = done; at < count;) {
      const share = Math.ceil(Math.min(OF_A_TABLE, count - at) / processes)
      const name = { namespace: 'campaign', name: `from_${at}` }
      const { location } = valueOf(await createTable(lake, { name, folder: 'tables', columns: [{ name: 'id', type: 'long' }] }))
      const answers = await Promise.all(writers.map((writer) => writer.take({ table: name.name, commits: share })))
      violations.push(...(await check(lakeIn(folder, database), name, answers)).map((what) => `table ${name.name}: ${what}`))
      acknowledged += answers.reduce((sum, answer) => sum + answer.acknowledged.length, 0)
      cut += answers.reduce((sum, answer) => sum + answer.cut, 0)
      await rm(location.slice('file://'.length), { recursive: true })
      at = Math.min(count, at + share * processes)
      progress?.(at, violations)
    }
    return { violations, acknowledged, cut }
  } finally {
    for (const writer of writers) writer.end()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A lake that remembers nothing of what it may have seen before. */
const lakeIn = (folder: string, database: TestStore | undefined): Lake => openLake({
  catalog: database === undefined ? fileCatalog(join(folder, 'catalog'), 'exists-then-rename') : postgresCatalog(database.store.db), objects: localObjects(join(folder, 'warehouse')),
})

class Writer {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(settings: WriterSettings) {
    this.#process = spawn(process.execPath, [join(import.meta.dirname, 'commits-writer.ts'), JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#process.stdout === null) throw new Error('the writer has no output')
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async take(round: Round): Promise<RoundAnswer> {
    this.#process.stdin?.write(`${JSON.stringify(round)}\n`)
    const line = await this.#lines.next()
    if (line.done === true) throw new Error('a writer ended before its time')
    return JSON.parse(line.value) as RoundAnswer
  }

  end(): void {
    this.#process.stdin?.end()
    this.#process.kill('SIGKILL')
  }
}

async function check(lake: Lake, name: TableName, answers: readonly RoundAnswer[]): Promise<readonly string[]> {
  const loaded = await loadTable(lake, name)
  if (!loaded.ok) return [`it cannot be read: ${loaded.diagnostics[0]?.message}`]
  const scan = await planScan(lake, loaded.value)
  if (!scan.ok) return [`its files cannot be read: ${scan.diagnostics[0]?.message}`]
  const times = new Map<string, number>()
  for (const { file } of scan.value.files) {
    const key = file.path.slice(file.path.lastIndexOf('/') + 1)
    times.set(key, (times.get(key) ?? 0) + 1)
  }
  const acknowledged = answers.flatMap((answer) => answer.acknowledged)
  const unknown = new Set(answers.flatMap((answer) => answer.unknown))
  return [
    ...acknowledged.filter((key) => !times.has(key)).map((key) => `${key} was acknowledged and is lost`),
    ...[...times].filter(([, count]) => count > 1).map(([key, count]) => `${key} was committed ${count} times`),
    ...[...times.keys()].filter((key) => !unknown.has(key) && !acknowledged.includes(key)).map((key) => `${key} is there, but was called failed`),
    ...answers.flatMap((answer) => answer.failed.map((why) => `a commit failed: ${why}`)),
    ...checkLine(loaded.value, times.size),
  ]
}

/** Every snapshot follows the one before it, and each has added its file. */
function checkLine(table: Table, files: number): readonly string[] {
  const line = table.currentSnapshot === undefined ? [] : ancestorsOf(table, table.currentSnapshot.id)
  const inOrder = line.every((snapshot, i) => snapshot.sequenceNumber === line.length - i)
  return line.length === table.snapshots.length && line.length === files && inOrder ? [] : [`${line.length} of its ${table.snapshots.length} snapshots are in line, with ${files} files`]
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

if (import.meta.main) await runCampaign('commits', 'commits', 32_000, commitAtOnce)
