import { describe, expect, it } from 'vitest'
import { loadMesh } from '../index.ts'
import { exampleMeshWith, findingsOf, literalModelReads } from '../testing/index.ts'

const FILE = 'domains/operations/flights/product.yaml'
function findingsFor(usage: string): readonly string[] {
  const files = new Map(exampleMeshWith(FILE, '  components:\n', '  components:\n    - { name: counted, type: usage-input-port, properties: { report: days } }\n') as ReadonlyMap<string, string>)
  files.set('mesh.yaml', (files.get('mesh.yaml') ?? '').replace('spec:\n', `spec:\n  usage: ${usage}\n`))
  return findingsOf(loadMesh(files, { modelReads: literalModelReads }))
}

describe('who uses what', () => {
  it('is read by a product that the mesh names', () => {
    expect(findingsFor('[flights]')).toEqual([])
  })

  it.each(['[]', '[airports]'])('and by no other: %s', (usage) => {
    expect(findingsFor(usage)).toEqual([expect.stringMatching(/^domains\/operations\/flights\/product\.yaml:\d+:\d+ error port-setting: The input port flights\.counted reads who uses what, which the mesh does not let this product do\.$/u)])
  })
})
