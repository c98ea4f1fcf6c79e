// A folder on disk becomes texts; what may not be read is said, never followed.

import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadMesh, readMeshFolder } from './index.ts'
import { exampleMesh, findingsOf } from './testing/index.ts'

describe('readMeshFolder', () => {
  let root: string
  let folder: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tulle-folder-'))
    folder = join(root, 'mesh')
    await mkdir(folder)
  })
  afterEach(async () => {
    await rm(root, { recursive: true, force: true })
  })
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  const read = async (): Promise<readonly string[]> => {
    const files = await readMeshFolder(folder)
    return files.ok ? [...files.value.keys()] : findingsOf(files)
  }

  it('reads a whole mesh back as it was written', async () => {
    for (const [path, text] of exampleMesh()) await write(path, text)
    const files = await readMeshFolder(folder)
    expect(files.ok && [...files.value].toSorted()).toEqual([...exampleMesh()].toSorted())
    expect(files.ok && loadMesh(files.value).ok).toBe(true)
  })

  it('leaves data, hidden folders and node_modules alone', async () => {
    for (const path of ['mesh.yaml', 'teams/a.yml', 'domains/d/p/models/m.sql', 'README.md', 'data/big.csv', 'data/x.parquet', '.git/config.yaml', '.hidden.yaml', 'node_modules/x/a.yaml']) await write(path, 'a: 1')
    expect(await read()).toEqual(['domains/d/p/models/m.sql', 'mesh.yaml', 'teams/a.yml'])
  })

  it('refuses a YAML file of 50 MB without reading it', async () => {
    await write('mesh.yaml', Buffer.alloc(50_000_000, 'a'))
    expect(await read()).toEqual(['mesh.yaml:1:1 error file-too-large: mesh.yaml has 50.0 MB; a YAML or SQL file of a mesh may have 2.0 MB.'])
  })

  it('refuses bytes that are no UTF-8', async () => {
    await write('mesh.yaml', Buffer.from([0x61, 0x3a, 0x20, 0xe4]))
    expect(await read()).toEqual(['mesh.yaml:1:1 error not-utf8: mesh.yaml is not UTF-8 text.'])
  })

  it('does not follow a link out of the folder, nor one in a circle', async () => {
    await writeFile(join(root, 'secret.yaml'), 'password: x')
    await symlink(join(root, 'secret.yaml'), join(folder, 'mesh.yaml'))
    await symlink(folder, join(folder, 'again'))
    await symlink(join(folder, 'b.yaml'), join(folder, 'a.yaml'))
    await symlink(join(folder, 'a.yaml'), join(folder, 'b.yaml'))
    expect([...(await read())].toSorted()).toEqual([
      'a.yaml:1:1 error file-unreadable: a.yaml cannot be read: its links run in a circle.',
      'b.yaml:1:1 error file-unreadable: b.yaml cannot be read: its links run in a circle.',
      'mesh.yaml:1:1 error link-out-of-folder: mesh.yaml is a link that leads out of the mesh folder.',
    ])
  })

  it('follows a link to a file within the folder', async () => {
    await write('mesh.yaml', 'a: 1')
    await symlink(join(folder, 'mesh.yaml'), join(folder, 'same.yaml'))
    expect(await read()).toEqual(['mesh.yaml', 'same.yaml'])
  })

  it('says that a folder does not exist, or is a file', async () => {
    expect(findingsOf(await readMeshFolder(join(root, 'nowhere')))).toEqual([`- error folder-unreadable: The folder ${join(root, 'nowhere')} cannot be read: it does not exist.`])
    await writeFile(join(root, 'file'), '')
    expect(findingsOf(await readMeshFolder(join(root, 'file')))).toEqual([`- error folder-unreadable: The folder ${join(root, 'file')} cannot be read: it is a file.`])
  })

  it.skipIf(process.getuid?.() === 0)('says which file may not be read', async () => {
    await write('mesh.yaml', 'a: 1')
    await chmod(join(folder, 'mesh.yaml'), 0)
    expect(await read()).toEqual(['mesh.yaml:1:1 error file-unreadable: mesh.yaml cannot be read: you may not read it.'])
  })
})
