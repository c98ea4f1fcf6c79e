// What every adapter of the lake's ports must do, as suites that its own tests call; and a catalogue for campaigns of processes.

export { describeCatalog, uuidOf } from './testing/describe-catalog.ts'
export type { CatalogRig, CatalogSuite } from './testing/describe-catalog.ts'
export { fileCatalog } from './testing/file-catalog.ts'
