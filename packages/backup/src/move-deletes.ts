// A position delete file of a warehouse that has moved → the same rows with the addresses that its data files have now. Any
// other file of deletes is left as it is: it names no files, or has a form in which they cannot be written here.

import { chmod, copyFile, mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { Engine, EngineProcess, Relation } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { rootSpellings } from '@tulle/lake'
import { quoteLiteral } from '@tulle/sql'

export interface DeleteMover {
  /** Writes the file anew at `to` and answers its length; undefined where it names no files. One at a time, whoever calls. */
  move(file: string, to: string): Promise<Result<number | undefined>>
  close(): Promise<void>
}

interface Moved { readonly from: string; readonly to: string }

/** The columns of a position delete file, by the ids that the format reserves for them. */
const PATH = { fieldId: 2_147_483_546, name: 'file_path', type: 'string' } as const
const POSITION = { fieldId: 2_147_483_545, name: 'pos', type: 'long' } as const
const LIMITS = { memoryMegabytes: 512, threads: 1 }

/** Its process starts when the first file comes. */
export function openDeleteMover(engine: Engine, moved: Moved): DeleteMover {
  let room: Promise<Result<Room>> | undefined
  let last: Promise<unknown> = Promise.resolve()
  return {
    move: (file, to) => {
      const next = last.then(async () => {
        room ??= openRoom(engine)
        const opened = await room
        return opened.ok ? moveIn(opened.value, { file, to, moved }) : opened
      })
      last = next.catch(() => undefined)
      return next
    },
    close: async () => {
      await last
      const opened = await room
      if (opened?.ok !== true) return
      await opened.value.process.kill()
      await rm(opened.value.folder, { recursive: true, force: true })
    },
  }
}

/** A process, and a folder by which it and we hand files to each other: it may not enter the place of a backup. */
interface Room { readonly process: EngineProcess; readonly folder: string }

async function openRoom(engine: Engine): Promise<Result<Room>> {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-moving-'))
  await chmod(folder, 0o711)
  const inside = join(folder, 'in')
  await mkdir(inside)
  await chmod(inside, 0o755)
  const process = await engine.start({ readPaths: [inside], writePaths: [join(folder, 'out')], ...LIMITS })
  if (process.ok) return ok({ process: process.value, folder })
  await rm(folder, { recursive: true, force: true })
  return process
}

async function moveIn({ process, folder }: Room, { file, to, moved }: { readonly file: string; readonly to: string; readonly moved: Moved }): Promise<Result<number | undefined>> {
  const name = `${randomUUID()}.parquet`
  const [placed, written] = [join(folder, 'in', name), join(folder, 'out', name)]
  try {
    await copyFile(file, placed)
    await chmod(placed, 0o644)
    if (!(await isParquet(placed))) return ok(undefined)
    const relation: Relation = { schema: 'moving', name: 'deletes', columns: [PATH, POSITION], files: [{ path: placed }] }
    const defined = await process.define([relation])
    if (!defined.ok) return defined
    const query = `SELECT ${movedPath(moved)} AS ${PATH.name}, ${POSITION.name} FROM moving.deletes WHERE ${PATH.name} IS NOT NULL AND ${POSITION.name} IS NOT NULL ORDER BY ALL`
    const done = await process.write(query, { path: written, fieldIds: { [PATH.name]: PATH.fieldId, [POSITION.name]: POSITION.fieldId } })
    if (!done.ok) return done
    if (done.value.rows === 0) return ok(undefined)
    await copyFile(written, to)
    return ok(done.value.bytes)
  } finally {
    for (const path of [placed, written]) await rm(path, { force: true })
  }
}

/** What stands elsewhere than in the old warehouse stays as it is. */
function movedPath({ from, to }: Moved): string {
  const cases = rootSpellings(from).map((root) => `WHEN starts_with(${PATH.name}, ${quoteLiteral(root)}) THEN ${quoteLiteral(to)} || substr(${PATH.name}, ${[...root].length + 1})`)
  return `CASE ${cases.join(' ')} ELSE ${PATH.name} END`
}

async function isParquet(file: string): Promise<boolean> {
  await using handle = await open(file, 'r')
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
  return buffer.toString('latin1') === 'PAR1'
}
