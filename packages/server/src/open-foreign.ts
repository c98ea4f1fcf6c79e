// Opens what the settings let products read of other platforms. Nothing is asked of it yet: a place that is away fails the
// runs that read it, not the start.

import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok, sha256 } from '@tulle/kernel'
import { localObjects, openS3Objects } from '@tulle/objects'
import type { Objects } from '@tulle/objects'
import type { ForeignCatalogues } from '@tulle/pipeline'
import type { ForeignSettings } from './foreign-settings.ts'

export async function openForeign({ hosts, folders, buckets }: ForeignSettings, secret: ForeignCatalogues['secret'], cacheFolder: string): Promise<Result<ForeignCatalogues>> {
  const storage: Objects[] = folders.map((folder) => localObjects(folder))
  for (const bucket of buckets) {
    const cache = { folder: join(cacheFolder, sha256(`${bucket.bucket}/${bucket.prefix}`).slice(0, 16)), limitBytes: bucket.cacheBytes }
    const opened = await openS3Objects({ ...bucket, cache, isOthers: true })
    if (!opened.ok) return opened
    storage.push(opened.value)
  }
  return ok({ hosts, storage, secret })
}
