// What a person calls a place → the place, checked: it is ours, of a format that we know, and out of everybody's sight.

import { chmod, mkdir } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import { localObjects } from '@tulle/objects'
import { messages } from './messages.ts'
import type { Place } from './types.ts'

const FORMAT = 1
const MARK = 'tulle-backup.json'

export interface PlaceOptions {
  /** A folder that the place may not lie in, because it goes when that goes. */
  readonly outside?: string
  /** Opens `s3://bucket/prefix`. */
  readonly openBucket?: (address: string) => Promise<Result<Objects>>
}

export async function openPlace(name: string, { outside, openBucket }: PlaceOptions = {}): Promise<Result<Place>> {
  const invalid = (problem: string): Result<Place> => fail(messages['backup-place-invalid']({ place: name.slice(0, 300), problem }))
  if (name.includes('\0') || name.trim() === '') return invalid('it is no path')
  if (name.startsWith('s3://') && openBucket !== undefined) {
    const objects = await openBucket(name)
    return objects.ok ? ok({ name, objects: objects.value }) : objects
  }
  if (/^[a-z][a-z0-9+.-]*:/iu.test(name)) return invalid('only folders and s3:// are known')
  if (!isAbsolute(name)) return invalid('its path is relative')
  const folder = resolve(name)
  if (outside !== undefined && isWithin(folder, outside)) return invalid(`it lies in ${outside}, which it is to outlive`)
  return ok({ name: folder, objects: localObjects(folder), folder })
}

function isWithin(folder: string, parent: string): boolean {
  const path = relative(parent, folder)
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

/** Makes sure that a place can take backups. A place that holds anything else is refused. */
export async function claimPlace(place: Place): Promise<Result<void>> {
  const known = await checkPlace(place)
  if (known.ok || known.diagnostics[0]?.code !== 'backup-missing') return known
  for await (const address of place.objects.list('')) return address === '' ? known : fail(messages['backup-place-taken']({ place: place.name }))
  const closed = await closeFolders(place)
  if (!closed.ok) return closed
  const marked = await place.objects.create(MARK, Buffer.from(`${JSON.stringify({ kind: 'tulle-backup', format: FORMAT })}\n`))
  return marked.ok || marked.diagnostics[0]?.code === 'object-exists' ? ok(undefined) : marked
}

/** Whether backups can be read here. */
export async function checkPlace({ objects, name }: Place): Promise<Result<void>> {
  const file = objects.address(MARK)
  const bytes = await objects.read(file)
  if (!bytes.ok) return bytes.diagnostics[0]?.code === 'object-missing' ? fail(messages['backup-missing']({ place: name })) : bytes
  try {
    const { format } = JSON.parse(Buffer.from(bytes.value).toString('utf8')) as { readonly format?: unknown }
    if (format === FORMAT) return ok(undefined)
    if (typeof format === 'number' && format > FORMAT) return fail(messages['backup-newer']({ file, found: format, known: FORMAT }))
  } catch {
    // Told below, like a format that is none.
  }
  return fail(messages['backup-damaged']({ file, problem: 'it does not say of which format it is' }))
}

/** All data and all verifiers of passwords lie in there, so whoever else may walk into the folder does not see them. */
async function closeFolders({ folder, name }: Place): Promise<Result<void>> {
  if (folder === undefined) return ok(undefined)
  try {
    for (const inner of ['objects', 'backups']) {
      await mkdir(join(folder, inner), { recursive: true, mode: 0o700 })
      await chmod(join(folder, inner), 0o700)
    }
    return ok(undefined)
  } catch (error) {
    return fail(messages['backup-place-unusable']({ place: name, reason: reasonOf(error) }))
  }
}

/** Why, without the file system's own words: those repeat paths. */
export function reasonOf(error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  return REASONS[code] ?? `the system answers ${code}`
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full', EDQUOT: 'the disk quota is used up', EACCES: 'permission is denied', EPERM: 'permission is denied',
  EROFS: 'the file system is read-only', EIO: 'the disk reports an error', ENOTDIR: 'a part of its path is a file', EEXIST: 'a file is in the way',
  ENOENT: 'a part of it is gone', ENOTEMPTY: 'it is not empty',
}
