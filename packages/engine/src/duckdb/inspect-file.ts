// Looks at the head of a raw file before the engine reads it: is it compressed, what does its first line say? A gzip file
// is read to its end, because DuckDB takes one that was cut short for a shorter file. Looks for lines that DuckDB would lose.

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { Inspected } from './protocol.ts'

/** A header longer than this is none. */
const HEAD_LIMIT = 1024 * 1024

// DuckDB's parallel reader drops rows, in silence, behind a line that is longer than its buffer of 32 MB. Such a line
// fills at least three of these strides, so a sample of each is enough.
const STRIDE = 8 * 1024 * 1024
const SAMPLE = 64 * 1024

/** Throws `File Error: …` in the manner of the engine's own messages where the file cannot be read. */
export async function inspectFile(path: string): Promise<Inspected> {
  const gzip = await isGzip(path)
  const pieces: Buffer[] = []
  let held = 0
  let line = 0
  let longest = 0
  const file = createReadStream(path)
  const stream = gzip ? file.pipe(createGunzip()) : file
  // `pipe` does not hand errors on.
  if (gzip) file.once('error', (error) => stream.destroy(error))
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      if (held < HEAD_LIMIT) pieces.push(piece)
      held += piece.length
      line = hasLineEnd(piece) ? 0 : line + piece.length
      longest = Math.max(longest, line)
      if (!gzip && held >= HEAD_LIMIT) break
    }
  } catch (error) {
    const { code } = error as { code?: string }
    throw new Error(`File Error: ${JSON.stringify(path)}: ${code === 'Z_BUF_ERROR' ? 'cut short' : code?.startsWith('Z_') === true ? 'damaged' : 'unreadable'}`, { cause: error })
  }
  const longLines = gzip ? longest > STRIDE : await hasLongLines(path)
  return { gzip, longLines, empty: held === 0, head: Buffer.concat(pieces).subarray(0, HEAD_LIMIT).toString('base64') }
}

const hasLineEnd = (bytes: Buffer): boolean => bytes.includes(0x0a) || bytes.includes(0x0d)

async function hasLongLines(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    for (let at = STRIDE; at < size; at += STRIDE) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(SAMPLE), 0, SAMPLE, at)
      if (!hasLineEnd(buffer.subarray(0, bytesRead))) return true
    }
    return false
  } finally {
    await file.close()
  }
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => {
    throw new Error(`File Error: ${JSON.stringify(path)}: unreadable`)
  })
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}
