// What the disk that loses its power may and may not do, over many returns of the power.

import { describe, expect, it } from 'vitest'
import { EMPTY_DISK, FragileFiles, losePower } from './fragile-files.ts'

let seed = 1
const random = (): number => {
  seed = (seed * 16_807) % 2_147_483_647
  return seed / 2_147_483_647
}
const BYTES = Buffer.from('forty bytes, which are three small blocks')

/** The distinct contents of a file over many returns of the power; undefined: it is not there. */
async function returnsOf(files: FragileFiles, path: string): Promise<ReadonlySet<string | undefined>> {
  const found = new Set<string | undefined>()
  for (let power = 0; power < 300; power += 1) {
    const after = new FragileFiles(losePower(files.disk, random), { random })
    found.add(await after.read(path).then((bytes) => Buffer.from(bytes).toString('latin1'), () => undefined))
  }
  return found
}

async function disk(): Promise<FragileFiles> {
  const files = new FragileFiles(EMPTY_DISK, { random })
  await files.makeFolder('/a')
  await files.syncFolder('')
  await files.write('/a/x', BYTES)
  return files
}

describe('a disk that loses its power', () => {
  it('keeps what was synced, file and folder', async () => {
    const files = await disk()
    await files.syncFile('/a/x')
    await files.syncFolder('/a')
    expect([...await returnsOf(files, '/a/x')]).toEqual([BYTES.toString()])
  })

  it('may lose a name in a folder that was not synced, though the file was', async () => {
    const files = await disk()
    await files.syncFile('/a/x')
    expect(await returnsOf(files, '/a/x')).toEqual(new Set([undefined, BYTES.toString()]))
  })

  it('may keep the name of a file whose bytes are gone, torn or there', async () => {
    const files = await disk()
    await files.syncFolder('/a')
    const found = [...await returnsOf(files, '/a/x')] as string[]
    expect(found).toEqual(expect.arrayContaining(['', BYTES.toString()]))
    expect(found.some((text) => text !== '' && text.length < BYTES.length && BYTES.toString().startsWith(text))).toBe(true)
    expect(found.some((text) => text.length === BYTES.length && text.includes('\0'))).toBe(true)
  })

  it('may undo the removal of one name and keep that of another', async () => {
    const files = await disk()
    await files.link('/a/x', '/a/y')
    await files.syncFile('/a/x')
    await files.syncFolder('/a')
    for (const name of ['/a/x', '/a/y']) await files.unlink(name)
    const seen = new Set<string>()
    for (let power = 0; power < 100; power += 1) {
      const entries = await new FragileFiles(losePower(files.disk, random), { random }).entries('/a')
      seen.add(entries.map(({ name }) => name).toSorted().join())
    }
    expect([...seen].toSorted()).toEqual(['', 'x', 'x,y', 'y'])
  })
})
