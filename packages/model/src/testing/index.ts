// What other rooms need to test against a mesh, and to hold a capability to its contract.

// Meshes as texts.
export { exampleMesh, exampleMeshWith } from './example-mesh.ts'
export { generateMesh } from './generate-mesh.ts'
export { literalModelReads } from './literal-model-reads.ts'

// Facts about a result.
export { findingsOf } from './findings.ts'
export { capabilityConformance } from './capability-conformance.ts'
export type { ConformanceCase } from './capability-conformance.ts'
export { measureLoad } from './measure-load.ts'
export type { LoadFigures } from './measure-load.ts'

// Test material of others.
export { corpusFiles, readCorpus } from './corpora.ts'
