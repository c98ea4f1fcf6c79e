// Offers the lake by the Iceberg REST catalog protocol, and keeps tables in others' catalogues by it.

// The server's side: a request and the caller's rights make an answer.
export { serveCatalog } from './serve-catalog.ts'
export { giveToken } from './give-token.ts'
export { errorAnswer } from './answers.ts'
export { partialAddresses, partialManifests, partialMetadata } from './partial-table.ts'
export type { PartialFile, PartialTable } from './partial-table.ts'
export type {
  Authority, CatalogAnswer, CatalogRequest, CatalogRoom, Deed, FreeNamespace, GovernedNamespace, GovernedTable, LoadedPart, Namespaces, Operation, SignIn, Verdict,
} from './types.ts'

// Namespaces that belong to no product.
export { memoryNamespaces } from './memory-namespaces.ts'
export { postgresNamespaces } from './postgres-namespaces.ts'

// The client's side: pointers in a catalogue of others.
export { restCatalog } from './client/rest-catalog.ts'
export type { RestCatalogOptions } from './client/rest-catalog.ts'
