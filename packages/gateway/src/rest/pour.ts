// Pieces leave one by one: one is on its way while the next is made, and each waits until the socket took the one before.

import type { Writable } from 'node:stream'

/** Ends `into` after the last piece; returns where `into` is gone, and throws what the pieces throw. */
export async function pour(pieces: AsyncIterable<Uint8Array>, into: Writable): Promise<void> {
  let leaving = Promise.resolve()
  for await (const piece of pieces) {
    await leaving
    if (into.destroyed) return
    leaving = taken(into, piece)
  }
  await leaving
  into.end()
}

/** Resolves when the socket has the piece, or is gone. */
const taken = (into: Writable, piece: Uint8Array): Promise<void> => new Promise((resolve) => {
  into.once('close', resolve)
  into.write(piece, () => {
    into.off('close', resolve)
    resolve()
  })
})
