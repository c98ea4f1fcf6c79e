import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Engine } from '@tulle/engine'
import { duckdbEngine } from '@tulle/engine'
import type { Sessions } from './types.ts'
import { copyInto, linkInto, openSessions } from './sessions.ts'

let folder: string
let engine: Engine
let sessions: Sessions
const over = new Set<string>(['old'])
beforeAll(async () => {
  folder = await mkdtemp('/tmp/tulle-sessions-')
  await chmod(folder, 0o711)
  engine = duckdbEngine({ folder: join(folder, 'engines') })
  await mkdir(join(folder, 'runs', 'old'), { recursive: true })
  await mkdir(join(folder, 'runs', 'going'), { recursive: true })
  sessions = await openSessions({
    engine, workFolder: join(folder, 'runs'), limits: { memoryMegabytes: 128, threads: 1, stepMilliseconds: 1_000 }, isOver: async (runId) => over.has(runId),
  })
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777

it('what ended runs left behind is removed at the start, what goes on is kept', async () => {
  expect(await readdir(join(folder, 'runs'))).toEqual(['going'])
})

it('a run has one process, and finds its folder again in the next one', async () => {
  const [first, again] = await Promise.all([sessions.of('a'), sessions.of('a')])
  if (!first.ok || !again.ok) throw new Error(JSON.stringify([first, again]))
  expect(again.value.process).toBe(first.value.process)
  await sessions.drop('a')
  const next = await sessions.of('a')
  expect(next.ok && next.value.process.id).not.toBe(first.value.process.id)
  expect(next.ok && next.value.inFolder).toBe(first.value.inFolder)
})

it('the way to the files of a run cannot be listed by others, and what is ours is closed to them', async () => {
  const { inFolder, factsFolder } = await sessions.foldersOf('a')
  expect((await mode(join(folder, 'runs'))).toString(8)).toBe('711')
  expect((await mode(join(folder, 'runs', 'a'))).toString(8)).toBe('711')
  expect(dirname(inFolder)).toMatch(/[0-9a-f]{32}$/u)
  expect((await mode(factsFolder)).toString(8)).toBe('700')
})

it('a linked file shares its bytes, a copied one stays as it was read; both are readable to the process', async () => {
  const { inFolder } = await sessions.foldersOf('a')
  const ours = join(folder, 'ours.parquet')
  await writeFile(ours, 'data', { mode: 0o644 })
  const theirs = join(folder, 'theirs.csv')
  await writeFile(theirs, 'data', { mode: 0o600 })
  const linked = await linkInto(inFolder, 'linked', ours)
  expect(await linkInto(inFolder, 'linked', ours)).toBe(linked)
  const copied = await copyInto(inFolder, 'copied', theirs)
  expect((await stat(linked)).ino).toBe((await stat(ours)).ino)
  expect((await stat(copied)).ino).not.toBe((await stat(theirs)).ino)
  expect((await mode(copied)).toString(8)).toBe('644')
})

it('the folder of a run goes with the run, not with its process', async () => {
  await sessions.release('a')
  expect(await readdir(join(folder, 'runs'))).toContain('a')
  over.add('a')
  await sessions.release('a')
  expect(await readdir(join(folder, 'runs'))).not.toContain('a')
})
