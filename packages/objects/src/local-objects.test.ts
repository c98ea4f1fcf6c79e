// Beside the contract: what only a file system can do to objects.

import { chmod, chown, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Objects, Unfinished } from './types.ts'
import { describeObjects } from './testing/describe-objects.ts'
import { localObjects } from './local-objects.ts'
import { systemFiles } from './files.ts'

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'tulle-objects-'))

describeObjects('a local folder', async () => {
  const folder = await newFolder()
  return { objects: localObjects(join(folder, 'not', 'yet', 'there')), close: () => rm(folder, { recursive: true }) }
})

describe('a local folder', () => {
  let folder: string
  let root: string
  let objects: Objects
  beforeEach(async () => {
    folder = await newFolder()
    root = join(folder, 'root')
    await mkdir(root)
    objects = localObjects(root)
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('does not write through a link that leads out of it', async () => {
    await mkdir(join(folder, 'outside'))
    await symlink(join(folder, 'outside'), join(root, 'door'))
    for (const path of ['door/x', 'door/new/x']) {
      expect(await objects.create(path, Uint8Array.of(1))).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
    }
    expect(await readdir(join(folder, 'outside'))).toEqual([])
  })

  it('does not read or remove through a link that leads out of it', async () => {
    await writeFile(join(folder, 'secret'), 'secret')
    await symlink(join(folder, 'secret'), join(root, 'window'))
    const address = objects.address('window')
    for (const result of [await objects.read(address), await objects.localFile(address), await objects.remove(address)]) {
      expect(result).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
    }
    expect(await readFile(join(folder, 'secret'), 'utf8')).toBe('secret')
  })

  it('works below a root that is itself a link', async () => {
    await symlink(root, join(folder, 'alias'))
    const aliased = localObjects(join(folder, 'alias'))
    const written = await aliased.create('a/x', Uint8Array.of(7))
    expect(written).toMatchObject({ ok: true, value: `file://${folder}/alias/a/x` })
    expect(await aliased.read(aliased.address('a/x'))).toMatchObject({ ok: true })
  })

  it('takes the three spellings of a file address for the same object', async () => {
    await objects.create('a/x', Uint8Array.of(7))
    for (const address of [`file://${root}/a/x`, `file:${root}/a/x`, `${root}/a/x`]) expect(await objects.read(address)).toMatchObject({ ok: true })
    expect(objects.pathOf(`${root}-other/a/x`)).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
  })

  it('lists no unfinished file, and leaves none behind', async () => {
    await objects.create('a/x', Uint8Array.of(1))
    await objects.create('a/x', Uint8Array.of(2))
    expect(await readdir(join(root, 'a'))).toEqual(['x'])
    await writeFile(join(root, 'a', '.tulle-left-by-a-crash'), 'half')
    const listed: string[] = []
    for await (const address of objects.list('')) listed.push(address)
    expect(listed).toEqual([objects.address('a/x')])
  })

  it('knows the unfinished files that a crash left, and discards them', async () => {
    await objects.create('a/x', Uint8Array.of(1))
    await writeFile(join(root, 'a', '.tulle-left'), 'half')
    const left: Unfinished[] = []
    for await (const found of objects.unfinished('a')) left.push(found)
    expect(left).toMatchObject([{ name: objects.address('a/.tulle-left'), bytes: 4 }])
    expect(await left[0]?.discard()).toMatchObject({ ok: true })
    expect(await readdir(join(root, 'a'))).toEqual(['x'])
  })

  it('says what stands in the way of a write', async () => {
    await writeFile(join(root, 'file'), '')
    expect(await objects.create('file/x', Uint8Array.of(1))).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'object-unwritable', message: `file://${root}/file/x cannot be written: a file stands where a folder should be.` }],
    })
  })

  it('does not take a folder that it cannot read for an empty one', async () => {
    const blind = localObjects(root, { ...systemFiles, entries: () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' })) })
    await expect((async () => {
      for await (const address of blind.list('')) expect.fail(address)
    })()).rejects.toMatchObject({ code: 'EIO' })
  })

  it('says that the outcome is unknown where the folder could not be synced', async () => {
    let isBroken = false
    const failing = localObjects(root, {
      ...systemFiles, syncFolder: (at) => (isBroken ? Promise.reject(Object.assign(new Error('no'), { code: 'EIO' })) : systemFiles.syncFolder(at)),
    })
    await failing.create('a/first', Uint8Array.of(1))
    isBroken = true
    expect(await failing.create('a/x', Uint8Array.of(1))).toMatchObject({
      ok: false, diagnostics: [{ code: 'object-outcome-unknown', message: `Whether file://${root}/a/x was written is not known: the disk reports an error.` }],
    })
  })

  it('calls a folder no object', async () => {
    await mkdir(join(root, 'folder'))
    expect(await objects.read(objects.address('folder'))).toMatchObject({ ok: false, diagnostics: [{ code: 'object-missing' }] })
  })

  it('adopts a file of its own user without copying it, readable by others and writable by none of them', async () => {
    const file = join(folder, 'engine.parquet')
    await writeFile(file, 'rows')
    await chmod(file, 0o666)
    await objects.adopt('x', file)
    const [before, after] = [await stat(file), await stat(join(root, 'x'))]
    expect(after.ino).toBe(before.ino)
    expect(after.mode & 0o777).toBe(0o644)
  })

  it.skipIf(process.getuid?.() !== 0)('copies a file of another user, who could go on writing to it', async () => {
    const file = join(folder, 'engine.parquet')
    await writeFile(file, 'rows')
    await chown(file, 65534, 65534)
    await objects.adopt('x', file)
    await link(file, join(folder, 'still-open'))
    await writeFile(file, 'forged')
    expect(await readFile(join(root, 'x'), 'utf8')).toBe('rows')
    expect((await stat(join(root, 'x'))).uid).toBe(0)
  })
})
