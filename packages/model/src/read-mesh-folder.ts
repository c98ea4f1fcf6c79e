// Reads the texts of a mesh folder from disk: YAML and SQL files and models in TypeScript only, never through a link that leads out of the
// folder, never a file that no person wrote.

import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, resultOf } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { MeshFiles } from './types.ts'
import { startOf } from './yaml/locate.ts'
import { MOST_YAML_BYTES } from './yaml/parse-yaml.ts'

const MOST_FILES = 300_000
const DEEPEST_FOLDER = 12
const READS_AT_ONCE = 32
const READ = /\.(ya?ml|sql)$|^domains\/[^/]+\/[^/]+\/models\/[^/]+(?<!\.d)\.ts$/u
const SKIPPED_FOLDERS = new Set(['node_modules'])
/** Of a dbt project also its seeds, its docs and the models that are told to be in another language. */
const READ_IN_PROJECT = /\.(ya?ml|sql|csv|md|py)$/u
const SKIPPED_IN_PROJECT = new Set(['node_modules', 'target', 'logs', 'dbt_internal_packages', 'integration_tests'])

/** The YAML and SQL files below a folder, and what dbt projects in it consist of, by `/`-separated path within it. Hidden folders, node_modules and data files are left alone. */
export async function readMeshFolder(folder: string): Promise<Result<MeshFiles>> {
  const diagnostics: Diagnostic[] = []
  let root: string
  try {
    root = await realpath(folder)
    if (!(await stat(root)).isDirectory()) return fail(messages['folder-unreadable']({ folder, reason: 'it is a file' }))
  } catch (error) {
    return fail(messages['folder-unreadable']({ folder, reason: reasonOf(error) }))
  }
  const paths: string[] = []
  await listFiles({ root, folder: '', depth: 0, isProject: false, paths, diagnostics })
  if (paths.length > MOST_FILES) return fail(messages['too-many-files']({ most: MOST_FILES }))
  const texts = new Map<string, string>()
  const queue = paths.toSorted().values()
  const workers = Array.from({ length: READS_AT_ONCE }, async () => {
    for (const path of queue) {
      const read = await readText(join(root, path), path)
      if (typeof read === 'string') texts.set(path, read)
      else diagnostics.push(read)
    }
  })
  await Promise.all(workers)
  return resultOf(new Map([...texts].toSorted(([a], [b]) => (a < b ? -1 : 1))), diagnostics)
}

interface Walk { readonly root: string; readonly folder: string; readonly depth: number; readonly isProject: boolean; readonly paths: string[]; readonly diagnostics: Diagnostic[] }

async function listFiles(walk: Walk): Promise<void> {
  const { root, folder, depth, paths, diagnostics } = walk
  if (depth > DEEPEST_FOLDER || paths.length > MOST_FILES) return
  let entries
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true })
  } catch (error) {
    diagnostics.push(messages['file-unreadable']({ file: folder === '' ? '.' : folder, reason: reasonOf(error) }))
    return
  }
  const isProject = walk.isProject || (folder.startsWith('domains/') && entries.some((entry) => entry.name === 'dbt_project.yml'))
  const skipped = isProject ? SKIPPED_IN_PROJECT : SKIPPED_FOLDERS
  for (const entry of entries) {
    if (entry.name.startsWith('.') || skipped.has(entry.name)) continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) await listFiles({ ...walk, isProject, folder: path, depth: depth + 1 })
    else if (entry.isSymbolicLink()) await addLink(walk, path)
    else if (entry.isFile() && (isProject ? READ_IN_PROJECT : READ).test(path)) paths.push(path)
  }
}

/** A link to a file within the folder is that file; a link to a folder is not followed, so no walk runs in a circle. */
async function addLink({ root, paths, diagnostics }: Walk, path: string): Promise<void> {
  if (!READ.test(path)) return
  try {
    const target = await realpath(join(root, path))
    if (!target.startsWith(root + sep)) diagnostics.push(messages['link-out-of-folder']({ file: path }, { place: startOf(path) }))
    else if ((await lstat(target)).isFile()) paths.push(path)
  } catch (error) {
    diagnostics.push(messages['file-unreadable']({ file: path, reason: reasonOf(error) }, { place: startOf(path) }))
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function readText(address: string, path: string): Promise<string | Diagnostic> {
  try {
    const { size } = await stat(address)
    if (size > MOST_YAML_BYTES) return messages['file-too-large']({ file: path, bytes: size, most: MOST_YAML_BYTES }, { place: startOf(path) })
    const bytes = await readFile(address)
    try {
      return UTF8.decode(bytes)
    } catch {
      return messages['not-utf8']({ file: path }, { place: startOf(path) })
    }
  } catch (error) {
    return messages['file-unreadable']({ file: path, reason: reasonOf(error) }, { place: startOf(path) })
  }
}

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'it does not exist', EACCES: 'you may not read it', EPERM: 'you may not read it', ELOOP: 'its links run in a circle', ENOTDIR: 'a part of its path is a file', EMFILE: 'too many files are open' }

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  return REASONS[code ?? ''] ?? code ?? 'an unknown fault'
}
