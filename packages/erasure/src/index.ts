// Makes that a person is in no version of any product, and proves it.

export { lakeWith } from './archived-tables.ts'
export { openErasures } from './erasure.ts'
export { followErasures, FORGOTTEN_WITHIN } from './follow-erasures.ts'
export { checkSecret, suppressionList, type SuppressionList } from './suppression.ts'
export type { ClearedPlace, ColdRows, Erasure, ErasureConsumer, ErasureOptions, ErasureReport, DerivedDataSet, Erasures, Preview, RowsInTable, Subject } from './types.ts'

// Columns that lie enciphered under a key of each person, which is destroyed instead of them.
export { openShredding } from './shredding/file-cipher.ts'
export { checkShreddingSecret } from './shredding/key-ring.ts'
export type { Shredding, ShreddingRule } from './shredding/types.ts'
