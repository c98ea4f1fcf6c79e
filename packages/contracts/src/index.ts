// Compares contracts, and reads and writes them, and whole products, in the words of others.

// What a new version means for consumers.
export { compareContracts, compareWithHistory } from './compare/compare-contracts.ts'
export type { CompareOptions } from './compare/compare-contracts.ts'
export { portKindsOf } from './compare/port-kinds.ts'
export { worst as worstSeverity } from './compare/severity.ts'
export { widens } from './compare/compare-types.ts'
export type { ChangeSeverity, Compatibility, ContractChange, Direction, PortKind } from './compare/types.ts'

// The words of others.
export { exportContract, importContract } from './formats/contract-formats.ts'

// Whole products in the words of others.
export { asApplication, exportProduct, importProduct, productText } from './products/product-formats.ts'
export type { ContractRead, ProductFiles } from './products/types.ts'

// Everything that is wrong with one.
export { lintContract } from './lint/lint-contract.ts'
export { lintMesh } from './lint/lint-mesh.ts'
export type { LintMemory } from './lint/lint-mesh.ts'
export type { ParseSql } from './lint/judge-queries.ts'
