import { describe, expect, it } from 'vitest'
import { loadMesh } from './load-mesh.ts'
import { exampleMesh } from './testing/example-mesh.ts'

const document = (spec: string): string => `apiVersion: tulle.dev/v1\nkind: AccessGrant\nmetadata: { name: reports }\nspec: ${spec}\n`

describe('a grant in the folder', () => {
  it.each([
    ['nobody', '{ product: nowhere, purposes: [x] }'],
    ['two subjects', '{ subject: { user: ana, team: ops }, product: nowhere, purposes: [x] }'],
    ['no purpose', '{ subject: { user: ana }, product: nowhere, purposes: [] }'],
    ['a path for a user', '{ subject: { user: ../ana }, product: nowhere, purposes: [x] }'],
    ['a day that is none', '{ subject: { user: ana }, product: nowhere, purposes: [x], until: 2027-02-30 }'],
    ['a product and a purpose that are not there', '{ subject: { user: ana }, product: nowhere, purposes: [nothing] }'],
    ['a team that is not there', '{ subject: { team: nobody }, product: nowhere, purposes: [nothing] }'],
  ])('for %s is refused with its place', (_what, spec) => {
    const loaded = loadMesh(new Map([...exampleMesh(), ['grants/reports.yaml', document(spec)]]))
    const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error')
    expect(errors.length).toBeGreaterThan(0)
    expect(errors.map(({ place }) => place?.file)).toEqual(errors.map(() => 'grants/reports.yaml'))
  })
})
