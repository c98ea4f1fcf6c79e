import { describe, expect, it } from 'vitest'
import { loadMesh } from '../load-mesh.ts'
import { exampleMeshWith, findingsOf, literalModelReads } from '../testing/index.ts'

const load = (rules: string) => loadMesh(exampleMeshWith('mesh.yaml', '  environments:', `  maintenance: ${rules}\n  environments:`), { modelReads: literalModelReads })
const DAY = 86_400_000

describe('the maintenance of a mesh', () => {
  it('is read in milliseconds and bytes', () => {
    const mesh = load('{ expire-after: 12h, keep-last: 5, keep-at-most: 50, keep-tags: 1w, keep-stream: 7d, orphan-age: 3d, compact-to: 64MB, keep-runs: 90d, keep-alerts: 30d, keep-audit: 400d }')
    expect(mesh.ok && mesh.value.maintenance).toEqual({ expireAfter: DAY / 2, keepLast: 5, keepAtMost: 50, keepTags: 7 * DAY, keepStream: 7 * DAY, orphanAge: 3 * DAY, compactTo: 64 * 1024 * 1024, keepRuns: 90 * DAY, keepAlerts: 30 * DAY, keepAudit: 400 * DAY })
  })

  it('says nothing of what is left out', () => {
    const mesh = load('{ keep-tags: forever }')
    expect(mesh.ok && mesh.value.maintenance).toEqual({ keepTags: 'forever' })
  })

  it.each([
    ['{ expire-after: 30 }', 'wrong-type'], ['{ expire-after: 0d }', 'bad-value'], ['{ expire-after: 30 days }', 'bad-value'], ['{ orphan-age: 6h }', 'bad-value'], ['{ keep-runs: 90m }', 'bad-value'],
    ['{ keep-audit: 12h }', 'bad-value'], ['{ keep-audit: never }', 'bad-value'],
    ['{ keep-last: 0 }', 'bad-value'], ['{ keep-stream: 90m }', 'bad-value'], ['{ keep-stream: forever }', 'bad-value'], ['{ keep-tags: never }', 'bad-value'], ['{ compact-to: 1TB }', 'bad-value'], ['{ expire: 30d }', 'unknown-key'],
  ])('%s is refused', (rules, code) => {
    expect(findingsOf(load(rules))[0]).toContain(code)
  })
})
