// The command line of a campaign: where it stopped it goes on, one line says how far it is, and its end says what it found.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export interface CampaignOptions {
  /** How often, in the campaign's own unit, counted from the beginning of the campaign. */
  readonly count: number
  readonly seed: number
  readonly control: boolean
  readonly done?: number
  readonly progress?: (done: number, found: readonly string[]) => void
}

export interface CampaignOutcome {
  /** What was promised and did not hold. */
  readonly violations: readonly string[]
}

/** Runs it as `node campaigns/<name>.ts [--<unit> N] [--seed 1] [--control]`. A control must find violations. */
export async function runCampaign(name: string, unit: string, usual: number, run: (options: CampaignOptions) => Promise<CampaignOutcome>): Promise<void> {
  const { values } = parseArgs({ options: { [unit]: { type: 'string', default: String(usual) }, seed: { type: 'string', default: '1' }, control: { type: 'boolean', default: false } } })
  const [count, seed, control] = [Number(values[unit]), Number(values['seed']), values['control'] === true]
  const folder = join(import.meta.dirname, '../.test-output')
  const file = join(folder, `${name}-${seed}${control ? '-control' : ''}.json`)
  mkdirSync(folder, { recursive: true })
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { done: number; violations: string[] }) : { done: 0, violations: [] }
  const outcome = await run({
    count, seed, control, done: Math.min(before.done, count),
    progress: (done, found) => {
      writeFileSync(file, JSON.stringify({ done, violations: [...before.violations, ...found] }))
      process.stderr.write(`\r[${'#'.repeat(Math.round((done / count) * 40)).padEnd(40)}] ${done}/${count} ${unit}, ${before.violations.length + found.length} violations `)
    },
  })
  const violations = [...before.violations, ...outcome.violations]
  process.stderr.write('\n')
  for (const violation of violations.slice(0, 20)) console.log(violation.slice(0, 500))
  const failed = control ? Number(violations.length === 0) : violations.length
  console.log(control ? `${violations.length} violations in ${count} ${unit}, of which the control must have some` : `${count - failed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
