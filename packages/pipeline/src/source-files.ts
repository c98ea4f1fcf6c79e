// The path of a file input port to the files that it means. Nothing outside the mesh folder, or the package that the path
// names, is ever found: not by `..`, not by an absolute path, not through a symbolic link.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { glob, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

export interface SourceFile {
  /** Absolute, links resolved. */
  readonly path: string
  /** As the mesh knows it, for people: `data/orders.csv`, `npm:vega-datasets/data/airports.csv`. */
  readonly shown: string
}

export interface HashedFile extends SourceFile { readonly bytes: number; readonly sha256: string }

const MAX_FILES = 10_000
const PACKAGE = /^npm:(?<name>(?:@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*)\/(?<path>.+)$/u
const PATTERN = /[*?[\]{}]/u

interface Port {
  readonly port: string
  readonly path: string
  /** The files are kept as they are; a folder stands for everything in it. */
  readonly isCollection?: boolean
}

/** The files, by name. `port` is only for messages. */
export async function findSourceFiles(meshFolder: string, { port, path, isCollection = false }: Port): Promise<Result<readonly SourceFile[]>> {
  const refuse = (why: string): Result<never> => fail(messages['source-outside']({ port, path: shorten(path), why }))
  const named = PACKAGE.exec(path)?.groups
  if (named === undefined && path.startsWith('npm:')) return refuse('a package path reads npm:<package>/<path>')
  const inner = named?.['path'] ?? path
  const fault = faultOf(inner)
  if (fault !== undefined) return refuse(fault)
  const root = named === undefined ? await realpath(meshFolder).catch(() => undefined) : await findPackage(meshFolder, named['name'] as string)
  if (root === undefined) {
    return named === undefined ? fail(messages['source-missing']({ port, path: shorten(path) })) : fail(messages['source-package-missing']({ port, path: shorten(path), package: named['name'] as string }))
  }
  const found: SourceFile[] = []
  const isFolder = isCollection && !PATTERN.test(inner) && (await stat(join(root, inner)).catch(() => undefined))?.isDirectory() === true
  for await (const match of isFolder ? filesBelow(root, inner) : PATTERN.test(inner) ? glob(inner, { cwd: root }) : [inner]) {
    const fault = isCollection ? nameFault(match) : undefined
    if (fault !== undefined) return fail(messages['collection-name']({ port, path: shorten(match), why: fault }))
    const real = await realpath(join(root, match)).catch(() => undefined)
    if (real === undefined) continue
    if (!isInside(real, root)) return refuse('it leads out of the folder through a link')
    if (!(await stat(real)).isFile()) continue
    found.push({ path: real, shown: named === undefined ? match.split(sep).join('/') : `npm:${named['name'] as string}/${match.split(sep).join('/')}` })
    if (found.length > MAX_FILES) return fail(messages['source-too-many']({ port, path: shorten(path), limit: MAX_FILES }))
  }
  if (found.length === 0) return fail(messages['source-missing']({ port, path: shorten(path) }))
  return ok(found.toSorted((a, b) => (a.shown < b.shown ? -1 : 1)))
}

/** Reads a file once for its fingerprint. Touching it, or moving it elsewhere, does not change what it says. */
export async function hashSourceFile(file: SourceFile, port: string): Promise<Result<HashedFile>> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const chunk of createReadStream(file.path, { highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Buffer)
      bytes += (chunk as Buffer).length
    }
  } catch (error) {
    return fail(messages['source-unreadable']({ port, path: file.shown, why: readingFault(error) }))
  }
  return ok({ ...file, bytes, sha256: hash.digest('hex') })
}

/** What a file of a port is called in a run's folder. It ends as the file does (`.csv.gz`), because engines tell compression by it. */
export const copyName = (port: string, index: number, shown: string): string =>
  `${port}.${index}${/(?:\.[A-Za-z0-9]{1,10}){1,2}$/u.exec(shown)?.[0].toLowerCase() ?? ''}`

/** Why a file cannot be read, without the operating system's own path in it. */
export function readingFault(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it'
  if (code === 'ENOENT') return 'it is gone'
  if (code === 'EISDIR') return 'it is a folder'
  return `the operating system says ${code ?? 'no'}`
}

/** A folder's name may look like a pattern, so it is walked and not matched. Names that begin with a dot are no content. */
async function* filesBelow(root: string, folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue
    const path = `${folder.replace(/\/+$/u, '')}/${entry.name}`
    if (entry.isDirectory()) yield* filesBelow(root, path)
    else yield path
  }
}

/** The name of a kept file travels through rows, URLs and headers. */
function nameFault(path: string): string | undefined {
  if (/[\u0000-\u001f\u007f-\u009f\\]/u.test(path)) return 'it holds a control character or a backslash'
  if (!path.isWellFormed() || path.includes('\ufffd')) return 'it is not UTF-8'
  if (Buffer.byteLength(path) > 1_000) return 'it is longer than 1000 bytes'
  return undefined
}

function faultOf(path: string): string | undefined {
  if (path.includes('\0') || path.includes('\\')) return 'the path holds a character that no path of a mesh has'
  if (path.startsWith('/') || /^[A-Za-z]:/u.test(path)) return 'it is an absolute path'
  if (path.split('/').includes('..')) return 'it climbs out of the folder'
  if (path.length > 1_000) return 'it is longer than 1000 characters'
  return undefined
}

async function findPackage(meshFolder: string, name: string): Promise<string | undefined> {
  for (let folder = await realpath(meshFolder); ; folder = dirname(folder)) {
    const found = await realpath(join(folder, 'node_modules', name)).catch(() => undefined)
    if (found !== undefined || dirname(folder) === folder) return found
  }
}

function isInside(path: string, root: string): boolean {
  const inner = relative(root, path)
  return inner !== '' && inner !== '..' && !inner.startsWith(`..${sep}`)
}

const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)
