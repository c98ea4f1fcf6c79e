// The files of a collection as rows: where each stands, what it is, and the hash under which its bytes are kept. A row says
// nothing that the file's bytes and name do not say, so that touching a file, or building a snapshot again, changes nothing.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { canonicalJson, ok, sha256 } from '@tulle/kernel'
import type { FileInputPort } from '@tulle/model'
import { messages } from './messages.ts'
import type { HashedFile } from './source-files.ts'
import { hashSourceFile } from './source-files.ts'
import type { IngestedPort } from './types.ts'

/** The columns of a listing. */
export const LISTING: readonly { readonly name: string; readonly type: string }[] = [
  { name: 'path', type: 'string' }, { name: 'sha256', type: 'string' }, { name: 'bytes', type: 'long' }, { name: 'media_type', type: 'string' },
]

const MOST_BYTES = 10 * 1024 ** 3

/** What is wrong with a collection as a whole. */
export function checkCollection(port: string, files: readonly Pick<HashedFile, 'bytes'>[]): Diagnostic | undefined {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  return bytes > MOST_BYTES ? messages['collection-too-large']({ port, bytes, limit: MOST_BYTES }) : undefined
}

/** Equal exactly when the same files stand in the same places. */
export const collectionFingerprint = (port: FileInputPort, files: readonly Pick<HashedFile, 'shown' | 'sha256'>[]): string =>
  sha256(canonicalJson(files.map((file) => [placeIn(port.path, file.shown), file.sha256])))

/** Writes the listing of files that were copied into a run's folder, as NDJSON beside them; answers its path. */
export async function listCollection(port: FileInputPort, inFolder: string, { copies, shown }: IngestedPort): Promise<Result<string>> {
  const lines: string[] = []
  for (const [i, copy] of copies.entries()) {
    const hashed = await hashSourceFile({ path: join(inFolder, copy), shown: shown[i] ?? copy }, port.name)
    if (!hashed.ok) return hashed
    const path = placeIn(port.path, hashed.value.shown)
    lines.push(JSON.stringify({ path, sha256: hashed.value.sha256, bytes: hashed.value.bytes, media_type: mediaTypeOf(path) }))
  }
  const file = join(inFolder, `${port.name}.listing.ndjson`)
  // The engine's process may be another user's.
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o644 })
  return ok(file)
}

/** Where a file stands in its collection: below the folder that the port names, or below what its pattern begins with. */
function placeIn(path: string, shown: string): string {
  const names = path.replace(/\/+$/u, '').split('/')
  const pattern = names.findIndex((name) => /[*?[\]{}]/u.test(name))
  if (pattern === 0) return shown
  const fixed = names.slice(0, pattern < 0 ? names.length : pattern).join('/')
  if (shown.startsWith(`${fixed}/`)) return shown.slice(fixed.length + 1)
  return shown.slice(shown.lastIndexOf('/') + 1)
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  svg: 'image/svg+xml', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', avif: 'image/avif', tif: 'image/tiff', tiff: 'image/tiff',
  pdf: 'application/pdf', json: 'application/json', xml: 'application/xml', zip: 'application/zip', gz: 'application/gzip', parquet: 'application/vnd.apache.parquet',
  csv: 'text/csv', txt: 'text/plain', md: 'text/markdown', html: 'text/html', mp3: 'audio/mpeg', wav: 'audio/wav', mp4: 'video/mp4', webm: 'video/webm',
}

/** By the ending alone: what the bytes are is for whoever reads them to find out. */
const mediaTypeOf = (path: string): string => MEDIA_TYPES[/\.([A-Za-z0-9]{1,10})$/u.exec(path)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream'
