// Memory for batches on their way to clients, used again when a socket has taken what was in it: new memory for each would
// have to be collected, which costs several times what it costs to move the bytes.

import type { BatchMemory } from '@tulle/engine'

export interface BatchRooms extends BatchMemory {
  /** Whoever sent the bytes of a room says so; others are nobody's business. */
  left(bytes: Uint8Array): void
}

const ROOM_BYTES = 1 << 20
const MOST_KEPT = 8

/** Rooms of a fixed size; what is larger than they are gets memory of its own, and so does what comes when many are kept. */
export function batchRooms(): BatchRooms {
  const free: ArrayBuffer[] = []
  const lent = new WeakSet<ArrayBuffer>()
  return {
    room(bytes) {
      if (bytes > ROOM_BYTES) return Buffer.allocUnsafeSlow(bytes)
      const memory = free.pop() ?? new ArrayBuffer(ROOM_BYTES)
      lent.add(memory)
      return new Uint8Array(memory, 0, bytes)
    },
    left({ buffer }) {
      // Each is lent once, so nobody gets a room that somebody else still has.
      if (!(buffer instanceof ArrayBuffer) || !lent.delete(buffer)) return
      if (free.length < MOST_KEPT) free.push(buffer)
    },
  }
}
