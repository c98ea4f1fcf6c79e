// Files of the mesh folder that were not taken in before. A name with other bytes is a new file.

import { join } from 'node:path'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Drawn, DrawRequest } from '@tulle/sources'
import { seenOf, stateOfSeen } from '@tulle/sources'
import { copyInto } from './sessions.ts'
import { copyName, findSourceFiles, hashSourceFile } from './source-files.ts'
import { messages } from './messages.ts'

/** As `draw` does it for files elsewhere. */
export async function drawLocal(meshFolder: string, { port, settings, before, keys, folder, name }: DrawRequest): Promise<Result<Drawn>> {
  const path = String(settings['path'])
  const seen = seenOf(before)
  const found = await findSourceFiles(meshFolder, { port, path })
  // What was taken in may be cleared away.
  if (!found.ok && !(seen.size > 0 && found.diagnostics.every(({ code }) => code === 'source-missing'))) return found
  const files: Drawn['files'][number][] = []
  for (const file of found.ok ? found.value : []) {
    const hashed = await hashSourceFile(file, port)
    if (!hashed.ok) return hashed
    if (seen.get(file.shown) === hashed.value.sha256) continue
    const copy = copyName(name, files.length, file.shown)
    await copyInto(folder, copy, file.path)
    const again = await hashSourceFile({ path: join(folder, copy), shown: file.shown }, port)
    if (!again.ok) return again
    if (again.value.sha256 !== hashed.value.sha256) return fail(messages['source-changed']({ port, path: file.shown }))
    files.push({ name: copy, shown: file.shown, sha256: hashed.value.sha256, bytes: hashed.value.bytes })
    seen.set(file.shown, hashed.value.sha256)
  }
  const mode = before === undefined ? 'replace' : keys.length > 0 && files.length > 0 ? 'upsert' : 'append'
  return ok({ files, mode, state: stateOfSeen(seen) as Json, told: `Took in ${files.length} new files.` })
}
