import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { compareContracts, compareWithHistory } from './compare-contracts.ts'
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

  const versions = fc.tuple(columns, columns, columns).map(([first, second, third]) => {
    // Names out of a small world, so that columns go and come back.
    const few = (list: typeof first) => [...new Map(list.map((column, at) => [`c${(column.name.length + at) % 3}`, column])).entries()].map(([given, column]) => ({ ...column, name: given }))
    return [contract(few(first)), contract(few(second)), contract(few(third))] as const
  })

  it('what harms nobody of a history harms nobody of a part of it', () => {
    fc.assert(fc.property(versions, ports, directions, ([first, second, third], port, direction) => {
      fc.pre(compareWithHistory([first, second], third, { port, direction }).severity !== 'breaking')
      expect(severityOf(first, third, port, direction)).not.toBe('breaking')
      expect(severityOf(second, third, port, direction)).not.toBe('breaking')
    }), { numRuns: 200 })
  })

  it('step by step it is not so: a column that went comes back with another type', () => {
    const [text, gone, day] = [contract([{ name: 'c', logicalType: 'string' }]), contract([]), contract([{ name: 'c', logicalType: 'date' }])]
    for (const port of ['files', 'stream'] as const) {
      expect([severityOf(text, gone, port, 'backward'), severityOf(gone, day, port, 'backward')]).not.toContain('breaking')
      expect(severityOf(text, day, port, 'backward')).toBe('breaking')
      expect(compareWithHistory([text, gone], day, { port, direction: 'backward' })).toEqual({
        severity: 'breaking', versionFits: false,
        changes: [{ path: 't.c', severity: 'minor', reason: 'is added (date)' }, { path: 't.c', severity: 'breaking', reason: 'changes from string to date (since 1.0.0)' }],
      })
    }
  })

  it('forward, steps that break nobody break nobody together', () => {
    // Mostly harmless steps: columns come at the end, some change.
    const growing = fc.tuple(columns, columns, columns, fc.nat(9)).map(([first, more, still, change]) => {
      const joined = (...lists: (typeof first)[]) => [...new Map(lists.flat().map((column) => [column.name, column])).values()]
      const second = joined(first, more.filter(({ name: given }) => !first.some((column) => column.name === given)))
      const third = joined(second, still.filter(({ name: given }) => !second.some((column) => column.name === given)))
      return [contract(first), contract(second), contract(third.map((column, at) => (at === change ? { ...column, logicalType: 'integer', required: true } : column)))] as const
    })
    fc.assert(fc.property(growing, ports, ([first, second, third], port) => {
      fc.pre(severityOf(first, second, port, 'forward') !== 'breaking' && severityOf(second, third, port, 'forward') !== 'breaking')
      expect(severityOf(first, third, port, 'forward')).not.toBe('breaking')
    }), { numRuns: 200 })
  })
})
