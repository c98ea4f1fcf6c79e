import { symlinkSync, unlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from '@tulle/kernel'
import { keptFile } from '@tulle/providers'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

const columns = { path: 'string!*', sha256: 'string!', bytes: 'long!', media_type: 'string' }

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'pics/a.svg': '<svg/>', 'pics/deep/b.png': 'b', 'pics/deep/same.svg': '<svg/>', 'pics/.hidden': 'no content', 'pics/no-ending': '', 'other.txt': 'out of reach' })
  await rig.apply({ gallery: { files: { folder: { path: 'pics', format: 'files' } }, dataSets: { pictures: { from: 'folder', columns }, kinds: { columns: { media_type: 'string', files: 'long' }, model: "select media_type, count(*) as files from {{ ref('pictures') }} group by media_type" } } } })
})
afterAll(() => rig?.[Symbol.asyncDispose]())

const listing = (): Promise<readonly unknown[]> => rig.rows('gallery.pictures', 'SELECT path, sha256, bytes, media_type FROM gallery.pictures ORDER BY path')
const row = (path: string, content: string, media_type: string) => ({ path, sha256: sha256(content), bytes: content.length, media_type })
const bytesOf = async (content: string): Promise<string> => {
  const product = await rig.providers.observed('data-product:gallery')
  const { objects } = rig.lake
  return Buffer.from(valueOf(await objects.read(objects.address(keptFile(product?.id ?? '', sha256(content)))))).toString('utf8')
}
const codes = async (): Promise<readonly string[]> => (await rig.run('gallery')).diagnostics.map((d) => d.code)

describe('a collection of files', () => {
  it('is a row per file, and a model may read it', async () => {
    expect(await rig.run('gallery')).toMatchObject({ status: 'succeeded' })
    expect(await listing()).toEqual([row('a.svg', '<svg/>', 'image/svg+xml'), row('deep/b.png', 'b', 'image/png'), row('deep/same.svg', '<svg/>', 'image/svg+xml'), row('no-ending', '', 'application/octet-stream')])
    expect(await rig.rows('gallery.kinds', 'SELECT * FROM gallery.kinds ORDER BY media_type')).toEqual([
      { media_type: 'application/octet-stream', files: 1 }, { media_type: 'image/png', files: 1 }, { media_type: 'image/svg+xml', files: 2 },
    ])
    expect(await bytesOf('<svg/>')).toBe('<svg/>')
  })

  it('is not published anew where a file was only touched, and is where one was moved', async () => {
    const stepOf = async (): Promise<string | undefined> => (await rig.steps((await rig.run('gallery')).runId))[0]?.status
    await rig.write({ 'pics/a.svg': '<svg/>' })
    expect(await stepOf()).toBe('skipped')
    await rm(join(rig.meshFolder, 'pics/deep/b.png'))
    await rig.write({ 'pics/moved.png': 'b' })
    expect(await stepOf()).toBe('succeeded')
    expect((await listing()).map((one) => (one as { path: string }).path)).toEqual(['a.svg', 'deep/same.svg', 'moved.png', 'no-ending'])
  })

  it('keeps the bytes of earlier snapshots', async () => {
    await rm(join(rig.meshFolder, 'pics/moved.png'))
    expect(await rig.run('gallery')).toMatchObject({ status: 'succeeded' })
    expect(JSON.stringify(await listing())).not.toContain('moved')
    expect(await bytesOf('b')).toBe('b')
  })

  it('carries names of any letters, and tells those apart that differ in case', async () => {
    const names = ['Łódź (final).pdf', 'README', 'readme', '\u202egpj.exe', "it's 100% \"new\"; drop.txt"]
    await rig.write(Object.fromEntries(names.map((name) => [`pics/${name}`, name])))
    expect(await rig.run('gallery')).toMatchObject({ status: 'succeeded' })
    const paths = new Set((await listing()).map((one) => (one as { path: string }).path))
    expect(names.filter((name) => !paths.has(name))).toEqual([])
    for (const name of names) await rm(join(rig.meshFolder, 'pics', name))
  })

  it('refuses a name with a line break, and a link out of the folder; what was published stays', async () => {
    const before = await listing()
    await rig.write({ 'pics/two\nlines': 'x' })
    expect(await codes()).toEqual(['collection-name'])
    await rm(join(rig.meshFolder, 'pics/two\nlines'))
    symlinkSync('/etc/hostname', join(rig.meshFolder, 'pics/link'))
    expect(await codes()).toEqual(['source-outside'])
    unlinkSync(join(rig.meshFolder, 'pics/link'))
    expect(await listing()).toEqual(before)
  })

  it.each([['../outside'], ['/etc'], ['pics/../../x']])('is not %s', async (path) => {
    await expect(rig.apply({ gallery: { files: { folder: { path, format: 'files' } }, dataSets: { pictures: { from: 'folder', columns } } } })).rejects.toThrow('file-path-escapes')
  })

  it.each([
    [{ path: 'string!', sha256: 'string!' }, 'has no column bytes'],
    [{ ...columns, bytes: 'string' }, 'its column bytes is string instead of long'],
    [{ ...columns, camera: 'string' }, 'nothing is known of files that could fill its column camera'],
  ])('promises what is known of files: %j', async (declared, problem) => {
    await expect(rig.apply({ gallery: { files: { folder: { path: 'pics', format: 'files' } }, dataSets: { pictures: { from: 'folder', columns: declared } } } })).rejects.toThrow(problem)
  })
})
