// Opens the objects that all tables are made of, in the home's own folder or in a bucket, and refuses a place in which the
// tables of this home are not.

import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { localObjects, openS3Objects } from '@tulle/objects'
import type { Objects } from '@tulle/objects'
import type { Database } from '@tulle/store'
import { messages } from './messages.ts'
import type { S3Warehouse } from './s3-settings.ts'

export interface WarehouseOptions {
  readonly s3: S3Warehouse | undefined
  readonly folder: string
  readonly cacheFolder: string
  readonly db: Kysely<Database>
}

export async function openWarehouse({ s3, folder, cacheFolder, db }: WarehouseOptions): Promise<Result<Objects>> {
  const opened = s3 === undefined ? ok(localObjects(folder)) : await openS3Objects({ ...s3, cache: { folder: cacheFolder, limitBytes: s3.cacheBytes } })
  if (!opened.ok) return opened
  const known = await db.selectFrom('table_pointer').select('metadata_location').where('archived_at', 'is', null).limit(1).executeTakeFirst()
  if (known !== undefined && !opened.value.pathOf(known.metadata_location).ok) {
    return fail(messages['warehouse-elsewhere']({ warehouse: opened.value.address('').replace(/\/$/u, ''), table: known.metadata_location }))
  }
  return opened
}
