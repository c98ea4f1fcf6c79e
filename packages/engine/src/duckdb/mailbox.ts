// Where a worker lays its large batches: a file without a name that both sides have open. It stays in the page cache, and
// what is read from it goes to memory of the reader's choice; what comes through a pipe comes in thousands of new pieces.
// INVARIANT: each part of it has one user at a time, whom the reader names.

import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** More than a batch has, unless a single row is larger. */
export const PART_BYTES = 8 * 1024 * 1024

/** Less is not worth the way. */
const LEAST = 32 * 1024

/** The descriptor in a worker. */
export const MAILBOX_FD = 4

export interface Mailbox {
  readonly fd: number
  /** A part that nobody uses; `leave` gives it back. */
  enter(): number
  leave(part: number): void
  /** Fills `into` from a part; false where there is not so much. */
  read(part: number, into: Uint8Array): boolean
  close(): void
}

/** `folder` must be ours alone until the worker starts. */
export function openMailbox(folder: string): Mailbox {
  const path = join(folder, 'mailbox')
  let fd: number | undefined = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  const used = new Set<number>()
  return {
    fd,
    enter() {
      let part = 0
      while (used.has(part)) part += 1
      used.add(part)
      return part
    },
    leave: (part) => void used.delete(part),
    read: (part, into) => fd !== undefined && readSync(fd, into, 0, into.length, part * PART_BYTES) === into.length,
    close() {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    },
  }
}

/** The worker's side: lays bytes down; false where they are too few or too many, or cannot be kept. */
export function layDown(part: number, bytes: Uint8Array): boolean {
  if (bytes.length < LEAST || bytes.length > PART_BYTES) return false
  try {
    return writeSync(MAILBOX_FD, bytes, 0, bytes.length, part * PART_BYTES) === bytes.length
  } catch {
    // No disk for it: it goes through the pipe.
    return false
  }
}
