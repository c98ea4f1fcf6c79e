// Runs every check in order, cheap ones first, and ends with one line that counts: `N passed, N failed`.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const report = join(root, '.test-output', 'vitest.json')

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

function runTests(): Outcome {
  mkdirSync(join(root, '.test-output'), { recursive: true })
  rmSync(report, { force: true })
  const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 }
  const totals = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number; numPendingTests: number }
  const failed = totals.numFailedTests + (status !== 0 && totals.numFailedTests === 0 ? 1 : 0)
  return { passed: totals.numPassedTests, failed, skipped: totals.numPendingTests }
}

const outcomes = [...CHECKS.map(([name, command, args]) => runCheck(name, command, args)), runTests()]
const sum = (pick: (o: Outcome) => number): number => outcomes.reduce((total, outcome) => total + pick(outcome), 0)
const failed = sum((o) => o.failed)
console.log(`\n${sum((o) => o.passed)} passed, ${failed} failed, ${sum((o) => o.skipped)} skipped`)
process.exitCode = failed === 0 ? 0 : 1
