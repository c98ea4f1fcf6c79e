import { describe, expect, it } from 'vitest'
import { loadMesh } from '../index.ts'
import { exampleMeshWith, findingsOf, literalModelReads } from '../testing/index.ts'

const PORT = 'product: airports, data_set: airports'
const findingsFor = (purpose: string) => findingsOf(loadMesh(exampleMeshWith('domains/operations/flights/product.yaml', PORT, `${PORT}, purpose: ${purpose}`), { modelReads: literalModelReads }))

describe('what an input port reads for', () => {
  it('is a purpose of the mesh', () => {
    expect(findingsFor('marketing')).toEqual([])
  })

  it('is answered with the nearest where it is none', () => {
    expect(findingsFor('marketin')).toEqual(['domains/operations/flights/product.yaml:14:13 error unknown-purpose: There is no purpose "marketin". Did you mean "marketing"?'])
  })
})
