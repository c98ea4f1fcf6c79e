// What a process of a campaign keeps in files, on disk before it says so.

import { appendFileSync, closeSync, existsSync, fdatasyncSync, fsyncSync, openSync, readFileSync, renameSync, statSync, truncateSync, writeSync } from 'node:fs'

/** A process that is killed while it writes may leave half a line, which nobody was told of. */
export function wholeLines(path: string): string {
  if (!existsSync(path)) appendFileSync(path, '')
  const size = statSync(path).size
  if (size > 0) truncateSync(path, readFileSync(path).lastIndexOf(10) + 1)
  return path
}

export function append(path: string, text: string): void {
  const file = openSync(path, 'a')
  writeSync(file, text)
  fdatasyncSync(file)
  closeSync(file)
}

export function replace(path: string, text: string): void {
  const file = openSync(`${path}.new`, 'w')
  writeSync(file, text)
  fsyncSync(file)
  closeSync(file)
  renameSync(`${path}.new`, path)
}
