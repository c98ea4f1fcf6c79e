// The rig for rooms that need running products: a mesh in a few words on a real database, warehouse and engine.

export { pipelineRig } from './testing/pipeline-rig.ts'
export type { PipelineRig } from './testing/pipeline-rig.ts'
export { meshFiles } from './testing/mesh-words.ts'
export type { DataSetWords, ProductWords } from './testing/mesh-words.ts'
