// Turns contracts into checks and checks into verdicts.

// A contract's promises, and the scans that measure them.
export { compileChecks } from './compile-checks.ts'
export type { Bound, Check, CheckedRelation, CheckPlan, Measure, Scan } from './types.ts'

// Running them, and what they say.
export { runChecks } from './run-checks.ts'
export type { RunChecksOptions } from './run-checks.ts'
export { diagnosticOf, judge } from './judge.ts'
export type { Measurements, Verdict } from './types.ts'
