// What other rooms need to test against a mesh.

export { exampleMesh, exampleMeshWith } from './example-mesh.ts'
export { generateMesh } from './generate-mesh.ts'
