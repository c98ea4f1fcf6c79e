// The texts of a project's folder: SQL, YAML, Markdown, CSV and Python, never through a link out of it.

import { statSync } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { ProjectFiles } from '../types.ts'

const READ = /\.(?:sql|ya?ml|md|csv|py)$/u
const SKIPPED = new Set(['node_modules', 'target', 'logs', 'dbt_internal_packages'])
const MOST_FILES = 200_000
const LARGEST = 50_000_000
const DEEPEST = 30
const AT_ONCE = 64
/** Files that are looked at before others get their turn: some milliseconds. */
const IN_ONE_GO = 1_000

/** What was read of a file before, by its path: a file of the same size and time is not read again. */
export type FolderMemory = Map<string, { readonly stamp: string; readonly text: string }>

export async function readProjectFolder(folder: string, memory: FolderMemory = new Map()): Promise<Result<ProjectFiles>> {
  let root: string
  try {
    root = await realpath(folder)
  } catch {
    return fail(messages['dbt-no-project']({ folder }))
  }
  const paths: string[] = []
  await list(root, '', 0, paths)
  if (paths.length > MOST_FILES) return fail(messages['dbt-file-limit']({ file: folder, limit: 'files', most: MOST_FILES }))
  paths.sort()
  const texts = Array.from<string | undefined>({ length: paths.length })
  let next = 0
  let tooLarge: string | undefined
  const work = async (): Promise<void> => {
    for (let i = next++; i < paths.length; i = next++) {
      const path = paths[i] as string
      // To ask and wait takes five times as long as to look, ten thousand times.
      const { size, mtimeMs } = statSync(`${root}${sep}${path}`)
      if (i % IN_ONE_GO === 0) await setImmediate()
      if (size > LARGEST) {
        tooLarge ??= path
        continue
      }
      const stamp = `${size}-${mtimeMs}`
      const before = memory.get(path)
      const text = before?.stamp === stamp ? before.text : await readFile(join(root, path), 'utf8')
      if (before?.stamp !== stamp) memory.set(path, { stamp, text })
      texts[i] = text
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (tooLarge !== undefined) return fail(messages['dbt-file-limit']({ file: tooLarge, limit: 'bytes', most: LARGEST }))
  return ok(new Map(paths.map((path, i) => [path, texts[i] ?? ''])))
}

async function list(root: string, folder: string, depth: number, paths: string[]): Promise<void> {
  if (depth > DEEPEST || paths.length > MOST_FILES) return
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) await list(root, path, depth + 1, paths)
    else if (READ.test(entry.name) && (entry.isFile() || (entry.isSymbolicLink() && (await isInside(root, path))))) paths.push(path)
  }
}

async function isInside(root: string, path: string): Promise<boolean> {
  try {
    const real = await realpath(join(root, path))
    return real.startsWith(`${root}${sep}`) && (await stat(real)).isFile()
  } catch {
    return false
  }
}
