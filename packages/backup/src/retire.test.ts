import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import { valueOf } from '@tulle/store/testing'
import { contentPath } from './contents.ts'
import { contentsOf, listBackups, readBackup } from './manifests.ts'
import { retireBackups } from './retire.ts'
import type { Retired } from './retire.ts'
import type { BackupRig } from './testing/backup-rig.ts'
import { backupRig } from './testing/backup-rig.ts'
import type { Place } from './types.ts'
import { verifyBackups } from './verify.ts'

const orders = { namespace: 'sales', name: 'orders' }
const SECRET = 'PLANTED-IN-AN-OLD-BACKUP'
const NEEDS = [{ table: 'erasure_suppression', path: 'secrets/ana' }]

let rig: BackupRig
beforeAll(async () => {
  rig = await backupRig()
})
afterAll(() => rig?.[Symbol.asyncDispose]())

const codes = (result: Result<unknown>): readonly string[] => (result.ok ? ['ok'] : result.diagnostics.map(({ code }) => code))
const signal = new AbortController().signal
const retire = (place: Place, before: string, warehouse = rig.objects.address('')): Promise<Result<Retired>> => retireBackups({ store: rig.store, place, warehouse, before, signal })
const momentNow = async (): Promise<string> => (await rig.store.pool.query<{ at: Date }>("select date_trunc('milliseconds', now()) as at")).rows[0]?.at.toISOString() ?? ''

/** An earlier backup that holds a planted row, a moment at which that is gone, and a later backup without it. */
async function twoBackups(name: string): Promise<{ readonly place: Place; readonly old: string; readonly before: string; readonly late: string }> {
  const place = await rig.place(name)
  await rig.store.db.updateTable('account').set({ display_name: SECRET }).execute()
  await rig.append(orders, `one ${name}`)
  const old = valueOf(await rig.backUp(place)).id
  await rig.store.db.updateTable('account').set({ display_name: 'gone' }).execute()
  await rig.append(orders, `two ${name}`)
  await sleep(5)
  const before = await momentNow()
  return { place, old, before, late: valueOf(await rig.backUp(place)).id }
}

const filesOf = (folder: string): readonly string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
const holdsSecret = ({ folder = '' }: Place): boolean => filesOf(folder).some((file) => readFileSync(file).includes(SECRET))

/** As a process that dies at its nth change of the place. */
function dyingAt(place: Place, nth: number): Place {
  let left = nth
  const step = (): void => {
    left -= 1
    if (left < 0) throw new Error('killed')
  }
  const objects: Objects = new Proxy(place.objects, {
    get: (target, key) => {
      const own = Reflect.get(target, key) as unknown
      if (typeof own !== 'function') return own
      const bound = own.bind(target) as (...args: readonly unknown[]) => unknown
      return key === 'remove' || key === 'create' ? (...args: readonly unknown[]) => {
        step()
        return bound(...args)
      } : bound
    },
  })
  return { ...place, objects }
}

describe('backups from before somebody was erased', () => {
  it('go, with every byte that only they lead to; later ones stay whole and can be restored', async () => {
    const { place, old, before, late } = await twoBackups('cleared')
    expect(holdsSecret(place)).toBe(true)
    expect(valueOf(await retire(place, before))).toMatchObject({ removed: [old], others: 0 })
    expect(valueOf(await listBackups(place))).toEqual([late])
    expect(holdsSecret(place)).toBe(false)
    expect(codes(await verifyBackups(place, { signal }))).toEqual(['ok'])
    const wanted = new Set(contentsOf(valueOf(await readBackup(place)).manifest).map(([, { sha256 }]) => contentPath(sha256)))
    expect(new Set(filesOf(join(place.folder ?? '', 'objects')).map((file) => file.slice((place.folder ?? '').length + 1)))).toEqual(wanted)
    expect(valueOf(await rig.restore(place)).id).toBe(late)
    expect(valueOf(await retire(place, before)).removed).toEqual([])
  })

  it('are refused by a restore even where somebody puts their manifest and bytes back', async () => {
    const { place, old, before } = await twoBackups('put-back')
    const kept = filesOf(place.folder ?? '').map((file) => [file, readFileSync(file)] as const)
    valueOf(await retire(place, before))
    for (const [file, bytes] of kept) writeFileSync(file, bytes)
    expect(codes(await rig.restore(place, { backup: old }))).toEqual(['backup-retired'])
  })

  it('are refused where what says so cannot be read', async () => {
    const { place, before } = await twoBackups('unreadable')
    valueOf(await retire(place, before))
    for (const file of filesOf(join(place.folder ?? '', 'retired'))) writeFileSync(file, '{}')
    expect(codes(await rig.restore(place))).toEqual(['backup-damaged'])
  })

  it('of another warehouse are left alone, and counted', async () => {
    const { place, old, late, before } = await twoBackups('shared')
    expect(valueOf(await retire(place, before, 'file:///somewhere/else/'))).toMatchObject({ removed: [], others: 1 })
    expect(valueOf(await listBackups(place))).toEqual([late, old])
    expect(codes(await verifyBackups(place, { signal }))).toEqual(['ok'])
  })

  it('are gone whoever is killed wherever in between: none is ever seen broken, and the next try ends it', async () => {
    const { place, before, late } = await twoBackups('killed')
    let deaths = 0
    for (let nth = 0; nth < 200; nth += 1) {
      const died = await retire(dyingAt(place, nth), before).then(() => false, () => true)
      expect(codes(await verifyBackups(place, { signal }))).toEqual(['ok'])
      if (!died) break
      deaths += 1
    }
    expect(deaths).toBeGreaterThan(2)
    expect([holdsSecret(place), valueOf(await listBackups(place))]).toEqual([false, [late]])
  })

  it('control: who takes bytes before manifests is seen to break a backup', async () => {
    const { place, old } = await twoBackups('careless')
    const { manifest } = valueOf(await readBackup(place, old))
    const [, first] = contentsOf(manifest)[0] ?? []
    valueOf(await place.objects.remove(place.objects.address(contentPath(first?.sha256 ?? ''))))
    expect(codes(await verifyBackups(place, { signal }))).toContain('backup-object-damaged')
  })

  it('wait while another one is made', async () => {
    const { place, before } = await twoBackups('busy')
    let during: Promise<Result<unknown>> | undefined
    valueOf(await rig.backUp(place, { tell: () => { during ??= retire(place, before) } }))
    expect(codes(await (during as Promise<Result<unknown>>))).toEqual(['backup-in-progress'])
  })
})

describe('a backup of a mesh that keeps erased persons out', () => {
  it('is restored only with the secret of their digests: its own, or the very file', async () => {
    const home = { folder: rig.home, files: [] as string[] }
    const free = await rig.place('nobody')
    valueOf(await rig.backUp(free, { home, needs: NEEDS }))
    expect(valueOf(await readBackup(free)).manifest.needs).toBeUndefined()

    await rig.store.db.insertInto('erasure_suppression').values({ key_name: 'email', digest: 'd', erasure_id: 'e' }).execute()
    const bare = await rig.place('bare')
    valueOf(await rig.backUp(bare, { home, needs: NEEDS }))
    expect(codes(await rig.restore(bare))).toEqual(['restore-secret-missing'])
    const other = join(rig.folder, 'other-secret')
    writeFileSync(other, 'another\n')
    expect(codes(await rig.restore(bare, { secrets: [other, '/not/there'] }))).toEqual(['restore-secret-missing'])
    const { home: restored } = valueOf(await rig.restore(bare, { secrets: [other, join(rig.home, 'secrets/ana')] }))
    expect(readFileSync(join(restored, 'secrets/ana'), 'utf8')).toBe('not-a-default\n')

    const whole = await rig.place('with-secrets')
    valueOf(await rig.backUp(whole, { home: { folder: rig.home, files: ['secrets/ana'] }, needs: NEEDS }))
    expect(codes(await rig.restore(whole))).toEqual(['ok'])
  })
})
