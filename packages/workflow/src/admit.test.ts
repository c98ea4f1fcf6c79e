import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Queue, QueuedRun, QueueRules } from './admit.ts'
import { admit } from './admit.ts'

const OPS = { name: 'ops', atOnce: 2 }
const rules = (atOnce: number, ...subjects: readonly (readonly [string, QueueRules['subjects'] extends ReadonlyMap<string, infer Rules> ? Rules : never])[]): QueueRules => ({ atOnce, subjects: new Map(subjects) })
const run = (runId: string, subject: string, priority = 500, isTriggered = true): QueuedRun => ({ runId, subject, priority, isTriggered, requestedAt: Number(runId.slice(1)) })
const queue = (waiting: readonly QueuedRun[], going: readonly string[] = [], triggered: Readonly<Record<string, number>> = {}): Queue => ({ waiting, going: going.map((subject) => ({ subject, isResting: false })), triggered: new Map(Object.entries(triggered)) })
const shown = (of: QueueRules, now: Queue) => {
  const { admitted, waits } = admit(of, now)
  return [...admitted, ...[...waits].map(([id, why]) => `${id} waits: ${why}`)]
}

describe('the next run', () => {
  it.each<[string, QueueRules, Queue, readonly string[]]>([
    ['is the one that asked first', rules(1), queue([run('r2', 'b'), run('r1', 'a')]), ['r1', 'r2 waits: the mesh runs 1 of 1']],
    ['is the one of higher priority', rules(1), queue([run('r1', 'a', 300), run('r2', 'b', 700)]), ['r2', 'r1 waits: the mesh runs 1 of 1']],
    ['waits for a run of the same subject', rules(9), queue([run('r1', 'a')], ['a']), ['r1 waits: a runs 1 of 1']],
    ['waits for its team, and lets others pass', rules(9, ['a', { group: OPS }], ['b', { group: OPS }], ['c', { group: OPS }]), queue([run('r1', 'c', 900), run('r2', 'd')], ['a', 'b']), ['r2', 'r1 waits: team ops runs 2 of 2']],
    ['waits where triggers started too many', rules(9, ['a', { triggersPerHour: 2 }]), queue([run('r1', 'a')], [], { a: 2 }), ['r1 waits: triggers-per-hour: triggers started 2 of 2 runs of a within the hour']],
    ['does not wait for that where somebody asked by hand', rules(9, ['a', { triggersPerHour: 2 }]), queue([run('r1', 'a', 700, false)], [], { a: 2 }), ['r1']],
  ])('%s', (_case, of, now, told) => {
    expect(shown(of, now)).toEqual(told)
  })

  it('takes the place of a run that rests, but not of its subject', () => {
    const going = [{ subject: 'a', isResting: true }]
    expect(shown(rules(1), { ...queue([run('r1', 'a'), run('r2', 'b')]), going })).toEqual(['r2', 'r1 waits: a runs 1 of 1'])
  })

  it('waits for its place as others do where it gave it away, but not for its own subject, nor for triggers that it was counted with', () => {
    const back = { ...run('r1', 'a'), returns: true }
    const resting = { subject: 'a', isResting: true }
    const of = rules(1, ['a', { triggersPerHour: 1 }])
    expect(shown(of, { ...queue([back], [], { a: 1 }), going: [resting, { subject: 'b', isResting: false }] })).toEqual(['r1 waits: the mesh runs 1 of 1'])
    expect(shown(of, { ...queue([back, run('r2', 'a')], [], { a: 1 }), going: [resting] })).toEqual(['r1', 'r2 waits: a runs 1 of 1'])
  })

  it('is never one too many, and none waits that could go (property)', () => {
    const subject = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const waiting = fc.uniqueArray(fc.record({ runId: fc.nat(99).map((n) => `r${n}`), subject, priority: fc.nat(3), isTriggered: fc.boolean(), requestedAt: fc.nat(9) }), { selector: ({ runId }) => runId, maxLength: 12 })
    fc.assert(fc.property(waiting, fc.uniqueArray(subject), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), (runs, going, atOnce, teamAtOnce) => {
      const group = { name: 'ops', atOnce: teamAtOnce }
      const of = rules(atOnce, ['a', { group }], ['b', { group }], ['c', { group }])
      const before = queue(runs, going)
      const { admitted, waits } = admit(of, before)
      expect([...admitted, ...waits.keys()].toSorted()).toEqual(runs.map(({ runId }) => runId).toSorted())
      const started = admitted.map((id) => runs.find(({ runId }) => runId === id)?.subject ?? '')
      const now = [...going, ...started]
      expect(new Set(now).size).toBe(now.length)
      if (started.length > 0) expect(now.length).toBeLessThanOrEqual(atOnce)
      if (started.some((one) => 'abc'.includes(one))) expect(now.filter((one) => 'abc'.includes(one)).length).toBeLessThanOrEqual(teamAtOnce)
      expect(admit(of, queue(runs.filter(({ runId }) => waits.has(runId)), now)).admitted).toEqual([])
    }))
  })
})
