// Makes each capability real on a target.

// What can exist, what should, and what does.
export { ACTIONS, DRIFT_REASONS, RESOURCE_KINDS } from './types.ts'
export type {
  Action, Difference, Drift, DriftReason, Effect, FieldChange, Made, Observed, ObserveContext, ObservedGrant, ObservedMesh,
  Provider, ProviderContext, Resource, ResourceKind, Spec,
} from './types.ts'
export { desiredMesh } from './desired-mesh.ts'
export type { DesiredCache, DesiredMesh, DesiredProduct } from './desired-mesh.ts'
export { meshObserver } from './observe-mesh.ts'
export type { ObserveMesh } from './observe-mesh.ts'

// The target `embedded`: one provider per kind of resource.
export { embeddedProviders } from './embedded.ts'

// For providers of other targets.
export { recordProvider } from './record.ts'
export { resourceOf } from './resource.ts'

// Where tables are.
export { postgresCatalog } from './postgres-catalog.ts'
export type { PostgresCatalog } from './postgres-catalog.ts'
export { tableFolder } from './table-folder.ts'
export { evolveTable, isKept, partitionsOf, sortKeysOf, stageKept, toColumns } from './evolve-table.ts'
export { productTables } from './product-tables.ts'
export { findUnusedKept, keptFile, keptObjects, keptRecipe, RECIPE_KEY } from './kept-objects.ts'

// Products as they were applied: what runs, ports and the catalogue work from.
export { readProductDefinition, readProductDefinitions } from './product-definition.ts'
export type { AppliedTable, ProductDefinition } from './product-definition.ts'
export { listProducts, listVersions, readersOf } from './list-products.ts'
export type { ProductSummary } from './list-products.ts'
export { listPorts } from './list-ports.ts'
export type { PortSummary } from './list-ports.ts'
export type { Read } from './workflow.ts'
export { maintainedTables } from './maintained-tables.ts'
export type { Maintained, MaintainedTable } from './maintained-tables.ts'
