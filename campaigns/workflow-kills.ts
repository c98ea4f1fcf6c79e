// Kills a process with -9 at every boundary of the steps of workflows with a fork, a race, a loop, a retry and a listen, and
// checks in the end that every run came to the same result, and did each of its effects once.
//
//   node campaigns/workflow-kills.ts [--kills 1000] [--seed 1] [--control]
//
// A boundary lies before and after every task, and before and after every effect. The control forgets the keys of effects.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { openJq, parseWorkflow } from '@tulle/workflow'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { randomFrom } from './random-from.ts'
import { runCampaign } from './run-campaign.ts'

/** A run of it has 8 effects, whatever happens: 1 first, 3 in the loop, 1 that is flaky, 2 ways, 1 last. */
const EFFECTS = 8
const DOCUMENT = `
document: {dsl: '1.0.3', namespace: campaign, name: kills, version: '1.0.0'}
do:
  - first: {call: effect, with: {n: '\${ .n }'}}
  - loop:
      for: {each: i, in: '[1, 2, 3]'}
      do:
        - each: {call: effect, with: {n: '\${ $i }'}}
  - flaky:
      try:
        - risky: {call: flaky}
      catch:
        retry: {delay: {milliseconds: 5}, backoff: {linear: {}}, limit: {attempt: {count: 50}}}
  - ways:
      fork:
        branches:
          - left:
              do:
                - one: {call: effect, with: {n: 10}}
                - say: {emit: {event: {with: {source: 'https://tulle.test', type: said, run: '\${ $workflow.id }', data: {from: left}}}}}
          - right: {call: effect, with: {n: 20}}
      output: {as: '\${ { ways: length } }'}
      export: {as: .}
  - hear:
      listen: {to: {one: {with: {type: said}, correlate: {run: {from: .run, expect: '\${ $workflow.id }'}}}}}
      output: {as: '{ heard: . }'}
  - race:
      fork:
        compete: true
        branches:
          - slow: {wait: {seconds: 20}}
          - fast: {set: {fast: true}}
  - last: {call: effect, with: {n: '\${ $context.ways }'}}
`

/** Runs that are under way at once. */
const RUNS = 6
/** Kills between two looks at what all of it came to. */
const JUDGED_TOGETHER = 25

export async function killWorkflows({ count, seed, control, done = 0, progress }: CampaignOptions): Promise<CampaignOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-workflow-kills-'))
  const rig = await testStore()
  const random = randomFrom(seed)
  try {
    await sql`create table flow_effect (key text primary key, run_id text)`.execute(rig.store.db)
    await sql`create table flow_try (key text primary key, tries int not null default 1)`.execute(rig.store.db)
    await sql`create table flow_outcome (run_id text, outcome jsonb)`.execute(rig.store.db)
    const jq = openJq()
    const parsed = await parseWorkflow(DOCUMENT, 'kills.yaml', { jq, functions: ['effect', 'flaky'] })
    await jq.close()
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
    const file = join(folder, 'document.json')
    await writeFile(file, JSON.stringify(parsed.value.definition))
    const child = (runs: number, boundary: number) => life(rig, [rig.connectionString, file, String(runs), String(boundary), control ? 'control' : 'keys'], folder, boundary === 0)
    const violations: string[] = []
    for (let kill = done; kill < count; kill += 1) {
      const open = await openRuns(rig)
      const ended = await child(open < RUNS ? RUNS - open : 0, 1 + Math.floor(random() * (control ? 5 : 40)))
      if (ended !== undefined) violations.push(`kill ${kill}: ${ended}`)
      if ((kill + 1) % JUDGED_TOGETHER !== 0 && kill + 1 < count) continue
      // The last one lives, and ends what is left; only what was judged counts as done.
      const last = await child(0, 0)
      if (last !== undefined) violations.push(last)
      violations.push(...await judge(rig))
      await sql`truncate flow_effect, flow_try, flow_outcome, run cascade`.execute(rig.store.db)
      progress?.(kill + 1, violations)
    }
    return { violations }
  } finally {
    await rig.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const openRuns = async ({ store }: TestStore): Promise<number> => (await store.db.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).execute()).length

/** Lives until it kills itself, or, where it is to live, until nothing is left to do. Says what it should not have done. */
async function life(rig: TestStore, words: readonly string[], folder: string, isToLive: boolean): Promise<string | undefined> {
  const child = spawn(process.execPath, ['--no-warnings', join(import.meta.dirname, 'workflow-kills-child.ts'), ...words], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') } })
  let errors = ''
  let hasStarted = false
  child.stdout.on('data', (part: Buffer) => (hasStarted ||= part.toString().includes('started')))
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()))
  const ended = once(child, 'close')
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  // One that has nothing left to do before its boundary is killed where it stands.
  for (let i = 0; !isOver() && i < 1_200; i += 1) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))])
    if (!isOver() && hasStarted && (await openRuns(rig)) === 0) break
  }
  const wasStuck = !isOver() && (await openRuns(rig)) > 0
  if (!isOver()) child.kill('SIGKILL')
  await ended
  if (wasStuck) return `runs do not come to their end: ${errors.slice(0, 500)}`
  if (child.signalCode !== 'SIGKILL' || (isToLive && (await openRuns(rig)) > 0)) return `a process ended by itself: ${errors.slice(0, 500)}`
  return undefined
}

async function judge({ store }: TestStore): Promise<readonly string[]> {
  const violations: string[] = []
  const runs = await store.db.selectFrom('run').select(['id', 'status', 'parameters', 'diagnostics']).execute()
  const { rows: effects } = await sql<{ run_id: string; effects: number }>`select run_id, count(*)::int as effects from flow_effect group by run_id`.execute(store.db)
  const { rows: outcomes } = await sql<{ run_id: string; outcome: unknown }>`select distinct run_id, outcome from flow_outcome`.execute(store.db)
  for (const run of runs) {
    const found = effects.find((one) => one.run_id === run.id)?.effects ?? 0
    if (run.status !== 'succeeded') violations.push(`run ${run.id} is ${run.status}: ${JSON.stringify(run.diagnostics)}`)
    if (found !== EFFECTS) violations.push(`run ${run.id} did ${found} effects in place of ${EFFECTS}`)
    const results = outcomes.filter((one) => one.run_id === run.id).map((one) => JSON.stringify(one.outcome))
    const wanted = JSON.stringify({ ok: true, output: { did: 2 } })
    if (results.length !== 1 || results[0] !== wanted) violations.push(`run ${run.id} came to ${results.join(' and ')} in place of ${wanted}`)
  }
  return violations
}

if (import.meta.main) await runCampaign('workflow-kills', 'kills', 1_000, killWorkflows)
