// Kills a process at every boundary of a commit, of a publish of several tables and of the other jobs of a lake, and checks
// after each that the tables can be read, that nothing acknowledged is lost, and that a job is done whole or not at all.
//
//   node campaigns/lake-kills.ts [--kills 1000] [--seed 1] [--control]
//
// A boundary lies before and after every operation on the file system and on the catalogue. Seeded, resumable (it goes on
// where .test-output/lake-kills-<seed>.json stopped), one line of progress. The control acknowledges before it commits.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTable, openLake } from '@tulle/lake'
import type { Lake } from '@tulle/lake'
import { fileCatalog } from '@tulle/lake/testing'
import { localObjects } from '@tulle/objects'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import type { LakeJob, Marks } from './lake-jobs.ts'
import { LAKE_JOBS, marksOf, TABLES } from './lake-jobs.ts'
import { randomFrom } from './random-from.ts'
import { runCampaign } from './run-campaign.ts'

export async function killLake({ count, seed, control, done = 0, progress }: CampaignOptions): Promise<CampaignOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-lake-kills-'))
  try {
    for (const name of TABLES) {
      const made = await createTable(lakeIn(folder), { name: { namespace: 'campaign', name }, folder: 'tables', columns: [{ name: 'id', type: 'long' }] })
      if (!made.ok) throw new Error(made.diagnostics[0]?.message)
    }
    let marks: Marks = { a: [], b: [], c: [] }
    const violations: string[] = []
    /** Where each job was killed last, and how many boundaries it had when it came to its end. */
    const walks = new Map(LAKE_JOBS.map((job) => [job.name, { at: Math.floor(randomFrom(seed)() * 20) + Math.floor(done / LAKE_JOBS.length), most: Infinity }]))
    for (let kill = done; kill < count; kill += 1) {
      const job = LAKE_JOBS[kill % LAKE_JOBS.length] as LakeJob
      const walk = walks.get(job.name) ?? { at: 0, most: Infinity }
      const at = control ? 1 + (walk.at % 20) : walk.at % walk.most
      const mark = `m${String(kill).padStart(5, '0')}`
      const ended = await runAndKill(folder, job, mark, at, control)
      walks.set(job.name, { at: at + 1, most: ended.boundaries ?? walk.most })
      const after = await marksOf(lakeIn(folder))
      const where = `kill ${kill} (${job.name}, at boundary ${at})`
      if (!after.ok) {
        violations.push(`${where}: the tables cannot be read: ${after.diagnostics[0]?.message}`)
        break
      }
      const promised = job.effect(marks, mark)
      const [isBefore, isAfter] = [same(after.value, marks), same(after.value, promised)]
      if (ended.problem !== undefined) violations.push(`${where}: ${ended.problem}`)
      if (ended.acknowledged && !isAfter) violations.push(`${where}: it was acknowledged, but is not there: ${shown(after.value)} in place of ${shown(promised)}`)
      if (!isBefore && !isAfter) violations.push(`${where}: it is half done: ${shown(after.value)}, neither ${shown(marks)} nor ${shown(promised)}`)
      marks = after.value
      progress?.(kill + 1, violations)
    }
    return { violations }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A lake that remembers nothing. */
const lakeIn = (folder: string): Lake => openLake({ catalog: fileCatalog(join(folder, 'catalog')), objects: localObjects(join(folder, 'warehouse')) })

interface Ended { readonly acknowledged: boolean; readonly boundaries?: number; readonly problem?: string }

async function runAndKill(folder: string, job: LakeJob, mark: string, at: number, control: boolean): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lake-kills-child.ts'), folder, job.name, mark, String(at), control ? 'before' : 'after'], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  })
  let [output, errors] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  await once(child, 'close')
  const boundaries = /^boundaries (\d+)$/mu.exec(output)?.[1]
  return {
    acknowledged: /^acknowledged$/mu.test(output),
    ...(boundaries !== undefined && { boundaries: Number(boundaries) }),
    ...(child.signalCode !== 'SIGKILL' && boundaries === undefined && { problem: `it ended by itself: ${errors.slice(0, 400)}` }),
  }
}

const same = (a: Marks, b: Marks): boolean => shown(a) === shown(b)
const shown = (marks: Marks): string => TABLES.map((name) => `${name}: ${marks[name].join(' ')}`).join('; ')

if (import.meta.main) await runCampaign('lake-kills', 'kills', 1000, killLake)
