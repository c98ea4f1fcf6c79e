// A slice of the campaign of events over Kafka, by the broker of the tests. That its checks can see is shown where they are from, in
// events.test.ts, and by its own control, by hand.

import { describe, expect, it } from 'vitest'
import { kafkaEventsUnderKills } from './kafka-events.ts'

describe('events over Kafka while writer, consumers, PostgreSQL and broker are killed', () => {
  it('are all there, in order for each key, and twice only the same', async () => {
    const { violations, killed } = await kafkaEventsUnderKills({ count: 2_000, seed: 1, control: false, killsOfRound: 5 })
    expect(violations).toEqual([])
    expect(killed).toMatchObject({ write: 1, read: 1, store: 1, postgres: 1, broker: 1 })
  }, 240_000)
})
