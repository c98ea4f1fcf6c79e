// The contract: a room has one user at a time, and what was lent is kept within bounds.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchRooms } from './batch-rooms.ts'

describe('rooms for batches', () => {
  it('are never lent to two at a time, whoever gives back what', () => {
    const step = fc.oneof(fc.record({ take: fc.integer({ min: 1, max: 3_000_000 }) }), fc.record({ give: fc.nat(20), twice: fc.boolean() }))
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rooms = batchRooms()
      const held: Uint8Array[] = []
      for (const one of steps) {
        if ('take' in one) {
          const room = rooms.room(one.take)
          expect(room).toHaveLength(one.take)
          expect(held.some(({ buffer }) => buffer === room.buffer)).toBe(false)
          held.push(room)
        } else if (held.length > 0) {
          const [given] = held.splice(one.give % held.length, 1)
          rooms.left(given as Uint8Array)
          if (one.twice) rooms.left(given as Uint8Array)
        }
      }
    }), { numRuns: 50 })
  })

  it('are used again, and only those that they lent themselves', () => {
    const rooms = batchRooms()
    const first = rooms.room(100_000)
    const stranger = new Uint8Array(1 << 20)
    rooms.left(stranger)
    rooms.left(first)
    expect(rooms.room(200_000).buffer).toBe(first.buffer)
    expect(rooms.room(200_000).buffer).not.toBe(stranger.buffer)
  })
})
