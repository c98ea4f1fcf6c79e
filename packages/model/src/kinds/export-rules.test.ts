import { describe, expect, it } from 'vitest'
import { loadMesh } from '../load-mesh.ts'
import { exampleMeshWith, findingsOf, literalModelReads } from '../testing/index.ts'
import { narrowestExport } from './export-rules.ts'

const load = (rules: string) => loadMesh(exampleMeshWith('mesh.yaml', '  environments:', `  exports: ${rules}\n  environments:`), { modelReads: literalModelReads })

describe('an export budget', () => {
  it('of the mesh is read in rows and bytes', () => {
    const mesh = load('{ rows-per-hour: 5000, bytes-per-hour: 2MB, statements-per-hour: 100 }')
    expect(mesh.ok && mesh.value.exports).toEqual({ rows: 5000, bytes: 2 * 1024 ** 2, statements: 100 })
  })

  it.each([
    ['{ rows-per-hour: 0 }', 'bad-value'], ['{ rows-per-hour: many }', 'wrong-type'], ['{ rows-per-hour: 1.5 }', 'wrong-type'], ['{ bytes-per-hour: 5 }', 'wrong-type'],
    ['{ bytes-per-hour: 5TB }', 'bad-value'], ['{ rows-per-day: 5 }', 'unknown-key'],
  ])('%s is refused, with its place', (rules, code) => {
    const [first = ''] = findingsOf(load(rules))
    expect(first).toContain(code)
    expect(first).toMatch(/mesh\.yaml:\d+:\d+/u)
  })

  it.each([
    ['nobody says anything', [undefined, undefined], undefined],
    ['one alone says something', [undefined, { rows: 5 }], { rows: 5 }],
    ['of each measure the least holds, whoever says it', [{ rows: 5, bytes: 100 }, { rows: 7, bytes: 10 }, { statements: 3 }], { rows: 5, bytes: 10, statements: 3 }],
  ])('where %s', (_why, words, narrowest) => {
    expect(narrowestExport(words)).toEqual(narrowest)
  })
})
