// One file that may be written again, and never over one of others. It is there whole or not at all.

import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'

/** How every file of an export begins, behind what makes it a comment. */
const MARK = 'Written by "tulle export'
const LONGEST = 3 + MARK.length

export function writeExport(folder: string, name: string, text: string, mode = 0o666): Result<string> {
  const file = join(folder, name)
  const waiting = `${file}.${process.pid}`
  try {
    if (existsSync(file) && !beginsWithMark(file)) return fail(messages['not-ours-to-replace']({ file }))
    mkdirSync(folder, { recursive: true })
    writeFileSync(waiting, text, { mode })
    renameSync(waiting, file)
    return ok(file)
  } catch (cause) {
    rmSync(waiting, { force: true })
    return fail(messages['file-unwritable']({ file: (cause as NodeJS.ErrnoException).path ?? file, reason: reasonOf(cause) }))
  }
}

function beginsWithMark(file: string): boolean {
  const head = Buffer.alloc(LONGEST)
  const opened = openSync(file, 'r')
  try {
    const text = head.toString('latin1', 0, readSync(opened, head))
    return ['# ', '-- '].some((comment) => text.startsWith(comment + MARK))
  } finally {
    closeSync(opened)
  }
}
