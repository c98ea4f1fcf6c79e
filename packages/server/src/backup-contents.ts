// What a backup of this house is made of: the record of who read what belongs to what was acknowledged; logs, caches and folders of
// work do not.

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupOptions } from '@tulle/backup'
import { keptObjects } from '@tulle/providers'
import type { House } from './house.ts'
import { SHREDDING_SECRET } from './shredding-room.ts'

const ALWAYS = ['audit']
/** Their files alone: the folder with the keys of erasures under way stays behind. */
const SECRETS = ['secrets', 'tls']

export async function backupContents({ store, lake, clock, settings }: Pick<House, 'store' | 'lake' | 'clock' | 'settings'>, withSecrets: boolean): Promise<Omit<BackupOptions, 'place' | 'signal' | 'tell'>> {
  const folder = settings.home
  const files = (await Promise.all([...ALWAYS, ...(withSecrets ? SECRETS : [])].map(async (inner) => (await readdir(join(folder, inner), { withFileTypes: true })).filter((one) => one.isFile() && (inner !== 'audit' || /^[0-9]{12}\.jsonl$/u.test(one.name))).map(({ name }) => `${inner}/${name}`)))).flat()
  return {
    store, objects: lake.objects, clock, version: settings.version, beside: keptObjects,
    home: { folder, files },
    // A key of keys that a secret store has is not in the home.
    needs: [{ table: 'erasure_suppression', path: 'secrets/.erasure' }, ...(existsSync(join(folder, SHREDDING_SECRET)) ? [{ table: 'person_key', path: SHREDDING_SECRET }] : [])],
  }
}
