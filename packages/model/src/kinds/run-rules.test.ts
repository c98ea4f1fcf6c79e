import { describe, expect, it } from 'vitest'
import { loadMesh } from '../load-mesh.ts'
import { exampleMeshWith, findingsOf, literalModelReads } from '../testing/index.ts'

const load = (key: string, text: string) => loadMesh(exampleMeshWith('mesh.yaml', '  environments:', `  ${key}: ${text}\n  environments:`), { modelReads: literalModelReads })
const MINUTE = 60_000

describe('what a mesh says of runs', () => {
  it('is read in numbers and milliseconds', () => {
    const mesh = load('runs', '{ at-once: 4, at-once-per-team: 2, triggers-per-hour: 30, late-after: 15m, catch-up: none }')
    expect(mesh.ok && mesh.value.runs).toEqual({ atOnce: 4, atOncePerTeam: 2, triggersPerHour: 30, lateAfter: 15 * MINUTE, catchUp: 'none' })
  })

  it.each([
    ['{ at-once: 0 }', 'bad-value'], ['{ at-once: many }', 'wrong-type'], ['{ late-after: soon }', 'bad-value'], ['{ priority: 3 }', 'unknown-key'], ['{ catch-up: some }', 'not-one-of'], ['{ limits: {} }', 'unknown-key'], ['{ triggers-per-hour: 5000 }', 'bad-value'],
  ])('%s is refused', (rules, code) => {
    expect(findingsOf(load('runs', rules))[0]).toContain(code)
  })
})

describe('what a mesh says of alerts', () => {
  it('is a list of whom to tell, and of what', () => {
    const mesh = load('alerts', '[{ on: [failure], webhook: { url: "https://hooks.example.com/a", secret: OPS_HOOK } }, { mail: [ops@example.com] }]')
    expect(mesh.ok && mesh.value.alerts).toEqual([
      { on: ['failure'], webhook: { url: 'https://hooks.example.com/a', secret: 'OPS_HOOK' } },
      { on: ['failure', 'lateness'], mail: ['ops@example.com'] },
    ])
  })

  it.each([
    ['[{ mail: [nobody] }]', 'bad-value'], ['[{ on: [success], mail: [a@example.com] }]', 'not-one-of'], ['[{ on: [failure] }]', 'bad-value'],
    ['[{ webhook: { url: "ftp://example.com", secret: A } }]', 'bad-value'], ['[{ webhook: { url: "https://example.com" } }]', 'missing-key'],
  ])('%s is refused', (rules, code) => {
    expect(findingsOf(load('alerts', rules))[0]).toContain(code)
  })

  it('takes no secret, and repeats none that is there', () => {
    const findings = findingsOf(load('alerts', '[{ webhook: { url: "https://hooks.example.com", secret: whsec_planted } }]'))
    expect(findings[0]).toContain('literal-secret')
    expect(findings.join()).not.toContain('whsec_planted')
  })
})
