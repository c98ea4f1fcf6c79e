// Runs every check in order, cheap ones first, and ends with one line that counts: `N passed, N failed`.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bundledProgram } from '@tulle/kernel/testing'

const root = join(import.meta.dirname, '..')
const report = join(root, '.test-output', 'vitest.json')
/** What Node made of sources that hundreds of processes of the tests load again. */
const compiled = join(root, 'node_modules/.cache/tulle')

interface Outcome {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const CHECKS: readonly (readonly [name: string, command: string, args: readonly string[]])[] = [
  ['types', 'tsc', ['--noEmit']],
  ['types of the console', 'tsc', ['--noEmit', '-p', 'packages/console']],
  ['lint', 'oxlint', ['--quiet']],
  ['unused code', 'knip', ['--no-progress', '--no-config-hints']],
]

function runCheck(name: string, command: string, args: readonly string[]): Outcome {
  const started = Date.now()
  const { status } = spawnSync(join(root, 'node_modules/.bin', command), args, { cwd: root, stdio: 'inherit' })
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  return status === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly { readonly name: string; readonly status: string }[]
}

/** As many files at most are looked at again: more of them are no accident. */
const SECOND_LOOKS = 6

function vitest(args: readonly string[]): { readonly status: number | null; readonly report: VitestReport | undefined } {
  rmSync(report, { force: true })
  const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_COMPILE_CACHE: compiled } })
  return { status, report: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) as VitestReport : undefined }
}

function outcomeOf({ status, report: totals }: ReturnType<typeof vitest>): Outcome {
  if (totals === undefined) return { passed: 0, failed: 1, skipped: 0 }
  return { passed: totals.numPassedTests, failed: totals.numFailedTests + (status !== 0 && totals.numFailedTests === 0 ? 1 : 0), skipped: totals.numPendingTests }
}

/**
 * Files that failed beside others are run once more by themselves: what a test that starts servers, kills them and waits for them
 * meets on a busy machine is told from what is broken. Which ones needed it is said, so that nobody takes them for sound.
 */
function runTests(): Outcome {
  mkdirSync(join(root, '.test-output'), { recursive: true })
  const first = vitest(process.argv.slice(2))
  const outcome = outcomeOf(first)
  const failing = (first.report?.testResults ?? []).filter((file) => file.status === 'failed').map((file) => relative(root, file.name))
  if (outcome.failed === 0 || failing.length === 0 || failing.length > SECOND_LOOKS) return outcome
  console.log(`\nFAILED beside others, run again alone: ${failing.join(', ')}`)
  const again = outcomeOf(vitest(['--maxWorkers=1', ...failing]))
  const mended = Math.max(0, outcome.failed - again.failed)
  console.log(mended === 0 ? '' : `\nPASSED ONLY ALONE (${mended}; mend what makes them depend on the machine): ${failing.join(', ')}`)
  return { passed: outcome.passed + mended, failed: again.failed, skipped: outcome.skipped }
}

// Before the clocks of tests run that start them.
await bundledProgram('packages/server/src/main.ts')
const outcomes = [...CHECKS.map(([name, command, args]) => runCheck(name, command, args)), runTests()]
const sum = (pick: (o: Outcome) => number): number => outcomes.reduce((total, outcome) => total + pick(outcome), 0)
const failed = sum((o) => o.failed)
console.log(`\n${sum((o) => o.passed)} passed, ${failed} failed, ${sum((o) => o.skipped)} skipped`)
process.exitCode = failed === 0 ? 0 : 1
