// What is printed from the descriptions says the same as the loader.

import { describe, expect, it } from 'vitest'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { load } from 'js-yaml'
import { SHIPPED_CAPABILITIES } from './capabilities/shipped.ts'
import { jsonSchemas, loadMesh, projections, referencePage } from './index.ts'
import { exampleMesh, exampleMeshWith } from './testing/index.ts'

const SCHEMA_OF: readonly (readonly [RegExp, string])[] = [
  [/^mesh\.yaml$/u, 'mesh'],
  [/^teams\//u, 'technical-team'],
  [/^capabilities\//u, 'component-definition'],
  [/\/domain\.yaml$/u, 'data-domain'],
  [/\/product\.yaml$/u, 'data-product'],
]

describe('the JSON Schemas for editors', () => {
  const ajv = new Ajv2020({ strict: false, logger: false }).addFormat('uri', true).addFormat('email', true)
  for (const [name, schema] of Object.entries(jsonSchemas())) ajv.addSchema(schema as object, `${name}.json`)
  const verdict = (path: string, text: string): boolean => ajv.validate(`${SCHEMA_OF.find(([pattern]) => pattern.test(path))?.[1]}.json`, load(text)) as boolean
  const files = [...exampleMesh()].filter(([path]) => SCHEMA_OF.some(([pattern]) => pattern.test(path)))

  it.each(files)('accept %s of the example, as the loader does', (path, text) => {
    expect([verdict(path, text), ajv.errors]).toEqual([true, null])
  })

  it.each([
    ['domains/operations/flights/product.yaml', 'data_product_owner', 'data_product_ownr'],
    ['domains/operations/flights/product.yaml', 'data_sets: [flights]', 'data_sets: flights'],
    ['domains/operations/flights/product.yaml', "path: 'npm", "pfad: 'npm"],
    ['domains/operations/flights/product.yaml', 'kind: DataProduct', 'kind: Product'],
    ['mesh.yaml', 'role: consumer', 'role: king'],
    ['domains/network/domain.yaml', 'storage_gb: 5', 'storage_gb: -5'],
    ['capabilities/nightly-csv-drop.yaml', 'presets: file-input-port', 'preset: file-input-port'],
  ])('refuse in %s "%s" turned into "%s", as the loader does', (path, before, after) => {
    const changed = exampleMeshWith(path, before, after)
    expect(verdict(path, changed.get(path) ?? '')).toBe(false)
    expect(loadMesh(changed).ok).toBe(false)
  })
})

describe('the reference page', () => {
  const page = referencePage()
  it.each(['Mesh', 'TechnicalTeam', 'DataDomain', 'DataProduct', 'ComponentDefinition', ...SHIPPED_CAPABILITIES.map((c) => c.type)])('has a chapter on %s', (heading) => {
    expect(page).toContain(`\n### ${heading}\n`)
  })
  it('shows properties plain, with their types and meaning', () => {
    expect(page).toContain("| `format` | `csv` or `json` or `ndjson` or `parquet` or `arrow` or `files` |  | The files' format. Without it: by the ending of the path. With files, any files (images, PDF, models) are kept as they are, and their rows say path, sha256, bytes and media_type of each. |")
    expect(page).toContain('| `path` | text | yes | A path or glob relative to the mesh folder, npm:<package>/<path>, s3://<bucket>/<key or glob>, or an http or https address. |')
    expect(page).toContain('| `spec.purposes[].name` | text | yes | The name that requests and grants use. |')
  })
  it('describes every key of every kind', () => {
    expect(page.split('\n').filter((line) => line.startsWith('| `') && line.endsWith('|  |'))).toEqual([])
  })
})

it('each projection has a path of its own and the same text every time', () => {
  const [first, second] = [projections(), projections()]
  expect(new Set(first.map((p) => p.path)).size).toBe(1 + Object.keys(jsonSchemas()).length)
  expect(first).toEqual(second)
})
