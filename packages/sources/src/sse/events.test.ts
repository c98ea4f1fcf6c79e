import { describe, expect, it } from 'vitest'
import { EventReader, LONGEST_EVENT } from './events.ts'

const read = (text: string, pieces = 1_000, id?: string): readonly (readonly [string, string, string])[] => {
  const reader = new EventReader(id)
  const bytes = Buffer.from(text, 'utf8')
  const events: (readonly [string, string, string])[] = []
  for (let i = 0; i < bytes.length; i += pieces) events.push(...reader.read(bytes.subarray(i, i + pieces)).map(({ id: own, event, data }) => [own, event, data] as const))
  return events
}

// The examples of the standard, and what is hard about them.
describe('an event stream', () => {
  it.each<[string, string, ReturnType<typeof read>]>([
    ['has an event at each empty line', 'data: YHOO\ndata: +2\ndata: 10\n\n', [['', 'message', 'YHOO\n+2\n10']]],
    ['has comments, names and ids', ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\nevent: add\ndata:  third event\n\n', [['1', 'message', 'first event'], ['', 'message', 'second event'], ['', 'add', ' third event']]],
    ['has events without a word in them', 'data\n\ndata\ndata\n\ndata:', [['', 'message', ''], ['', 'message', '\n']]],
    ['may end its lines in any way', 'data: a\r\n\r\ndata: b\r\rdata: c\n\n', [['', 'message', 'a'], ['', 'message', 'b'], ['', 'message', 'c']]],
    ['goes on with the id before', 'id: 7\ndata: a\n\ndata: b\n\n', [['7', 'message', 'a'], ['7', 'message', 'b']]],
    ['has no id with a zero in it', 'id: 7\n\nid: 8\0\ndata: a\n\n', [['7', 'message', 'a']]],
    ['begins behind a byte order mark', '\uFEFFdata: é\n\n', [['', 'message', 'é']]],
    ['has nothing in an event that it does not end', 'data: a\n', []],
  ])('%s', (_case, text, wanted) => {
    for (const pieces of [1, 2, 3, 1_000]) expect(read(text, pieces)).toEqual(wanted)
  })

  it('is taken up where it was left', () => {
    expect(read('data: a\n\n', 1, '41')).toEqual([['41', 'message', 'a']])
  })

  it('has no event beyond any measure', () => {
    const reader = new EventReader()
    expect(() => {
      for (let i = 0; i < LONGEST_EVENT; i += 1_000_000) reader.read(Buffer.from(`data: ${'x'.repeat(1_000_000)}\n`))
    }).toThrow('an event has more than')
  })
})
