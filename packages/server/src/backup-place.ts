// What a person calls a place for backups → the place: a folder, or a prefix of a bucket that is reached as the settings say.

import { openPlace } from '@tulle/backup'
import type { Place } from '@tulle/backup'
import type { Result } from '@tulle/kernel'
import { openS3Objects } from '@tulle/objects'
import type { Settings } from './settings.ts'

/** `outside`: a folder that the place may not lie in. Copies of a bucket's objects pass through `cacheFolder`. */
export function openBackupPlace(name: string, { settings, cacheFolder, outside }: { readonly settings: Settings; readonly cacheFolder: string; readonly outside?: string }): Promise<Result<Place>> {
  return openPlace(name, {
    ...(outside !== undefined && { outside }),
    openBucket: async (address) => {
      const s3 = settings.s3At(address)
      return s3.ok ? openS3Objects({ ...s3.value, cache: { folder: cacheFolder, limitBytes: s3.value.cacheBytes } }) : s3
    },
  })
}
