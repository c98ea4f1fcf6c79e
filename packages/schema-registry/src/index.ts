// Keeps schemas of messages under numbers that never change, and refuses those that readers could not follow.

// The registry, and Confluent's API in front of it.
export { openRegistry } from './open-registry.ts'
export type { SchemaRegistry } from './open-registry.ts'
export { serveRegistry } from './serve-registry.ts'
export { registryError } from './answers.ts'
export type { Authority, RegistryAnswer, RegistryRequest } from './types.ts'
