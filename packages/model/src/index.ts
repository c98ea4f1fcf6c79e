// Reads a mesh folder and says what it declares, or everything that is wrong with it.

// The mesh.
export { loadMesh } from './load-mesh.ts'
export type { LoadOptions } from './load-mesh.ts'
export { readMeshFolder } from './read-mesh-folder.ts'
export type * from './types.ts'
export { narrowestExport } from './kinds/export-rules.ts'

// Policies: what they say, and which data they mean.
export { parsePolicySpec } from './kinds/policy.ts'
export { isOfColumns, selectsColumn, selectsDataSet, selectsProduct } from './select-data.ts'
export type * from './governance.ts'

// A second load costs what changed.
export { memoryParseCache } from './parse-cache.ts'
export type { ParseCache } from './parse-cache.ts'
export { fileParseCache } from './file-parse-cache.ts'
export type { FileParseCache } from './file-parse-cache.ts'

// A text of YAML, read within limits, with the place of each value.
export { parseYaml } from './yaml/parse-yaml.ts'
export type { YamlDocument } from './yaml/parse-yaml.ts'

// One contract alone.
export { parseContract, parseContracts } from './contract/parse-contract.ts'
export { columnTypeOf } from './contract/column-type.ts'
export type { TypedProperty } from './contract/column-type.ts'

// The project that a product's models are.
export { projectOf } from './product/plain-models.ts'
export { programTypes } from './product/program-types.ts'
export { dataSetOfPort, findPort, relationsNamed, resolveRef, SOURCES, topicName } from './product/names-of-data-sets.ts'

// What ports call the versions of a data set.
export { dataSetVersions, sharedName } from './product/data-set-versions.ts'
export type { DataSetVersion } from './product/data-set-versions.ts'

// Which data sets are collections of files.
export { isCollection } from './checks/collections.ts'

// How a port's rows come.
export { isIncremental } from './product/check-connected.ts'

// What products promise of their service.
export { serviceLevelsOf } from './product/service-levels.ts'

// How products run.
export { bindParameters, usualParameters } from './workflows/bind-parameters.ts'
export { newestFitting } from './workflows/link-workflows.ts'
export { HOUSE_FUNCTIONS } from './workflows/house-functions.ts'
export { defaultWorkflow, platformWorkflows } from './workflows/platform-workflows.ts'

// What the platform offers without any mesh.
export { shippedCapabilities } from './capabilities/registry.ts'

// One description, many projections.
export { jsonSchemas, projections, referencePage } from './projections.ts'
export type { Projection } from './projections.ts'
export { nameFromTitle } from './kinds/envelope.ts'
