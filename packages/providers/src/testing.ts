// The rig for rooms that need providers: meshes in a few words, a store with a warehouse, and the suite that every
// provider passes.

export { meshOf } from './testing/mesh-of.ts'
export type { MeshWords, ProductWords } from './testing/mesh-of.ts'
export { providerRig } from './testing/provider-rig.ts'
export type { ProviderRig } from './testing/provider-rig.ts'
export { describeProvider } from './testing/describe-provider.ts'
export { dyingAfter } from './testing/dying-after.ts'
