// The rig of provenance for other rooms' tests: models that nobody wrote, and the oracle that judges them.

export { conditionFor, provenanceOracle } from './testing/provenance-oracle.ts'
export type { Judged, OracleTables, ProvenanceOracle } from './testing/provenance-oracle.ts'
export { MODEL_ROWS, MODEL_TABLES, randomModel } from './testing/random-models.ts'
export type { Random } from './testing/random-models.ts'
