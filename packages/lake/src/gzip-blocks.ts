// Texts to one gzip file, made of blocks that are packed once and used in many files. The file is a single member: older
// Java readers stop at the end of the first one where their stream does not say how much is left, as on S3.

import { constants, crc32, deflateRawSync } from 'node:zlib'

/** A packed text. Blocks know nothing of each other, so they may stand in any order. */
export interface Block { readonly packed: Uint8Array; readonly bytes: number; readonly crc: number; readonly shift: number }

export function packBlock(text: string): Block {
  const plain = Buffer.from(text, 'utf8')
  // The flush ends the block on a whole byte and forgets what came before.
  const packed = deflateRawSync(plain, { finishFlush: constants.Z_FULL_FLUSH })
  return { packed, bytes: plain.length, crc: crc32(plain), shift: shiftOver(plain.length) }
}

/** The gzip file (RFC 1952) of the blocks' texts, one after the other. */
export function gzipOf(blocks: readonly Block[]): Uint8Array {
  let [crc, bytes] = [0, 0]
  for (const block of blocks) {
    crc = (multiply(block.shift, crc) ^ block.crc) >>> 0
    bytes += block.bytes
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(bytes % 2 ** 32, 4)
  return Buffer.concat([HEADER, ...blocks.map((block) => block.packed), LAST_BLOCK, trailer])
}

const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
/** An empty block that says it is the last (RFC 1951, 3.2.6). */
const LAST_BLOCK = Buffer.from([0x03, 0x00])

// A CRC is a remainder of polynomials over two elements, lowest power first in a word: behind a text of n bytes the CRC of
// what came before is multiplied by x to the power of 8n.
const POLYNOMIAL = 0xed_b8_83_20
const ONE = 0x80_00_00_00
const X = 0x40_00_00_00

function shiftOver(bytes: number): number {
  let [power, square] = [ONE, X]
  for (let left = bytes * 8; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square)
    square = multiply(square, square)
  }
  return power
}

function multiply(a: number, b: number): number {
  let [product, shifted] = [0, b]
  for (let bit = ONE; bit > 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL
  }
  return product >>> 0
}
