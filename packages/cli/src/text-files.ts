// Text files that somebody names: read, and written anew, with one word for what stands in the way.

import { readFile, writeFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Answer } from './act.ts'
import { reasonOf } from './home.ts'
import { messages } from './messages.ts'
import type { World } from './types.ts'

export async function readText(world: World, file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(resolve(world.folder, file), 'utf8'))
  } catch (cause) {
    return fail(messages['file-unreadable']({ file, reason: reasonOf(cause) }))
  }
}

/** As findings name the file. */
export const shownPath = (world: World, file: string): string => relative(world.folder, resolve(world.folder, file)) || file

/** A text as the answer, or in the new file that `out` names: one that is there already stays as it is. */
export async function textAnswer(world: World, out: string | undefined, text: string): Promise<Result<Answer>> {
  if (out === undefined) return ok({ text: () => text.trimEnd() })
  try {
    await writeFile(resolve(world.folder, out), text, { flag: 'wx' })
    return ok({ text: () => `wrote ${out}` })
  } catch (cause) {
    return fail(messages['file-unwritable']({ file: out, reason: reasonOf(cause) }))
  }
}
