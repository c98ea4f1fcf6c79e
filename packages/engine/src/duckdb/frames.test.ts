// The contract: frames arrive as they were sent, however the pipe cuts them; a broken peer is found out once.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameOf, frameReader } from './frames.ts'
import type { Frame } from './frames.ts'

describe('frames', () => {
  it('arrive as they were sent, whatever the sizes of the chunks', () => {
    const frame = fc.record({ head: fc.jsonValue(), body: fc.uint8Array({ maxLength: 200 }) })
    fc.assert(fc.property(fc.array(frame, { maxLength: 10 }), fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1 }), (sent, sizes) => {
      const bytes = Buffer.concat(sent.flatMap(({ head, body }) => frameOf(head, body)))
      const got: Frame[] = []
      const read = frameReader((received) => got.push({ head: received.head, body: Uint8Array.from(received.body) }), () => expect.unreachable())
      for (let at = 0, i = 0; at < bytes.length; i += 1) {
        const size = sizes[i % sizes.length] as number
        read(bytes.subarray(at, at + size))
        at += size
      }
      expect(got.map(({ head, body }) => [head, Array.from(body)])).toEqual(sent.map(({ head, body }) => [JSON.parse(JSON.stringify(head)), Array.from(body)]))
    }))
  })

  it.each([
    ['a length beyond the limit', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
    ['a body beyond the limit', Buffer.from([2, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])],
    ['a head that is no JSON', Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0x7b])],
  ])('break off once at %s, and nothing is heard after it', (_, bytes) => {
    const broken: string[] = []
    const read = frameReader(() => expect.unreachable(), (why) => broken.push(why))
    read(bytes)
    read(Buffer.concat(frameOf({ fine: true })))
    expect(broken).toHaveLength(1)
  })
})
