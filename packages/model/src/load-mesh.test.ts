// What a mesh folder becomes.

import { describe, expect, it } from 'vitest'
import { loadMesh } from './index.ts'
import { exampleMesh } from './testing/example-mesh.ts'

describe('loadMesh', () => {
  it('reads a whole mesh without a finding', () => {
    const mesh = loadMesh(exampleMesh())
    expect(mesh.diagnostics).toEqual([])
    expect(mesh.ok && [...mesh.value.products.keys()]).toEqual(['airports', 'flights'])
  })
})
