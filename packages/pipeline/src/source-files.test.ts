import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findSourceFiles, hashSourceFile } from './source-files.ts'

let folder: string
let mesh: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-source-'))
  mesh = join(folder, 'mesh')
  await mkdir(join(mesh, 'data', 'more'), { recursive: true })
  await mkdir(join(folder, 'node_modules', 'weather', 'data'), { recursive: true })
  await mkdir(join(folder, 'node_modules', '@acme', 'tides'), { recursive: true })
  for (const [path, text] of Object.entries({
    'secret.txt': 'secret', 'mesh/data/b.csv': 'b', 'mesh/data/a.csv': 'a', 'mesh/data/c.json': 'c', 'mesh/data/more/d.csv': 'd',
    'node_modules/weather/data/rain.csv': 'r', 'node_modules/@acme/tides/high.csv': 'h', 'node_modules/weather.txt': 'no',
  })) await writeFile(join(folder, path), text)
  await symlink(join(folder, 'secret.txt'), join(mesh, 'data', 'leak.txt'))
  await symlink(folder, join(mesh, 'out'))
  await symlink(join(mesh, 'data', 'a.csv'), join(mesh, 'data', 'inside.link'))
  await symlink('loop', join(mesh, 'loop'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const find = (path: string) => findSourceFiles(mesh, { port: 'orders.drop', path })

describe('the path of a file input port', () => {
  it.each([
    ['data/a.csv', ['data/a.csv']],
    ['data/*.csv', ['data/a.csv', 'data/b.csv']],
    ['data/**/*.csv', ['data/a.csv', 'data/b.csv', 'data/more/d.csv']],
    ['data/{a,b}.csv', ['data/a.csv', 'data/b.csv']],
    ['data/inside.link', ['data/inside.link']],
    ['npm:weather/data/rain.csv', ['npm:weather/data/rain.csv']],
    ['npm:@acme/tides/*.csv', ['npm:@acme/tides/high.csv']],
  ])('%s finds its files, by name', async (path, shown) => {
    const found = await find(path)
    expect(found.ok && found.value.map((file) => file.shown)).toEqual(shown)
  })

  it.each([
    ['../secret.txt', 'it climbs out of the folder'],
    ['data/../../secret.txt', 'it climbs out of the folder'],
    ['/etc/passwd', 'it is an absolute path'],
    ['C:/secret.txt', 'it is an absolute path'],
    ['data\\..\\secret.txt', 'the path holds a character that no path of a mesh has'],
    ['data/a.csv\0.txt', 'the path holds a character that no path of a mesh has'],
    ['data/leak.txt', 'it leads out of the folder through a link'],
    ['data/*.txt', 'it leads out of the folder through a link'],
    ['out/secret.txt', 'it leads out of the folder through a link'],
    ['npm:weather/../weather.txt', 'it climbs out of the folder'],
    ['npm:../secret.txt', 'a package path reads npm:<package>/<path>'],
    ['npm:weather', 'a package path reads npm:<package>/<path>'],
  ])('%j is refused', async (path, why) => {
    const found = await find(path)
    expect(found).toMatchObject({ ok: false, diagnostics: [{ code: 'source-outside', message: `orders.drop may not read "${path}": ${why}.` }] })
  })

  it.each([
    ['data/none.csv', 'source-missing', 'orders.drop finds no file at "data/none.csv".'],
    ['data/*.parquet', 'source-missing', 'orders.drop finds no file at "data/*.parquet".'],
    ['data', 'source-missing', 'orders.drop finds no file at "data".'],
    ['loop', 'source-missing', 'orders.drop finds no file at "loop".'],
    ['npm:missing/x.csv', 'source-package-missing', 'orders.drop reads from the npm package "missing", which is not installed.'],
  ])('%s is a missing source', async (path, code, message) => {
    expect(await find(path)).toMatchObject({ ok: false, diagnostics: [{ code, message }] })
  })

  it('the same content has the same fingerprint, whenever it was touched and whatever it is called', async () => {
    const file = { path: join(mesh, 'data/a.csv'), shown: 'data/a.csv' }
    const before = await hashSourceFile(file, 'p')
    await utimes(file.path, 1, 1)
    const after = await hashSourceFile({ ...file, shown: 'else' }, 'p')
    expect(before.ok && after.ok && before.value.sha256 === after.value.sha256).toBe(true)
    expect(before.ok && before.value.bytes).toBe(1)
  })
})
