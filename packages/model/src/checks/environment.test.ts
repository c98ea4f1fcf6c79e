import { describe, expect, it } from 'vitest'
import { loadMesh } from '../index.ts'
import { exampleMesh, findingsOf, literalModelReads } from '../testing/index.ts'

const loadFor = (environment?: string) => findingsOf(loadMesh(exampleMesh(), { modelReads: literalModelReads, ...(environment !== undefined && { environment }) }))
const beyond = (environment: string) => loadFor(environment).filter((finding) => !loadFor().includes(finding))

describe('the environment that a mesh is loaded for', () => {
  it.each(['dev', 'prod'])('may be %s, which the mesh lists', (environment) => {
    expect(beyond(environment)).toEqual([])
  })

  it('is answered with the nearest where the mesh lists others', () => {
    expect(beyond('prd')).toEqual([expect.stringMatching(/^mesh\.yaml:\d+:\d+ error unlisted-environment: This Tulle is the environment "prd", which the mesh does not list\. Did you mean "prod"\?$/u)])
  })
})
