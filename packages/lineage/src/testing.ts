// The rig of lineage for other rooms' tests: the oracle of columns; models that nobody wrote, and the oracle of their rows.

export { columnOracle, ORACLE_TABLES } from './testing/column-oracle.ts'
export type { ColumnOracle, Moved } from './testing/column-oracle.ts'
export { conditionFor, provenanceOracle } from './testing/provenance-oracle.ts'
export type { Judged, OracleTables, ProvenanceOracle } from './testing/provenance-oracle.ts'
export { MODEL_ROWS, MODEL_TABLES, randomModel } from './testing/random-models.ts'
export type { Random } from './testing/random-models.ts'
