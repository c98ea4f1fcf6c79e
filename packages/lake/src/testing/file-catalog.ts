// A catalogue for tests in which several processes commit and are killed: one file per version of all pointers, and
// whoever links the next number first has won. `exists-then-rename` is the control, the way that loses commits.

import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Catalog, Pointer, TableName } from '../types.ts'

type Rows = readonly { readonly name: TableName; readonly pointer: Pointer }[]

export function fileCatalog(folder: string, how: 'link' | 'exists-then-rename' = 'link'): Catalog {
  const read = async (): Promise<{ version: number; rows: Rows }> => {
    await mkdir(folder, { recursive: true })
    const version = Math.max(0, ...(await readdir(folder)).filter((f) => /^\d+$/u.test(f)).map(Number))
    return { version, rows: version === 0 ? [] : (JSON.parse(await readFile(join(folder, String(version)), 'utf8')) as Rows) }
  }
  const is = (a: TableName, b: TableName): boolean => a.namespace === b.namespace && a.name === b.name
  const find = (rows: Rows, name: TableName): Pointer | undefined => rows.find((row) => is(row.name, name))?.pointer
  return {
    list: async (namespace) => (await read()).rows.map((row) => row.name).filter((name) => namespace === undefined || name.namespace === namespace),
    find: async (name) => find((await read()).rows, name),
    swap: async (swaps) => {
      for (;;) {
        const { version, rows } = await read()
        const expected = swaps.every((s) => find(rows, s.name)?.metadataLocation === s.expected?.metadataLocation && find(rows, s.name)?.uuid === s.expected?.uuid)
        if (!expected || swaps.some((s, i) => swaps.findIndex((o) => is(o.name, s.name)) !== i)) return 'conflict'
        const next = [...rows.filter((row) => !swaps.some((s) => is(s.name, row.name))), ...swaps.flatMap((s) => (s.next === undefined ? [] : [{ name: s.name, pointer: s.next }]))]
        if (await place(join(folder, String(version + 1)), JSON.stringify(next), how)) return 'swapped'
      }
    },
  }
}

async function place(path: string, text: string, how: 'link' | 'exists-then-rename'): Promise<boolean> {
  const unfinished = `${path}-${randomUUID()}`
  {
    await using handle = await open(unfinished, 'wx')
    await handle.writeFile(text)
    await handle.sync()
  }
  if (how === 'exists-then-rename') {
    if (existsSync(path)) return false
    // The window that is always there, wide enough to be seen in a short test.
    await pause(25)
    await rename(unfinished, path)
    return true
  }
  const won = await link(unfinished, path).then(() => true, () => false)
  await rm(unfinished)
  await using folder = await open(join(path, '..'), 'r')
  await folder.sync()
  return won
}
