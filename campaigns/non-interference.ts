// Two worlds that are equal where a subject may see and different where not. The same statement runs in both; any difference
// in rows, errors, columns or types is a leak.
//
//   node campaigns/non-interference.ts [--pairs 1000000] [--seed 1] [--control]
//
// Seeded, resumable (it goes on where .test-output/non-interference-<seed>.json stopped), one line of progress. The control
// governs by plain views on an engine that nothing fences; it must leak.

import { setTimeout as pause } from 'node:timers/promises'
import known from './non-interference/known.json' with { type: 'json' }
import { readSignatures } from './non-interference/functions.ts'
import { plainWorlds } from './non-interference/plain-worlds.ts'
import type { Profile } from './non-interference/profiles.ts'
import { PROFILES } from './non-interference/profiles.ts'
import { statementSource } from './non-interference/statements.ts'
import { governedWorlds } from './non-interference/worlds.ts'
import type { Worlds } from './non-interference/worlds.ts'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { runCampaign } from './run-campaign.ts'

export interface InterferenceOutcome extends CampaignOutcome {
  readonly pairs: number
  /** How many statements ended with an error in both worlds alike. */
  readonly errors: number
  /** Statements that met a limit of time or memory in one world: nothing can be said of them. */
  readonly undecided: number
  /** Statements that one world alone answers now so, now so: of two conditions that fail, the engine says the one it tried first. */
  readonly unsteady: number
}

type Tally = Omit<{ -readonly [member in keyof InterferenceOutcome]: InterferenceOutcome[member] }, 'violations'>

export interface InterferenceOptions extends CampaignOptions { readonly profiles?: readonly Profile[]; readonly worlds?: (profiles: readonly Profile[]) => Promise<Worlds>; readonly also?: readonly string[] }

/** Pairs between two lines of progress. */
const ROUND = 500

export async function interfere({ count, seed, control, done = 0, progress, profiles = PROFILES, worlds: open = control ? plainWorlds : governedWorlds, also = control ? ['stats', 'bitstring_agg'] : [] }: InterferenceOptions): Promise<InterferenceOutcome> {
  const source = statementSource(seed, await readSignatures(), await readSignatures(also))
  const worlds = await open(profiles)
  const violations: string[] = []
  const tally: Tally = { pairs: 0, errors: 0, undecided: 0, unsteady: 0 }
  // What is known to have leaked elsewhere comes first, for every profile.
  const statementAt = (number: number): { readonly profile: Profile; readonly sql: string } => {
    const profile = profiles[number % profiles.length] as Profile
    const nth = Math.floor(number / profiles.length)
    return { profile, sql: known[nth] ?? source.statement(number, profile) }
  }
  const tryOne = async (number: number): Promise<void> => {
    const { profile, sql } = statementAt(number)
    const difference = await compare(worlds, profile, sql, tally)
    if (difference !== undefined) violations.push(`${number} as ${profile.name}: ${sql}\n  ${difference}`)
  }
  try {
    for (const profile of profiles) {
      const [a, b] = [await worlds.catalogue(profile, 'a'), await worlds.catalogue(profile, 'b')]
      if (a !== b) violations.push(`the catalogue of ${profile.name}: ${a} and ${b}`)
    }
    for (let from = done; from < count; from += ROUND) {
      const numbers = Array.from({ length: Math.min(ROUND, count - from) }, (_, i) => from + i)
      // One statement at a time for each profile: its engines have other profiles' engines beside them anyway.
      await Promise.all(profiles.map(async (_, lane) => {
        for (const number of numbers) if (number % profiles.length === lane) await tryOne(number)
      }))
      progress?.(from + numbers.length, violations)
    }
    return { violations, ...tally }
  } finally {
    await worlds.close()
  }
}

async function compare(worlds: Worlds, profile: Profile, sql: string, tally: Tally): Promise<string | undefined> {
  tally.pairs += 1
  for (let attempt = 0; ; attempt += 1) {
    const [a, b] = await Promise.all([worlds.run(profile, 'a', sql), worlds.run(profile, 'b', sql)])
    if (a.text === b.text) {
      if (a.isError) tally.errors += 1
      return undefined
    }
    // A limit that is met in one world only may be the machine's doing; where it stays so, nothing can be said.
    if (!a.isLimit && !b.isLimit) {
      if (!(await isUnsteady(worlds, profile, sql))) return firstDifference(a.text, b.text)
      tally.unsteady += 1
      return undefined
    }
    if (attempt === 2) {
      tally.undecided += 1
      return undefined
    }
    await pause(100)
  }
}

const REPEATED = 12

// Only where an error is all that it comes to in both worlds: rows that change from time to time are a difference.
async function isUnsteady(worlds: Worlds, profile: Profile, sql: string): Promise<boolean> {
  const seen = { a: new Set<string>(), b: new Set<string>() }
  for (let i = 0; i < REPEATED; i += 1) {
    for (const world of ['a', 'b'] as const) {
      const outcome = await worlds.run(profile, world, sql)
      if (!outcome.isError) return false
      seen[world].add(outcome.text)
    }
    if (seen.a.size + seen.b.size > 2 && [...seen.a].some((text) => seen.b.has(text))) return true
  }
  return [...seen.a].some((text) => seen.b.has(text))
}

function firstDifference(a: string, b: string): string {
  const [left, right] = [a.split('\n'), b.split('\n')]
  const at = left.findIndex((line, i) => line !== right[i])
  const line = at < 0 ? left.length : at
  return `${(left[line] ?? '(nothing)').slice(0, 300)}  ≠  ${(right[line] ?? '(nothing)').slice(0, 300)}`
}

if (import.meta.main) {
  const begun = performance.now()
  let outcome: InterferenceOutcome | undefined
  await runCampaign('non-interference', 'pairs', 1_000_000, async (options) => (outcome = await interfere(options)))
  const seconds = (performance.now() - begun) / 1000
  if (outcome !== undefined) console.log(`${outcome.pairs} pairs in ${seconds.toFixed(0)} s (${(outcome.pairs / seconds).toFixed(0)}/s); ${outcome.errors} ended with the same error in both; ${outcome.undecided} met a limit; ${outcome.unsteady} are answered differently by one world alone`)
}
