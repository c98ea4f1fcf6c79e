import { expect, it, describe } from 'vitest'
import * as fc from 'fast-check'
import type { StreamEvent } from './event-stream.ts'
import { KEEP_ALIVE, printEvent, readEvents } from './event-stream.ts'

async function eventsOf(pieces: readonly Uint8Array[]) {
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
  const events: StreamEvent[] = []
  for await (const event of readEvents(stream)) events.push(event)
  return events
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('an event stream', () => {
  it('brings every value back, however the network cuts it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.jsonValue()), fc.array(fc.nat(40)), async (values, cuts) => {
      const all = bytes(values.map((value) => KEEP_ALIVE + printEvent('run', value)).join(''))
      const pieces: Uint8Array[] = []
      let at = 0
      for (const cut of cuts) pieces.push(all.subarray(at, (at += cut)))
      pieces.push(all.subarray(at))
      const events = await eventsOf(pieces)
      expect(events.map((e) => JSON.parse(e.data) as unknown)).toEqual(values.map((value) => JSON.parse(JSON.stringify(value)) as unknown))
    }))
  })

  it.each([
    ['names no event', 'data: 1\n\n', [{ event: 'message', data: '1' }]],
    ['has carriage returns', 'event: run\r\ndata: 1\r\n\r\ndata: 2\r\r', [{ event: 'run', data: '1' }, { event: 'message', data: '2' }]],
    ['has data of several lines', 'data: a\ndata: b\ndata\n\n', [{ event: 'message', data: 'a\nb\n' }]],
    ['has fields that nobody asked for', 'id: 7\nretry: 10\nother\ndata:1\n\n', [{ event: 'message', data: '1' }]],
    ['stops in the middle of an event', 'data: 1\n\ndata: 2\n', [{ event: 'message', data: '1' }]],
  ])('is read as the standard says when it %s', async (_name, text, expected) => {
    expect(await eventsOf([bytes(text + (text.endsWith('\r') ? '\n' : ''))])).toEqual(expected)
  })
})
