// A platform team's capability is another one with properties preset, at any depth.

import { describe, expect, it } from 'vitest'
import { loadMesh } from '../index.ts'
import { exampleMesh, exampleMeshWith, findingsOf } from '../testing/index.ts'

const AIRPORTS = 'domains/network/airports/product.yaml'
const definition = (name: string, spec: string): string => `apiVersion: core.oam.dev/v1beta1\nkind: ComponentDefinition\nmetadata: { name: ${name} }\nspec: ${spec}\n`

const withDefinitions = (definitions: Readonly<Record<string, string>>, component: string) =>
  new Map([
    ...exampleMeshWith(AIRPORTS, 'type: nightly-csv-drop\n      properties: { path: data/airports.csv, source_system: erp }', component),
    ...Object.entries(definitions).map(([name, spec]) => [`capabilities/${name}.yaml`, definition(name, spec)] as const),
  ])

const portOf = (files: ReadonlyMap<string, string>) => {
  const mesh = loadMesh(files)
  if (!mesh.ok) throw new Error(findingsOf(mesh).join('\n'))
  return mesh.value.products.get('airports')?.inputPorts[0]
}

describe('a preset', () => {
  it('may preset a preset; the nearer value wins, and the product\'s own over all', () => {
    const files = withDefinitions(
      { far: '{ presets: near, properties: { delimiter: "|", encoding: latin-1 } }', near: "{ presets: file-input-port, properties: { format: csv, delimiter: ',', header: Yes } }" },
      'type: far\n      properties: { path: data/a.csv, encoding: { value: utf-8 } }',
    )
    expect(portOf(files)).toMatchObject({ kind: 'file', format: 'csv', options: { delimiter: '|', encoding: 'utf-8', header: true } })
  })

  it('gives what the shipped capability demands, so that the product need not', () => {
    expect(portOf(withDefinitions({ fixed: '{ presets: file-input-port, properties: { path: data/fixed.csv } }' }, 'type: fixed'))).toMatchObject({ path: 'data/fixed.csv' })
  })

  it('is held to the schemas of every definition beneath it', () => {
    const files = withDefinitions({ stricter: '{ presets: nightly-csv-drop, schema: { properties: { path: { pattern: "^data/" } } } }' }, 'type: stricter\n      properties: { path: other/a.csv }')
    expect(findingsOf(loadMesh(files))).toEqual([
      `${AIRPORTS}:13:19 error schema-refuses: The capability stricter refuses this: the component must have required property 'source_system'.`,
      `${AIRPORTS}:13:27 error schema-refuses: The capability stricter refuses this: "path" must match pattern "^data/".`,
    ])
  })

  it('of a definition that is refused is no second finding', () => {
    const files = new Map([...withDefinitions({ upper: '{ presets: nightly-csv-drop }' }, 'type: upper'), ['capabilities/nightly-csv-drop.yaml', 'a: [']])
    expect(findingsOf(loadMesh(files)).map((finding) => finding.split(':').slice(0, 2).join(':'))).toEqual(['capabilities/nightly-csv-drop.yaml:1'])
  })

  it('may stand at the end of a chain of thousands', () => {
    const chain = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`link-${i}`, `{ presets: ${i === 0 ? 'file-input-port' : `link-${i - 1}`} }`]))
    expect(portOf(withDefinitions(chain, 'type: link-4999\n      properties: { path: data/a.csv }'))).toMatchObject({ path: 'data/a.csv' })
  })

  it('is read from the definition of the example without a finding', () => {
    expect(loadMesh(exampleMesh()).diagnostics).toEqual([])
  })
})
