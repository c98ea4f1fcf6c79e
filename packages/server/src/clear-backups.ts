// Backups hold what was, and so whoever was erased since. Wherever this mesh has made some and can still reach them, a new one is
// made, and those from before go. Where it cannot, the next backup there does the same.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backUp, listBackups, readBackup, retireBackups } from '@tulle/backup'
import type { Place } from '@tulle/backup'
import type { ClearedPlace } from '@tulle/erasure'
import { ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { openBackupPlace } from './backup-place.ts'
import { backupContents } from './backup-contents.ts'
import type { House } from './house.ts'

type Needs = Pick<House, 'store' | 'lake' | 'clock' | 'settings'>

export function openOwnPlace({ settings }: Pick<House, 'settings'>, name: string): ReturnType<typeof openBackupPlace> {
  return openBackupPlace(name, { settings, outside: settings.home, cacheFolder: join(settings.home, 'cache/backups') })
}

/** Before the first byte is there, for also a backup that was cut off leaves some. */
export async function rememberPlace({ store, clock }: Pick<House, 'store' | 'clock'>, { name }: Place): Promise<void> {
  const now = new Date(clock.now())
  await store.db.insertInto('backup_place').values({ name, first_at: now, last_at: now }).onConflict((c) => c.column('name').doUpdateSet({ last_at: now })).execute()
}

/** After a backup: those from before the last erasure, which may not have reached this place. */
export async function clearPlace(house: Needs, place: Place, signal: AbortSignal): Promise<Result<ClearedPlace>> {
  const last = await house.store.db.selectFrom('erasure').select(({ fn }) => fn.max('settled_at').as('at')).executeTakeFirst()
  if (last?.at === null || last === undefined) return ok({ place: place.name, removed: [] })
  const retired = await whenFree(house, signal, () => retireBackups({ store: house.store, place, warehouse: house.lake.objects.address(''), before: new Date(last.at as Date).toISOString(), signal }))
  return retired.ok ? ok({ place: place.name, removed: retired.value.removed }) : retired
}

/** Every place that is known. `left`: what could not be reached. */
export async function clearBackups(house: Needs, before: string, signal: AbortSignal): Promise<Result<{ readonly cleared: readonly ClearedPlace[]; readonly left: readonly string[] }>> {
  const { store, lake, settings } = house
  const cleared: ClearedPlace[] = []
  const left: string[] = []
  for (const { name } of await store.db.selectFrom('backup_place').select('name').orderBy('name').execute()) {
    const place = await openOwnPlace(house, name)
    const ids = place.ok ? await listBackups(place.value) : place
    if (!place.ok || !ids.ok) {
      left.push(`Backups in ${name} could not be reached. Those from before go with the next backup there: npx tulle backup ${name}`)
      continue
    }
    const warehouse = lake.objects.address('')
    const manifests = (await Promise.all(ids.value.map((id) => readBackup(place.value, id)))).flatMap((read) => (read.ok && read.value.manifest.warehouse === warehouse ? [read.value.manifest] : []))
    const earlier = manifests.filter(({ takenAt }) => takenAt < before)
    let made: string | undefined
    if (earlier.length > 0 && earlier.length === manifests.length) {
      const withSecrets = earlier.some(({ files }) => files.some(({ path }) => path.startsWith('secrets/')))
      const one = await whenFree(house, signal, async () => backUp({ ...await backupContents(house, withSecrets), place: place.value, signal }))
      if (!one.ok) return one
      made = one.value.id
    }
    const retired = await whenFree(house, signal, () => retireBackups({ store, place: place.value, warehouse, before, signal }))
    if (!retired.ok) return retired
    if (retired.value.others > 0) left.push(`${name} also holds ${retired.value.others} backups of another home from before, which were left as they are.`)
    cleared.push({ place: name, removed: retired.value.removed, ...(made !== undefined && { made }) })
  }
  // Copies of what a bucket holds.
  await rm(join(settings.home, 'cache/backups'), { recursive: true, force: true })
  return ok({ cleared, left })
}

const LONGEST_WAIT = 60 * 60_000
const LOOK = 1_000

/** While somebody makes a backup, it cannot be told what nobody needs. */
async function whenFree<T>({ clock }: Pick<House, 'clock'>, signal: AbortSignal, work: () => Promise<Result<T>>): Promise<Result<T>> {
  for (const deadline = clock.now() + LONGEST_WAIT; ; await clock.sleep(LOOK, signal)) {
    const done = await work()
    if (done.ok || done.diagnostics[0]?.code !== 'backup-in-progress' || clock.now() > deadline) return done
  }
}
