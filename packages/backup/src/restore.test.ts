import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { localObjects, openS3Objects } from '@tulle/objects'
import { startS3Server } from '@tulle/objects/testing'
import { OBJECT_REMOVAL, tryAdvisoryLock } from '@tulle/store'
import { valueOf } from '@tulle/store/testing'
import type { BackupRig } from './testing/backup-rig.ts'
import { backupRig, contentsOf, isGone } from './testing/backup-rig.ts'
import { contentPath } from './contents.ts'
import { listBackups, readBackup } from './manifests.ts'
import { openPlace } from './open-place.ts'
import { verifyBackups } from './verify.ts'
import type { Place } from './types.ts'

let rig: BackupRig
beforeAll(async () => {
  rig = await backupRig()
  const orders = { namespace: 'sales', name: 'orders' }
  for (const bytes of ['one', 'two', 'three']) await rig.append(orders, bytes)
  await rig.append({ namespace: 'sales', name: 'archived' }, 'old')
  await rig.store.db.updateTable('table_pointer').set({ archived_at: new Date(9) }).where('name', '=', 'archived').execute()
  const { uuid, metadata_location: metadata } = await rig.store.db.selectFrom('table_pointer').selectAll().where('name', '=', 'orders').executeTakeFirstOrThrow()
  const made = { uuid, location: metadata.slice(0, metadata.indexOf('/metadata/')), asOf: { metadata, fingerprint: 'f' } }
  await rig.store.db.insertInto('resource').values({ id: 'd1', kind: 'data-set', ref: 'data-set:sales.orders', product: 'sales', spec: JSON.stringify({ name: 'orders', made }), fingerprint: 'f', archived_at: null, updated_at: new Date(8) }).execute()
})
afterAll(() => rig?.[Symbol.asyncDispose]())

const codes = (result: Result<unknown>): readonly string[] => (result.ok ? ['ok'] : result.diagnostics.map((d) => d.code))
const pointersOf = async () => (await rig.store.db.selectFrom('table_pointer').selectAll().execute())
  .map(({ uuid, namespace, name, metadata_location: metadataLocation }) => ({ name: { namespace, name }, pointer: { uuid, metadataLocation } }))
const placeFile = (place: Place, path: string): string => join(place.folder ?? '', path)
const stop = { signal: new AbortController().signal }

describe('a backup', () => {
  it('restores every row of every table, and every snapshot of every table of the lake, elsewhere', async () => {
    const place = await rig.place('whole')
    const made = valueOf(await rig.backUp(place))
    expect(made).toMatchObject({ tables: 2, objects: expect.any(Number), secrets: false })
    const before = await rig.rows(rig.connectionString)
    expect(Object.values(before).flat().length).toBe(made.rows)
    expect(before['dbos.workflow_status']).toHaveLength(1)
    const restored = valueOf(await rig.restore(place))
    expect(restored).toMatchObject({ id: made.id, moved: true, rows: made.rows, objects: made.objects })
    const [from, to] = [rig.objects.address(''), `file://${restored.home}/warehouse/`]
    expect(await rig.rowsOfHome(restored.home, (text) => text.replaceAll(to, from))).toEqual(before)
    expect(JSON.stringify(await rig.rowsOfHome(restored.home))).not.toContain(from)

    const objects = localObjects(join(restored.home, 'warehouse'))
    const pointers = await pointersOf()
    const moved = pointers.map(({ name, pointer }) => ({ name, pointer: { ...pointer, metadataLocation: pointer.metadataLocation.replace(from, to) } }))
    const served = await contentsOf(objects, moved)
    expect(Object.keys(served)).toHaveLength(4)
    expect(served).toEqual(await contentsOf(rig.objects, pointers))
    expect(readFileSync(join(restored.home, 'logs/audit.jsonl'), 'utf8')).toBe('{"who":"ana"}\n')
    expect(isGone(join(restored.home, 'secrets'))).toBe(true)
  })

  it('restores under the address that the warehouse had, byte by byte', async () => {
    const place = await rig.place('same')
    valueOf(await rig.backUp(place))
    const aside = `${rig.home}.aside`
    await rename(rig.home, aside)
    try {
      expect(valueOf(await rig.restore(place, { home: rig.home })).moved).toBe(false)
      const { manifest } = valueOf(await readBackup(place))
      for (const { path } of manifest.objects) expect(readFileSync(join(rig.home, 'warehouse', path))).toEqual(readFileSync(join(aside, 'warehouse', path)))
      expect(await rig.rowsOfHome(rig.home)).toEqual(await rig.rows(rig.connectionString))
    } finally {
      rmSync(rig.home, { recursive: true, force: true })
      await rename(aside, rig.home)
    }
  })

  it('copies only what is new the second time, and each backup restores what it saw', async () => {
    const place = await rig.place('twice')
    const first = valueOf(await rig.backUp(place))
    const again = valueOf(await rig.backUp(place))
    expect(again).toMatchObject({ newObjects: 0, objects: first.objects })
    await rig.append({ namespace: 'sales', name: 'orders' }, 'four')
    const third = valueOf(await rig.backUp(place))
    // A data file, a manifest, a list and a metadata file; and the rows of the pointers, which have moved.
    expect(third).toMatchObject({ objects: first.objects + 4, newObjects: 5 })
    expect(valueOf(await listBackups(place))).toEqual([third.id, again.id, first.id])
    expect(valueOf(await rig.restore(place, { backup: first.id })).objects).toBe(first.objects)
  })

  it('takes views along: their file, which says where they lie', async () => {
    const view = 'p1/view-1/metadata/00001-x.metadata.json'
    const address = valueOf(await rig.objects.create(view, Buffer.from(JSON.stringify({ 'format-version': 1, location: rig.objects.address('p1/view-1') }))))
    await rig.store.db.insertInto('table_pointer').values({ uuid: randomUUID(), kind: 'view', namespace: 'free', name: 'recent', metadata_location: address, version: '1', archived_at: null }).execute()
    const place = await rig.place('views')
    valueOf(await rig.backUp(place))
    const { home } = valueOf(await rig.restore(place))
    expect(JSON.parse(readFileSync(join(home, 'warehouse', view), 'utf8'))).toEqual({ 'format-version': 1, location: `file://${home}/warehouse/p1/view-1` })
    expect(JSON.stringify((await rig.rowsOfHome(home))['public.table_pointer'])).toContain(`file://${home}/warehouse/${view}`)
    await rig.store.db.deleteFrom('table_pointer').where('kind', '=', 'view').execute()
  })

  it('leaves behind by which a home is told from its copy, so that a copy does not pass for the home', async () => {
    await rig.store.db.insertInto('cold_holder').values({ id: 'the-first-home' }).execute()
    const place = await rig.place('holder')
    valueOf(await rig.backUp(place))
    expect(valueOf(await readBackup(place)).manifest.state.tables.map(({ name }) => name)).not.toContain('cold_holder')
    const { home } = valueOf(await rig.restore(place))
    expect(JSON.stringify(await rig.rowsOfHome(home))).not.toContain('the-first-home')
    await rig.store.db.deleteFrom('cold_holder').execute()
  })

  it('shares no bytes with the warehouse', async () => {
    const place = await rig.place('apart')
    valueOf(await rig.backUp(place))
    const { manifest } = valueOf(await readBackup(place))
    for (const { path, sha256 } of manifest.objects) {
      expect(statSync(join(rig.home, 'warehouse', path)).ino).not.toBe(statSync(placeFile(place, contentPath(sha256))).ino)
    }
  })

  it('keeps everybody else out, and takes secrets along only when asked', async () => {
    const place = await rig.place('closed')
    const made = valueOf(await rig.backUp(place, { home: { folder: rig.home, files: ['secrets/ana'] } }))
    expect(made.secrets).toBe(true)
    for (const inner of ['objects', 'backups']) expect(statSync(placeFile(place, inner)).mode & 0o777).toBe(0o700)
    const { home } = valueOf(await rig.restore(place))
    expect(statSync(join(home, 'secrets/ana')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(home, 'secrets/ana'), 'utf8')).toBe('not-a-default\n')
  })

  it('waits for nobody else to remove objects, and lets nobody remove them meanwhile', async () => {
    const removable = async (): Promise<boolean> => (await tryAdvisoryLock(rig.store, OBJECT_REMOVAL, () => Promise.resolve())).got
    let during: Promise<boolean> | undefined
    valueOf(await rig.backUp(await rig.place('locked'), { tell: () => { during ??= removable() } }))
    expect(await during).toBe(false)
    expect(await removable()).toBe(true)
  })

  it('is refused while another one is being made', async () => {
    let second: Promise<Result<unknown>> | undefined
    valueOf(await rig.backUp(await rig.place('a'), { tell: () => { second ??= rig.place('b').then((place) => rig.backUp(place)) } }))
    expect(codes(await (second as Promise<Result<unknown>>))).toEqual(['backup-in-progress'])
  })

  it('stops where it is told to, leaves earlier ones as they were, and the next one goes on', async () => {
    const place = await rig.place('stopped')
    const first = valueOf(await rig.backUp(place))
    await rig.append({ namespace: 'sales', name: 'orders' }, 'five')
    const stopping = new AbortController()
    const stopped = await rig.backUp(place, { signal: stopping.signal, tell: ({ phase, done }) => { if (phase === 'objects' && done > 4) stopping.abort() } })
    expect(codes(stopped)).toEqual(['backup-stopped'])
    expect(valueOf(await listBackups(place))).toEqual([first.id])
    expect(readdirSync(place.folder ?? '').toSorted()).toEqual(['backups', 'objects', 'tulle-backup.json'])
    valueOf(await rig.backUp(place))
    expect(codes(await verifyBackups(place, stop))).toEqual(['ok'])
  })

  it('is not made where an object is gone: nothing is left out in silence', async () => {
    await rig.append({ namespace: 'sales', name: 'broken' }, 'gone')
    const { metadata_location: metadata } = await rig.store.db.selectFrom('table_pointer').selectAll().where('name', '=', 'broken').executeTakeFirstOrThrow()
    const data = join(metadata.slice('file://'.length, metadata.indexOf('/metadata/')), 'data')
    const file = join(data, readdirSync(data)[0] ?? '')
    const bytes = readFileSync(file)
    rmSync(file)
    expect(codes(await rig.backUp(await rig.place('incomplete')))).toEqual(['object-missing'])
    expect(codes(await readBackup(await rig.place('incomplete')))).toEqual(['backup-missing'])
    writeFileSync(file, bytes)
  })
})

describe('a place', () => {
  it.each([
    ['relative/folder', 'its path is relative'], ['ftp://host/x', 'only folders and s3:// are known'], ['', 'it is no path'], ['/a\0b', 'it is no path'],
    ['/srv/home/warehouse', 'it lies in /srv/home, which it is to outlive'], ['/srv/home', 'it lies in /srv/home, which it is to outlive'],
  ])('is not %j', async (name, problem) => {
    const opened = await openPlace(name, { outside: '/srv/home' })
    expect(opened.ok ? [] : opened.diagnostics.map((d) => d.message)).toEqual([`"${name}" is no place for backups: ${problem}.`])
  })

  it('that holds other things is left alone', async () => {
    const place = await rig.place('taken')
    await mkdir(place.folder ?? '')
    await writeFile(placeFile(place, 'thesis.doc'), 'years of work')
    expect(codes(await rig.backUp(place))).toEqual(['backup-place-taken'])
    expect(readdirSync(place.folder ?? '')).toEqual(['thesis.doc'])
  })

  it('of a newer format is refused', async () => {
    const place = await rig.place('newer')
    await mkdir(place.folder ?? '')
    await writeFile(placeFile(place, 'tulle-backup.json'), '{"kind":"tulle-backup","format":2}')
    expect(codes(await rig.backUp(place))).toEqual(['backup-newer'])
    expect(codes(await rig.restore(place))).toEqual(['backup-newer'])
  })

  it('that is a file is refused', async () => {
    await writeFile(join(rig.folder, 'file'), '')
    expect(codes(await rig.backUp(await rig.place('file')))).toEqual(['backup-place-unusable'])
  })
})

describe('a restore', () => {
  const damaged = async (name: string, damage: (place: Place, manifest: Awaited<ReturnType<typeof manifestOf>>) => void): Promise<readonly string[]> => {
    const place = await rig.place(name)
    valueOf(await rig.backUp(place))
    damage(place, await manifestOf(place))
    const home = join(rig.folder, 'restored', name)
    const result = codes(await rig.restore(place, { home }))
    expect(isGone(home)).toBe(true)
    expect(readdirSync(rig.folder).concat(readdirSync(join(rig.folder, 'restored'))).filter((entry) => entry.includes('.restoring-'))).toEqual([])
    return [...result, ...codes(await verifyBackups(place, stop))]
  }
  const manifestOf = async (place: Place) => valueOf(await readBackup(place)).manifest
  const manifestFile = (place: Place): string => placeFile(place, `backups/${readdirSync(placeFile(place, 'backups'))[0]}`)
  const flip = (file: string): void => {
    const bytes = readFileSync(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    writeFileSync(file, bytes)
  }

  it('of a flipped byte in a data file is refused, and nothing of it is left', async () => {
    expect(await damaged('flipped', (place, { objects }) => flip(placeFile(place, contentPath(objects.find(({ kind }) => kind === 'data')?.sha256 ?? ''))))).toEqual(['backup-object-damaged', 'backup-object-damaged'])
  })
  it('of a missing object is refused', async () => {
    expect(await damaged('missing', (place, { objects }) => rmSync(placeFile(place, contentPath(objects[0]?.sha256 ?? ''))))).toEqual(['backup-object-damaged', 'backup-object-damaged'])
  })
  it('of a flipped byte in the rows of a table is refused', async () => {
    expect(await damaged('rows', (place, { state }) => flip(placeFile(place, contentPath(state.tables.find(({ name }) => name === 'account')?.sha256 ?? ''))))).toEqual(['backup-object-damaged', 'backup-object-damaged'])
  })
  it('of half a manifest is refused', async () => {
    expect(await damaged('half', (place) => truncateSync(manifestFile(place), 1000))).toEqual(['backup-damaged', 'backup-damaged'])
  })
  it('of a flipped byte in a manifest is refused', async () => {
    expect(await damaged('manifest', (place) => flip(manifestFile(place)))).toEqual(['backup-damaged', 'backup-damaged'])
  })

  it('into a home that holds anything is refused', async () => {
    const place = await rig.place('full')
    valueOf(await rig.backUp(place))
    expect(codes(await rig.restore(place, { home: rig.home }))).toEqual(['restore-home-not-empty'])
    const empty = join(rig.folder, 'empty')
    await mkdir(empty)
    expect(codes(await rig.restore(place, { home: empty }))).toEqual(['ok'])
  })

  it('into a database that holds anything is refused', async () => {
    const place = await rig.place('database')
    valueOf(await rig.backUp(place))
    const home = join(rig.folder, 'restored/database')
    expect(codes(await rig.restore(place, { home, databaseUrl: rig.connectionString }))).toEqual(['restore-database-not-empty'])
    expect(isGone(home)).toBe(true)
  })

  it('of a backup that is not there is refused', async () => {
    expect(codes(await rig.restore(await rig.place('nowhere')))).toEqual(['backup-missing'])
    const place = await rig.place('here')
    valueOf(await rig.backUp(place))
    expect(codes(await rig.restore(place, { backup: '20200101T000000Z-0123456789abcdef' }))).toEqual(['backup-missing'])
  })

  it('that is stopped leaves nothing', async () => {
    const place = await rig.place('abandoned')
    valueOf(await rig.backUp(place))
    const stopping = new AbortController()
    const home = join(rig.folder, 'restored/abandoned')
    expect(codes(await rig.restore(place, { home, signal: stopping.signal, tell: ({ done }) => { if (done > 3) stopping.abort() } }))).toEqual(['restore-stopped'])
    expect(isGone(home)).toBe(true)
  })
})

describe('a place in a bucket', () => {
  it('takes backups, only what is new the second time, and gives them back', async () => {
    const server = await startS3Server()
    try {
      const { bucket, region, endpoint, credentials } = server
      const cache = { folder: join(rig.folder, 'bucket-cache'), limitBytes: 1_000_000_000 }
      const openBucket = () => openS3Objects({ bucket, region, endpoint, prefix: 'backups/mesh', style: 'path', credentials: () => credentials, cache })
      const place = valueOf(await openPlace(`s3://${bucket}/backups/mesh`, { openBucket }))
      const first = valueOf(await rig.backUp(place))
      expect(valueOf(await rig.backUp(place))).toMatchObject({ newObjects: 0, objects: first.objects })
      expect(codes(await verifyBackups(place, stop))).toEqual(['ok'])
      expect(valueOf(await rig.restore(place)).objects).toBe(first.objects)
    } finally {
      await server.close()
    }
  })
})
