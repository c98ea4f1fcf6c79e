import { setImmediate } from 'node:timers/promises'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { pour } from './pour.ts'

/** A socket that takes a piece when it is let, and copies what it had by then. */
function socket() {
  const taken: string[] = []
  const waiting: (() => void)[] = []
  const stream = new Writable({
    highWaterMark: 1,
    write(piece: Buffer, _encoding, callback) {
      waiting.push(() => {
        taken.push(piece.toString('utf8'))
        callback()
      })
    },
  })
  return { stream, taken, take: () => waiting.shift()?.() }
}

/** Pieces `0`, `1`, … in as many memories in turns. */
async function* inTurns(memories: number, pieces: number, asked: (piece: number) => void): AsyncGenerator<Uint8Array> {
  const rooms = Array.from({ length: memories }, () => Buffer.alloc(1))
  for (let i = 0; i < pieces; i += 1) {
    asked(i)
    const room = rooms[i % memories] as Buffer
    room.write(String(i))
    yield room
  }
}

async function poured(memories: number): Promise<readonly string[]> {
  const { stream, taken, take } = socket()
  const letting = setInterval(take)
  await pour(inTurns(memories, 9, () => undefined), stream)
  clearInterval(letting)
  return taken
}

describe('pieces that leave', () => {
  it('come whole and in order from two memories that are used in turns', async () => {
    expect((await poured(2)).join('')).toBe('012345678')
  })
  it('control: from a single memory they do not', async () => {
    expect((await poured(1)).join('')).not.toBe('012345678')
  })
  it('are made one ahead of what the socket took, and no more', async () => {
    const { stream, taken, take } = socket()
    let made = 0
    void pour(inTurns(2, 9, (piece) => { made = piece + 1 }), stream)
    const seen: (readonly [number, number])[] = []
    for (let i = 0; i < 4; i += 1) {
      await setImmediate()
      seen.push([taken.length, made])
      take()
    }
    expect(seen).toEqual([[0, 2], [1, 3], [2, 4], [3, 5]])
    stream.destroy()
  })
  it('end where the socket is gone, and so do those who make them', async () => {
    const { stream } = socket()
    let ended = false
    const done = pour((async function* () {
      try {
        for (;;) yield Buffer.from('x')
      } finally {
        ended = true
      }
    })(), stream)
    await setImmediate()
    stream.destroy()
    await done
    expect(ended).toBe(true)
  })
  it('throw what their maker throws, with the socket left open for whoever decides', async () => {
    const { stream } = socket()
    await expect(pour((async function* () {
      yield Buffer.from('x')
      throw new Error('no more')
    })(), stream)).rejects.toThrow('no more')
    expect(stream.writableEnded).toBe(false)
  })
})
