// Keeps schemas of messages under numbers that never change, and refuses those that readers could not follow.

// The registry, and Confluent's API in front of it.
export { openRegistry } from './open-registry.ts'
export type { SchemaRegistry } from './open-registry.ts'
export { serveRegistry } from './serve-registry.ts'
export { registryError } from './answers.ts'
export type { Authority, CompatibilityLevel, Draft, RegistryAnswer, RegistryRequest } from './types.ts'

// What a schema means, for whoever writes or reads messages by it.
export { understandSchema } from './understand-schema.ts'
export { judgeCompatibility } from './judge-compatibility.ts'
export { keepFieldNumbers } from './protobuf/keep-numbers.ts'
export { protobufFile } from './protobuf/understand-protobuf.ts'
