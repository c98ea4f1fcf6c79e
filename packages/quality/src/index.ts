// Turns contracts into checks and checks into verdicts.

// A contract's promises, and the scans that measure them.
export { compileChecks, dataSetsNamed } from './compile-checks.ts'
export { gateQueries, hasQueries } from './gate-queries.ts'
export type { GateOptions, ParseSql } from './gate-queries.ts'
export { badRows } from './row-rules.ts'
export { limitOf } from './on-failure.ts'
export { planScans } from './plan-scans.ts'
export type { Action, Bound, Check, CheckedRelation, CheckPlan, HistoryPoint, Measure, Scan } from './types.ts'

// Running them, and what they say.
export { runChecks } from './run-checks.ts'
export type { RunChecksOptions } from './run-checks.ts'
export { diagnosticOf, judge } from './judge.ts'
export type { Band, Measurements, Verdict } from './types.ts'
