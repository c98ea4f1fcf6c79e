// A backup for whoever may administer: made by this server, beside everything else, and followed by the one who asked.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupProgress, Handlers } from '@tulle/api'
import { backUp } from '@tulle/backup'
import type { Place, Progress } from '@tulle/backup'
import { ok } from '@tulle/kernel'
import { keptObjects } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import { openBackupPlace } from '../backup-place.ts'
import type { House } from '../house.ts'
import { require } from './permissions.ts'

export function backupHandlers(house: House): Pick<Handlers<Caller>, 'createBackup'> {
  return {
    createBackup: async ({ place: name, withSecrets }, { subject }, signal) => {
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const { settings } = house
      const place = await openBackupPlace(name, { settings, outside: settings.home, cacheFolder: join(settings.home, 'cache/backups') })
      return place.ok ? ok(progressOf(house, place.value, withSecrets, signal)) : place
    },
  }
}

/** The record of who read what belongs to what was acknowledged; logs, caches and folders of work do not. */
const ALWAYS = ['audit']
/** Their files alone: the folder with the keys of erasures under way stays behind. */
const SECRETS = ['secrets', 'tls']

/** Only the newest word of the work is kept for a slow reader; the last one is never lost. */
async function* progressOf(house: House, place: Place, withSecrets: boolean, signal: AbortSignal): AsyncGenerator<BackupProgress> {
  const folder = house.settings.home
  const files = (await Promise.all([...ALWAYS, ...(withSecrets ? SECRETS : [])].map(async (inner) => (await readdir(join(folder, inner), { withFileTypes: true })).filter((one) => one.isFile() && (inner !== 'audit' || /^[0-9]{12}\.jsonl$/u.test(one.name))).map(({ name }) => `${inner}/${name}`)))).flat()
  let news: Progress | undefined
  let heard = Promise.withResolvers<undefined>()
  const ended = backUp({
    store: house.store, objects: house.lake.objects, place, clock: house.clock, signal, version: house.settings.version,
    beside: keptObjects,
    home: { folder, files },
    tell: (progress) => {
      news = progress
      heard.resolve(undefined)
    },
  })
  let made = await Promise.race([ended, heard.promise])
  while (made === undefined) {
    heard = Promise.withResolvers()
    if (news !== undefined) yield news
    made = await Promise.race([ended, heard.promise])
  }
  if (made.ok) house.log.info('backup made', { place: place.name, id: made.value.id })
  else house.log.warn('backup failed', { place: place.name, code: made.diagnostics[0]?.code ?? '' })
  yield made.ok
    ? { phase: 'done', done: 1, total: 1, bytes: made.value.newBytes, backup: made.value }
    : { phase: 'failed', done: 0, total: 1, bytes: 0, diagnostics: [...made.diagnostics] }
}
