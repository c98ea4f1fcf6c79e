import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { makeOnce } from './make-once.ts'

const room = mkdtempSync(join(tmpdir(), 'tulle-make-once-'))
afterAll(() => rmSync(room, { recursive: true, force: true }))

const making = (times: string[], pause = 0) => async (half: string): Promise<void> => {
  times.push(half)
  await mkdir(half)
  await new Promise((wake) => setTimeout(wake, pause))
  await writeFile(join(half, 'whole'), 'yes')
}

it('is made by one of all that ask at once, and whole for each of them', async () => {
  const [folder, times] = [join(room, 'one'), [] as string[]]
  await Promise.all(Array.from({ length: 5 }, async () => {
    await makeOnce(folder, making(times, 50))
    expect(readFileSync(join(folder, 'whole'), 'utf8')).toBe('yes')
  }))
  expect(times.length).toBe(1)
  await makeOnce(folder, making(times))
  expect(times.length).toBe(1)
})

it('is made at once where whoever was making it died', async () => {
  const [folder, times] = [join(room, 'orphan'), [] as string[]]
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(`${folder}.making`, String(pid))
  const started = performance.now()
  await makeOnce(folder, making(times))
  expect(times.length).toBe(1)
  expect(performance.now() - started).toBeLessThan(10_000)
})

it('is waited for while whoever makes it lives (the control)', async () => {
  const [folder, times] = [join(room, 'slow'), [] as string[]]
  writeFileSync(`${folder}.making`, String(process.pid))
  const asked = makeOnce(folder, making(times))
  await new Promise((wake) => setTimeout(wake, 300))
  expect(times).toEqual([])
  rmSync(`${folder}.making`)
  await asked
  expect(times.length).toBe(1)
})

it('leaves nothing behind where making fails, and is tried again by the next', async () => {
  const [folder, times] = [join(room, 'failing'), [] as string[]]
  await expect(makeOnce(folder, async (half) => { await mkdir(half); throw new Error('no room') })).rejects.toThrow('no room')
  expect(readdirSync(room).filter((name) => name.startsWith('failing'))).toEqual([])
  await makeOnce(folder, making(times))
  expect(existsSync(join(folder, 'whole'))).toBe(true)
})
