// The files of a chain: `<number of the first entry>.jsonl`, in the order of their names. Only the last one grows.

import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Segment { readonly file: string; readonly path: string; readonly first: number }

const NAME = /^([0-9]{12})\.jsonl$/

export const segmentName = (first: number): string => `${String(first).padStart(12, '0')}.jsonl`

/** Oldest first; a folder that is not there has none. */
export async function listSegments(folder: string): Promise<readonly Segment[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : Promise.reject(error)))
  return names.toSorted().flatMap((file) => {
    const first = NAME.exec(file)?.[1]
    return first === undefined ? [] : [{ file, path: join(folder, file), first: Number(first) }]
  })
}

/** The lines of a segment without their line breaks, and what stands behind the last one. */
export interface Lines { readonly lines: readonly Uint8Array[]; readonly rest: Uint8Array }

export async function readLines(path: string): Promise<Lines> {
  const bytes = await readFile(path)
  const lines: Uint8Array[] = []
  let from = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
    lines.push(bytes.subarray(from, at))
    from = at + 1
  }
  return { lines, rest: bytes.subarray(from) }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await using handle = await open(folder, 'r')
  await handle.sync()
}
