// Takes the power from a lake at random moments, in every way that POSIX allows, and checks after each that whatever was
// acknowledged is there and whole.
//
//   node campaigns/power-loss.ts [--states 10000] [--seed 1] [--control]
//
// Seeded, resumable (it goes on where .test-output/power-loss-<seed>.json stopped), one line of progress. The control is a
// disk that ignores the syncs of folders: it must break promises, or the checks are blind.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { losePower } from '@tulle/objects/testing'
import type { FragileOptions } from '@tulle/objects/testing'
import type { Story, StoryOptions } from './power-loss-stories.ts'
import { tellOfObjects, tellOfTables } from './power-loss-stories.ts'
import { randomFrom } from './random-from.ts'

export interface PowerLossCampaign {
  readonly states: number
  readonly seed: number
  readonly ignores?: NonNullable<FragileOptions['ignores']>
  readonly done?: number
  readonly progress?: (done: number, found: readonly string[]) => void
}

export interface PowerLossOutcome {
  readonly states: number
  /** What was acknowledged and is not there, or not whole. */
  readonly violations: readonly string[]
}

/** So many of the states in which one story's disk may come back are looked at. */
const STATES_OF_A_STORY = 25

export async function losePowerAtRandom({ states, seed, ignores, done = 0, progress }: PowerLossCampaign): Promise<PowerLossOutcome> {
  const violations: string[] = []
  let looked = 0
  for (let at = done; at < states;) {
    const number = Math.floor(at / STATES_OF_A_STORY)
    const options: StoryOptions = { random: randomFrom(seed * 1_000_003 + number), ...(ignores !== undefined && { ignores }) }
    const most = Math.min(STATES_OF_A_STORY, states - at)
    const found = await (number % 2 === 0 ? lookAt(await tellOfObjects(options), options, most) : lookAt(await tellOfTables(options), options, most))
    violations.push(...found.map((what) => `story ${number}: ${what}`))
    at += most
    looked += most
    progress?.(at, violations)
  }
  return { states: looked, violations }
}

async function lookAt<Promised>({ moments, broken }: Story<Promised>, { random }: StoryOptions, states: number): Promise<readonly string[]> {
  const found: string[] = []
  for (let state = 0; state < states; state += 1) {
    const at = Math.floor(random() * moments.length)
    const moment = moments[at]
    if (moment === undefined) continue
    const what = await broken(moment, losePower(moment.disk, random))
    if (what.length > 0) found.push(`power lost before change ${at} of ${moments.length}: ${what.join('; ')}`)
  }
  return found
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { states: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' }, control: { type: 'boolean', default: false } } })
  const [states, seed] = [Number(values.states), Number(values.seed)]
  const folder = join(import.meta.dirname, '../.test-output')
  const file = join(folder, `power-loss-${seed}${values.control ? '-control' : ''}.json`)
  mkdirSync(folder, { recursive: true })
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { done: number; violations: string[] }) : { done: 0, violations: [] }
  const outcome = await losePowerAtRandom({
    states, seed, ...(values.control && { ignores: 'folder syncs' as const }), done: Math.min(before.done, states),
    progress: (done, found) => {
      writeFileSync(file, JSON.stringify({ done, violations: [...before.violations, ...found] }))
      process.stderr.write(`\r[${'#'.repeat(Math.round((done / states) * 40)).padEnd(40)}] ${done}/${states} states, ${before.violations.length + found.length} violations `)
    },
  })
  const violations = [...before.violations, ...outcome.violations]
  process.stderr.write('\n')
  for (const violation of violations.slice(0, 20)) console.log(violation.slice(0, 500))
  const failed = values.control ? Number(violations.length === 0) : violations.length
  console.log(values.control ? `${violations.length} of ${states} states broke a promise, as they must without the syncs of folders` : `${states - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
