// Worlds that are equal where a subject may see and different where not. The same statement runs in all of them; any
// difference between two of them in rows, errors, columns or types is a leak.
//
//   node campaigns/non-interference.ts [--pairs 1000000] [--seed 1] [--control]
//
// A statement in five worlds is ten pairs. Seeded, resumable (it goes on where .test-output/non-interference-<seed>.json
// stopped), one line of progress. The control governs by plain views on an engine that nothing fences; it must leak.

import { setTimeout as pause } from 'node:timers/promises'
import known from './non-interference/known.json' with { type: 'json' }
import { crowdStatement } from './non-interference/crowds.ts'
import { readSignatures } from './non-interference/functions.ts'
import { plainWorlds } from './non-interference/plain-worlds.ts'
import type { Profile } from './non-interference/profiles.ts'
import { PROFILES } from './non-interference/profiles.ts'
import { statementSource } from './non-interference/statements.ts'
import { WORLDS } from './non-interference/tables.ts'
import { governedWorlds } from './non-interference/worlds.ts'
import type { Worlds } from './non-interference/worlds.ts'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { runCampaign } from './run-campaign.ts'

export interface InterferenceOutcome extends CampaignOutcome {
  readonly statements: number
  /** Two worlds each, by statement. */
  readonly pairs: number
  /** Statements that the generator made. */
  readonly made: number
  /** How many of these ended with an error in all worlds alike. */
  readonly errors: number
  /** Statements that met a limit of time or memory in one world: nothing can be said of them. */
  readonly undecided: number
  /** Statements that one world alone answers now so, now so: of two conditions that fail, the engine says the one it tried first. */
  readonly unsteady: number
  /** What differed once and never again, in many repetitions: the statement and what was said. */
  readonly unrepeated: readonly string[]
}

type Tally = Omit<{ -readonly [member in keyof InterferenceOutcome]: InterferenceOutcome[member] }, 'violations' | 'unrepeated'> & { readonly unrepeated: string[] }

export interface InterferenceOptions extends CampaignOptions { readonly profiles?: readonly Profile[]; readonly worlds?: (profiles: readonly Profile[], lanes: number) => Promise<Worlds>; readonly also?: readonly string[] }

export const PAIRS_OF_A_STATEMENT = (WORLDS.length * (WORLDS.length - 1)) / 2

/** Statements that a profile is asked in one go, while its engines are there. */
const BLOCK = 200
/** Profiles at the same time: while one waits for its engines, the other decides. */
const LANES = 2

export async function interfere({ count, seed, control, done = 0, progress, profiles = PROFILES, worlds: open = control ? plainWorlds : governedWorlds, also = control ? ['stats', 'bitstring_agg'] : [] }: InterferenceOptions): Promise<InterferenceOutcome> {
  const source = statementSource(seed, await readSignatures(), await readSignatures(also))
  const worlds = await open(profiles, LANES)
  const violations: string[] = []
  const tally: Tally = { statements: 0, pairs: 0, made: 0, errors: 0, undecided: 0, unsteady: 0, unrepeated: [] }
  // What is known to have leaked elsewhere is asked as every profile, each before one that was made up, as long as there is some.
  const knownAt = (nth: number): string | undefined => (nth % 2 === 0 ? known[nth / 2] : undefined)
  const crowdAt = (nth: number, profile: Profile): string | undefined => (profile.crowd === true && nth % 5 === 1 ? crowdStatement(seed, nth) : undefined)
  const tryBlock = async (profile: Profile, from: number, statements: number): Promise<void> => {
    for (let nth = from; nth < from + statements; nth += 1) {
      const sql = crowdAt(nth, profile) ?? knownAt(nth) ?? source.statement(nth * profiles.length + profiles.indexOf(profile), profile)
      const difference = await compare(worlds, profile, sql, tally, crowdAt(nth, profile) === undefined && knownAt(nth) === undefined)
      if (difference !== undefined) violations.push(`${nth} as ${profile.name}: ${sql}\n  ${difference}`)
    }
  }
  const whole = Math.ceil(count / PAIRS_OF_A_STATEMENT / profiles.length)
  try {
    for (const profile of profiles) {
      const [first, ...others] = await Promise.all(WORLDS.map((world) => worlds.catalogue(profile, world)))
      for (const other of others) if (other !== first) violations.push(`the catalogue of ${profile.name}: ${first} and ${other}`)
    }
    for (let from = Math.floor(done / PAIRS_OF_A_STATEMENT / profiles.length); from < whole; from += BLOCK) {
      const block = Math.min(BLOCK, whole - from)
      const left = [...profiles]
      await Promise.all(Array.from({ length: LANES }, async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) await tryBlock(next, from, block)
      }))
      progress?.(Math.min(count, (from + block) * profiles.length * PAIRS_OF_A_STATEMENT), violations)
    }
    return { violations, ...tally }
  } finally {
    await worlds.close()
  }
}

async function compare(worlds: Worlds, profile: Profile, sql: string, tally: Tally, isMade: boolean): Promise<string | undefined> {
  tally.statements += 1
  tally.made += Number(isMade)
  tally.pairs += PAIRS_OF_A_STATEMENT
  for (let attempt = 0; ; attempt += 1) {
    // The first alone, so that what is remembered of a text is there for the others.
    const first = await worlds.run(profile, WORLDS[0], sql)
    const outcomes = [first, ...(await Promise.all(WORLDS.slice(1).map((world) => worlds.run(profile, world, sql))))]
    if (outcomes.every(({ text }) => text === first.text)) {
      if (first.isError) tally.errors += Number(isMade)
      return undefined
    }
    // A limit that is met in one world only may be the machine's doing; where it stays so, nothing can be said.
    if (!outcomes.some(({ isLimit }) => isLimit)) {
      const said = WORLDS.flatMap((world, i) => (outcomes[i]?.text === first.text ? [] : [`${world}: ${firstDifference(first.text, outcomes[i]?.text ?? '')}`])).join('\n  ')
      const again = await repeat(worlds, profile, sql)
      if (again === 'differs') return said
      tally[again === 'unsteady' ? 'unsteady' : 'undecided'] += again === 'alike' ? 0 : 1
      if (again === 'alike') tally.unrepeated.push(`as ${profile.name}: ${sql}\n  ${said}`)
      return undefined
    }
    if (attempt === 2) {
      tally.undecided += 1
      return undefined
    }
    await pause(100)
  }
}

const REPEATED = 25
/** Worlds that keep to different answers so often are told apart. */
const CERTAIN = 4

/**
 * What more runs of a statement say that was answered differently. `unsteady` where it comes to errors alone, and every world comes
 * to the same ones; rows that change from time to time are a difference.
 */
async function repeat(worlds: Worlds, profile: Profile, sql: string): Promise<'differs' | 'unsteady' | 'alike' | 'limited'> {
  const seen = WORLDS.map(() => new Set<string>())
  let onlyErrors = true
  for (let i = 0; i < REPEATED; i += 1) {
    for (const [at, world] of WORLDS.entries()) {
      const outcome = await worlds.run(profile, world, sql)
      if (outcome.isLimit) return 'limited'
      onlyErrors &&= outcome.isError
      seen[at]?.add(outcome.text)
    }
    if (i === CERTAIN && seen.every(({ size }) => size === 1) && new Set(seen.flatMap((texts) => [...texts])).size > 1) return 'differs'
  }
  const all = new Set(seen.flatMap((texts) => [...texts]))
  if (all.size === 1) return 'alike'
  // Each two worlds have an answer in common.
  return onlyErrors && seen.every((one) => seen.every((other) => [...one].some((text) => other.has(text)))) ? 'unsteady' : 'differs'
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
  if (outcome === undefined) throw new Error('the campaign ended without an outcome')
  for (const text of outcome.unrepeated) console.log(`once and never again ${text}`)
  console.log(`${outcome.statements} statements in ${WORLDS.length} worlds, ${outcome.pairs} pairs, in ${seconds.toFixed(0)} s (${(outcome.pairs / seconds).toFixed(0)}/s); ${outcome.errors} of ${outcome.made} that were made up ended with the same error in all; ${outcome.undecided} met a limit; ${outcome.unsteady} are answered differently by one world alone; ${outcome.unrepeated.length} differed once and never again`)
}
