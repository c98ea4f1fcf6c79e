// A backup for whoever may administer: made by this server, beside everything else, and followed by the one who asked.

import type { BackupProgress, Handlers } from '@tulle/api'
import { backUp } from '@tulle/backup'
import type { Place, Progress } from '@tulle/backup'
import { ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import { backupContents } from '../backup-contents.ts'
import { clearPlace, openOwnPlace, rememberPlace } from '../clear-backups.ts'
import type { House } from '../house.ts'
import { require } from './permissions.ts'

export function backupHandlers(house: House): Pick<Handlers<Caller>, 'createBackup'> {
  return {
    createBackup: async ({ place: name, withSecrets }, { subject }, signal) => {
      const allowed = require(house, subject, 'administer')
      if (!allowed.ok) return allowed
      const place = await openOwnPlace(house, name)
      return place.ok ? ok(progressOf(house, place.value, withSecrets, signal)) : place
    },
  }
}

/** Only the newest word of the work is kept for a slow reader; the last one is never lost. */
async function* progressOf(house: House, place: Place, withSecrets: boolean, signal: AbortSignal): AsyncGenerator<BackupProgress> {
  let news: Progress | undefined
  let heard = Promise.withResolvers<undefined>()
  const ended = made(house, place, { withSecrets, signal, tell: (progress) => {
    news = progress
    heard.resolve(undefined)
  } })
  let done = await Promise.race([ended, heard.promise])
  while (done === undefined) {
    heard = Promise.withResolvers()
    if (news !== undefined) yield news
    done = await Promise.race([ended, heard.promise])
  }
  if (done.ok) house.log.info('backup made', { place: place.name, id: done.value.id })
  else house.log.warn('backup failed', { place: place.name, code: done.diagnostics[0]?.code ?? '' })
  yield done.ok
    ? { phase: 'done', done: 1, total: 1, bytes: done.value.newBytes, backup: { ...done.value, archives: await countArchives(house) } }
    : { phase: 'failed', done: 0, total: 1, bytes: 0, diagnostics: [...done.diagnostics] }
}

const countArchives = async ({ db }: House): Promise<number> => Number((await db.selectFrom('cold_table').select(({ fn }) => fn.countAll<string>().as('n')).executeTakeFirstOrThrow()).n)

/** A backup, and then none of earlier ones that holds somebody who was erased since. */
async function made(house: House, place: Place, { withSecrets, ...rest }: { readonly withSecrets: boolean; readonly signal: AbortSignal; readonly tell: (progress: Progress) => void }): ReturnType<typeof backUp> {
  const backup = await backUp({ ...await backupContents(house, withSecrets), place, ...rest, begun: () => rememberPlace(house, place) })
  const cleared = backup.ok ? await clearPlace(house, place, rest.signal) : backup
  return cleared.ok ? backup : cleared
}
