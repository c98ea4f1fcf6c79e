// A slice of the campaign of events, and the control that shows its checks can see.

import { describe, expect, it } from 'vitest'
import { checkLines } from './consumed-lines.ts'
import { eventsUnderKills } from './events.ts'

describe('events to three consumers while everything is killed', () => {
  it('are all there, in order for each key, and twice only the same', async () => {
    expect(await eventsUnderKills({ count: 6_000, seed: 1, control: false, killsOfRound: 5 })).toEqual({ violations: [] })
  }, 240_000)

  it('are lost where consumers say that they have them before they do', async () => {
    const { violations } = await eventsUnderKills({ count: 6_000, seed: 1, control: true, killsOfRound: 5 })
    expect(violations.join('\n')).toContain('are lost')
  }, 240_000)

  it.each([
    ['an event that is missing', ['e0 0:0'], 'who: 1 events are lost, the first e1'],
    ['an order that is wrong', ['e1 0:1', 'e0 0:0'], 'who: 0:0 came after 0:1'],
    ['the same id with something else', ['e0 0:0', 'e1 0:1', 'e0 0:9'], 'who: e0 came twice, and differs'],
    ['what should be there once and is there twice', ['e0 0:0', 'e1 0:1', 'e0 0:0'], 'who: e0 is there twice'],
  ])('are checked for %s', (_case, lines, violation) => {
    expect(checkLines('who', lines, { from: 0, upTo: 2, isOnce: true }).violations).toContain(violation)
  })
})
