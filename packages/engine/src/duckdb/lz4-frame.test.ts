// The contract: a whole frame gives its bytes back, and nothing else gives anything.

import { describe, expect, it } from 'vitest'
import { readLz4Frame } from './lz4-frame.ts'

const frame = (...block: readonly number[]): Uint8Array => Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, block.length, 0, 0, 0, ...block, 0, 0, 0, 0)
const text = (bytes: Uint8Array): string => Buffer.from(readLz4Frame(bytes, 1000)).toString()
const letters = (of: string): readonly number[] => [...Buffer.from(of)]

describe('an LZ4 frame', () => {
  it.each([
    ['literals only', frame(0x30, ...letters('abc')), 'abc'],
    ['a match that overlaps itself', frame(0x12, ...letters('a'), 1, 0, 0x10, ...letters('z')), 'aaaaaaaz'],
    ['a match of four', frame(0x40, ...letters('abcd'), 4, 0, 0x10, ...letters('z')), 'abcdabcdz'],
    ['a length of two bytes', frame(0x1f, ...letters('x'), 1, 0, 6, 0x10, ...letters('z')), `${'x'.repeat(26)}z`],
  ])('gives its bytes: %s', (_, bytes, expected) => {
    expect(text(bytes)).toBe(expected)
  })

  it.each([
    ['nothing', Uint8Array.of()], ['another magic word', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)], ['a match before the beginning', frame(0x10, 97, 2, 0, 0x10, 97)],
    ['a distance of zero', frame(0x10, 97, 0, 0, 0x10, 97)], ['literals beyond the block', frame(0xf0, 200, 1)], ['more than the limit', frame(0x1f, 97, 1, 0, 255, 255, 255, 255, 255, 0, 0x10, 97)],
    ['a block beyond the end', frame(0x30, 97, 98, 99).subarray(0, 12)], ['no end mark', frame(0x10, 97).subarray(0, 13)],
  ])('is refused: %s', (_, bytes) => {
    expect(() => readLz4Frame(bytes, 1000)).toThrow(RangeError)
  })
})
