// Reads and opens the places that workflows may export to: folders, or prefixes of buckets, each under a name.

import { mkdir } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import { localObjects, openS3Objects } from '@tulle/objects'
import { messages } from './messages.ts'
import type { S3Warehouse } from './s3-settings.ts'

const WANT = 'names with a whole path or an s3:// address, such as partners=/srv/partners, with commas between'

/** `TULLE_EXPORT_PLACES`: `name=/path` or `name=s3://bucket/prefix`. */
export function readExportPlaces(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): ReadonlyMap<string, string> {
  const places = new Map<string, string>()
  for (const entry of (environment['TULLE_EXPORT_PLACES'] ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '')) {
    const { name, address } = /^(?<name>[a-zA-Z0-9][a-zA-Z0-9_-]{0,62})=(?<address>.+)$/u.exec(entry)?.groups ?? {}
    if (name === undefined || address === undefined || places.has(name) || !(isAbsolute(address) || address.startsWith('s3://'))) diagnostics.push(messages['bad-setting']({ name: 'TULLE_EXPORT_PLACES', value: entry, want: WANT }))
    else places.set(name, address)
  }
  return places
}

export interface ExportPlacesOptions { readonly places: ReadonlyMap<string, string>; readonly s3At: (address: string) => Result<S3Warehouse>; readonly cacheFolder: string }

export async function openExportPlaces({ places, s3At, cacheFolder }: ExportPlacesOptions): Promise<Result<ReadonlyMap<string, Objects>>> {
  const opened = new Map<string, Objects>()
  for (const [name, address] of places) {
    if (isAbsolute(address)) {
      await mkdir(address, { recursive: true })
      opened.set(name, localObjects(address))
      continue
    }
    const s3 = s3At(address)
    if (!s3.ok) return s3
    const bucket = await openS3Objects({ ...s3.value, cache: { folder: cacheFolder, limitBytes: s3.value.cacheBytes } })
    if (!bucket.ok) return bucket
    opened.set(name, bucket.value)
  }
  return ok(opened)
}
