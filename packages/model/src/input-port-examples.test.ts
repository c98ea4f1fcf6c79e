// The examples of docs/input-ports.md are components that a mesh may have.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadMesh } from './index.ts'
import { exampleMeshWith, findingsOf, literalModelReads } from './testing/index.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/input-ports.md'), 'utf8')
const EXAMPLES = [...PAGE.matchAll(/```yaml\n(?<yaml>[^`]*)```/gu)].map(({ groups }) => groups?.['yaml'] ?? '')
const AIRPORTS = 'domains/network/airports/product.yaml'

describe('an example of the page about input ports', () => {
  it('is found', () => expect(EXAMPLES.length).toBeGreaterThanOrEqual(6))

  it.each(EXAMPLES.map((yaml) => [yaml.split('\n').find((line) => line.includes('type:'))?.trim() ?? '', yaml]))('%s', (_, yaml) => {
    // Beside the ports that the product has; nothing reads it.
    const indented = yaml.replaceAll(/^(?=.)/gmu, '    ').replace(/name: \w+/u, 'name: from_the_page').replace('subject: airports', 'subject: flights')
    const files = exampleMeshWith(AIRPORTS, '  components:\n', `  components:\n${indented}`)
    const wrong = findingsOf(loadMesh(files, { modelReads: literalModelReads })).filter((finding) => finding.includes(' error '))
    expect(wrong).toEqual([])
  })
})
