// Where a reader is in a stream ↔ the text that he is given for it. The text is one sealed block: how many entries he was not
// shown cannot be counted by it, and one that nobody was given is known as such.

import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto'
import type { Place } from './types.ts'

export interface PositionSeal {
  print(streamId: string, place: Place): string
  /** Undefined where no reader of this stream was given it. */
  parse(streamId: string, text: string): Place | undefined
}

const ALGORITHM = 'aes-256-ecb'
const TEXT = /^[A-Za-z0-9_-]{22}$/u
const PHASES = ['initial', 'log'] as const

/** A single block under one key is a permutation: equal places have equal texts, and no text tells of another. */
export function positionSeal(secret: string): PositionSeal {
  const key = createHmac('sha256', secret).update('positions in streams').digest()
  return {
    print(streamId, { phase, number, ordinal }) {
      const block = Buffer.alloc(16)
      tagOf(streamId).copy(block)
      block.writeUInt8(PHASES.indexOf(phase), 4)
      block.writeUIntBE(number, 5, 5)
      block.writeUIntBE(ordinal, 10, 6)
      const cipher = createCipheriv(ALGORITHM, key, null).setAutoPadding(false)
      return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url')
    },
    parse(streamId, text) {
      if (!TEXT.test(text)) return undefined
      const decipher = createDecipheriv(ALGORITHM, key, null).setAutoPadding(false)
      const block = Buffer.concat([decipher.update(Buffer.from(text, 'base64url')), decipher.final()])
      const phase = PHASES[block.readUInt8(4)]
      if (phase === undefined || !block.subarray(0, 4).equals(tagOf(streamId))) return undefined
      return { phase, number: block.readUIntBE(5, 5), ordinal: block.readUIntBE(10, 6) }
    },
  }
}

const tagOf = (streamId: string): Buffer => createHash('sha256').update(streamId).digest().subarray(0, 4)

/** Below 0 where `one` comes first. The rows to begin with come before what changes after their snapshot. */
export function comparePlaces(one: Place, other: Place): number {
  return one.number - other.number || PHASES.indexOf(one.phase) - PHASES.indexOf(other.phase) || one.ordinal - other.ordinal
}
