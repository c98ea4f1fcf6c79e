import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { compareContracts } from './compare-contracts.ts'
import type { ChangeSeverity, Direction, PortKind } from './types.ts'

interface Case { readonly name: string; readonly port: PortKind; readonly before: Json; readonly after: Json; readonly forward: ChangeSeverity; readonly backward: ChangeSeverity }
const cases = JSON.parse(readFileSync(new URL('compatibility.cases.json', import.meta.url), 'utf8')) as readonly Case[]
const contract = (properties: Json, more: Readonly<Record<string, Json>> = {}): Json => ({ version: '1.0.0', schema: [{ name: 't', properties }], ...more })
const severityOf = (before: Json, after: Json, port: PortKind, direction: Direction): ChangeSeverity => compareContracts(before, after, { port, direction }).severity

describe('the table of compatibility', () => {
  it.each(cases)('$name', ({ port, before, after, forward, backward }) => {
    expect(severityOf(contract(before), contract(after), port, 'forward')).toBe(forward)
    expect(severityOf(contract(before), contract(after), port, 'backward')).toBe(backward)
  })
})

describe('what is told of a change', () => {
  it('each column has its path and its reason', () => {
    const before = contract([{ name: 'id', logicalType: 'integer' }, { name: 'who', logicalType: 'object', properties: [{ name: 'mail', logicalType: 'string' }] }])
    const after = contract([{ name: 'id', logicalType: 'string' }, { name: 'who', logicalType: 'object', properties: [{ name: 'phone', logicalType: 'string' }] }], { version: '1.1.0' })
    expect(compareContracts(before, after)).toEqual({
      severity: 'breaking', versionFits: false, changes: [
        { path: 't.id', severity: 'breaking', reason: 'changes from long to string' },
        { path: 't.who.mail', severity: 'breaking', reason: 'is removed (string)' },
        { path: 't.who.phone', severity: 'minor', reason: 'is added (string)' },
      ],
    })
  })

  it.each<[string, Json, Json, ChangeSeverity]>([
    ['a server that goes', [{ server: 's', type: 'local' }], [], 'breaking'],
    ['a server that moves', [{ server: 's', host: 'a' }], [{ server: 's', host: 'b' }], 'breaking'],
    ['a server that comes', [], [{ server: 's' }], 'minor'],
    ['a server that is described otherwise', [{ server: 's' }], [{ server: 's', description: 'x' }], 'minor'],
  ])('%s', (_name, before, after, severity) => {
    expect(severityOf(contract([], { servers: before }), contract([], { servers: after }), 'sql', 'full')).toBe(severity)
  })

  it('a breaking change asks for a new major version, a minor one for a new minor version', () => {
    const [none, one] = [contract([]), (version: string) => contract([{ name: 'a' }], { version })]
    expect(compareContracts(none, one('1.0.0')).versionFits).toBe(false)
    expect(compareContracts(none, one('1.1.0')).versionFits).toBe(true)
    expect(compareContracts(one('1.0.0'), contract([], { version: '1.9.0' })).versionFits).toBe(false)
    expect(compareContracts(one('1.0.0'), contract([], { version: '2.0.0' })).versionFits).toBe(true)
  })
})

const name = fc.string({ minLength: 1, maxLength: 8 })
const leaf = fc.record({ logicalType: fc.constantFrom('string', 'integer', 'date', 'boolean'), required: fc.boolean(), unique: fc.boolean(), primaryKey: fc.boolean(), classification: fc.constantFrom('public', 'personal') }, { requiredKeys: ['logicalType'] })
const columns = fc.uniqueArray(fc.tuple(name, leaf), { selector: ([given]) => given, maxLength: 6 }).map((list) => list.map(([given, more]) => ({ name: given, ...more })))
const ports = fc.constantFrom<PortKind>('sql', 'files', 'stream')
const directions = fc.constantFrom<Direction>('forward', 'backward', 'full')

describe('laws of compatibility', () => {
  it('a contract is compatible with itself, without a change', () => {
    fc.assert(fc.property(columns, ports, directions, (given, port, direction) => {
      expect(compareContracts(contract(given), contract(structuredClone(given)), { port, direction })).toEqual({ severity: 'none', changes: [], versionFits: true })
    }))
  })

  it('an optional column at the end is minor on every port and in every direction', () => {
    fc.assert(fc.property(columns, name, ports, directions, (given, added, port, direction) => {
      fc.pre(given.every((column) => column.name !== added))
      expect(severityOf(contract(given), contract([...given, { name: added, logicalType: 'string' }]), port, direction)).toBe('minor')
    }))
  })

  it('a column less is breaking for old readers', () => {
    fc.assert(fc.property(columns, fc.nat(), ports, (given, pick, port) => {
      fc.pre(given.length > 0)
      expect(severityOf(contract(given), contract(given.toSpliced(pick % given.length, 1)), port, 'forward')).toBe('breaking')
    }))
  })

  it('full is the worse of both directions', () => {
    fc.assert(fc.property(columns, columns, ports, (before, after, port) => {
      const [forward, backward, full] = (['forward', 'backward', 'full'] as const).map((direction) => severityOf(contract(before), contract(after), port, direction))
      const rank = ['none', 'minor', 'breaking']
      expect(rank.indexOf(full ?? '')).toBe(Math.max(rank.indexOf(forward ?? ''), rank.indexOf(backward ?? '')))
    }))
  })
})
