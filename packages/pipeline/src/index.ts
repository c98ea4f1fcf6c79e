// Ingests, transforms, checks, publishes, notifies.

// Products as durable runs.
export { pipeline } from './pipeline.ts'
export type { ForeignCatalogues, InputRight, InputRights, Pipeline, PipelineOptions, ProductCode, RollbackOptions, RolledBack, RunLimits, RunOptions, UsageReports } from './types.ts'
export { RUN_PRODUCT } from './run-product.ts'

// What is said when something is published, also by others than a run.
export { publishedEvent } from './published-event.ts'

// What a published snapshot says of where it comes from.
export { contractTag, madeBy, RUN_SUMMARY, runBranch } from './run-summary.ts'

// What a run would do, and could not.
export { checkModels } from './check-models.ts'
export { checkContinuous } from './continuous/check-continuous.ts'
export { codeFingerprint } from './code-fingerprint.ts'
export { compareDataSets } from './compare-definitions.ts'
export type { DataSetChanges } from './compare-definitions.ts'
export { planProduct } from './product-plan.ts'
export type { ProductPlan } from './product-plan.ts'
