// Reads a dbt project: renders its Jinja, resolves its references, orders, selects, and writes its artifacts.

// The nouns.
export type { Config, Macro, Node, Project, ProjectFiles, ProjectSettings, Source, Target, UnitTest } from './types.ts'

// A folder to a project.
export { readProjectFolder } from './project/read-folder.ts'
export type { FolderMemory } from './project/read-folder.ts'
export { readProject } from './project/read-project.ts'
export type { ReadOptions, ReadProject } from './project/read-project.ts'
export { ProjectMemory } from './project/memory.ts'

// Which of it.
export { selectNodes } from './graph/select.ts'
export type { Selection } from './graph/select.ts'
export { readState, stateOf } from './graph/state.ts'
export type { State } from './graph/state.ts'

// Code to rows.
export { renderWithAnswers } from './context/answers.ts'
export { Compiler } from './run/compile-node.ts'
export type { CompileOptions } from './run/compile-node.ts'
export { build } from './run/build.ts'
export type { BuildOptions } from './run/build.ts'
export type { NodeResult, Status } from './run/types.ts'
export type { Address, Warehouse, Written } from './run/warehouse.ts'
export { ParquetWarehouse } from './run/parquet-warehouse.ts'
export type { EngineRelation, ParquetWarehouseOptions, Runner } from './run/parquet-warehouse.ts'

// A project within a product of a mesh.
export { readProductProject } from './product/read-product.ts'
export { meshSettings } from './product/address.ts'
export { nodesOfDataSets, workOf } from './product/data-sets.ts'

// Models that are programs.
export { replacePrograms } from './programs/replace-programs.ts'

// What tools of dbt read.
export { manifestOf } from './artifacts/manifest.ts'
export { catalogOf, runResultsOf } from './artifacts/results.ts'
