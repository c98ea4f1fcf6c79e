// New files into a folder: all of them or none, and never over one that is there. They are written beside the folder's
// own and moved in by rename, so a crash in between leaves at most a hidden folder that nobody reads.

import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import type { NewFile } from './types.ts'

/** Makes `files` below `root`, which need not exist. The paths come back. */
export function writeNewFiles(root: string, files: readonly NewFile[]): Result<readonly string[]> {
  for (const { path } of files) {
    if (!isInside(path)) return fail(messages['bad-parameter']({ name: 'path', value: path, want: 'A file must lie inside the mesh folder.' }))
    if (existsSync(join(root, path))) return fail(messages['name-taken']({ what: path, where: root }))
  }
  const moved: string[] = []
  let staging: string | undefined
  try {
    const rootMade = mkdirSync(root, { recursive: true })
    if (rootMade !== undefined) moved.push(rootMade)
    staging = mkdtempSync(join(root, '.tulle-init-'))
    for (const file of files) {
      const target = join(staging, file.path)
      mkdirSync(dirname(target), { recursive: true })
      if ('text' in file) writeFileSync(target, file.text)
      else copyFileSync(file.copyOf, target)
    }
    moveIn(staging, root, moved)
    rmSync(staging, { recursive: true })
    return ok(files.map((file) => file.path))
  } catch (cause) {
    for (const path of moved.toReversed()) rmSync(path, { recursive: true, force: true })
    if (staging !== undefined) rmSync(staging, { recursive: true, force: true })
    return fail(messages['file-unwritable']({ file: (cause as NodeJS.ErrnoException).path ?? root, reason: reasonOf(cause) }))
  }
}

/** Moves what is not there as a whole, and steps into folders that are. */
function moveIn(from: string, to: string, moved: string[]): void {
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)]
    if (existsSync(target) && statSync(source).isDirectory()) {
      moveIn(source, target, moved)
      rmdirSync(source)
      continue
    }
    if (existsSync(target)) throw Object.assign(new Error('exists'), { code: 'EEXIST', path: target })
    renameSync(source, target)
    moved.push(target)
  }
}

const isInside = (path: string): boolean =>
  !/^[/\\]|[\0\\]|^[A-Za-z]:/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
