// Compares the desired mesh with the observed one, orders the differences, shows them, carries them out.

// The plan: data that is made, read back, summed up and shown.
export { planMesh, changesOf, summaryOf } from './plan.ts'
export type { PlanRequest } from './plan.ts'
export { parsePlan } from './parse-plan.ts'
export { explain, NO_CHANGES } from './explain.ts'
export { stageTitle } from './stages.ts'
export { findDrift } from './drift.ts'
export type { Drifted } from './drift.ts'
// Statements that were run, against the mesh as it would be.
export { touchesTables, worldsOf } from './replay/worlds.ts'
export { replayStatements } from './replay/replay-statements.ts'
export { queriesFinder } from './replay/tell-queries.ts'
export type { ColumnsRead } from './consumers.ts'
export type { FindQueries } from './replay/tell-queries.ts'
export type { Replayed, ReplayStatement, ReplayTable } from './replay/types.ts'
export type { Change, Consumer, LeaveChange, Plan, PlanOptions, PutChange, Stage } from './types.ts'

// Carrying it out, and how far that has come.
export { applyPlan, MESH_LOCK } from './apply.ts'
export type { ApplyContext, ApplyRequest, StageProgress } from './apply.ts'
export { readApply, readProductApplies } from './journal.ts'
export type { Applied, AppliedStage, ApplyStatus } from './types.ts'

// One product brought back to what was applied.
export { reconcileProduct } from './reconcile.ts'
export type { Reconciled } from './reconcile.ts'
export type { Condition, ConditionReason } from './types.ts'
