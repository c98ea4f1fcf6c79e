import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram } from '@tulle/kernel/testing'
import { valueOf } from '@tulle/store/testing'
import { listBackups } from './manifests.ts'
import type { BackupRig } from './testing/backup-rig.ts'
import { backupRig } from './testing/backup-rig.ts'
import type { Place } from './types.ts'
import { verifyBackups } from './verify.ts'

const CHILD = await bundledProgram('packages/backup/src/testing/kill-child.ts')
const KILLS = Number(process.env['TULLE_KILLS'] ?? 6)

let rig: BackupRig
beforeAll(async () => {
  rig = await backupRig()
  for (let i = 0; i < 20; i += 1) await rig.append({ namespace: 'sales', name: 'orders' }, `row ${i}`)
})
afterAll(() => rig?.[Symbol.asyncDispose]())

/** A process from its start to its SIGKILL, and which backups it said were complete. */
async function life(place: Place, after: number, careless?: Place): Promise<readonly string[]> {
  const plan = { address: rig.connectionString, home: rig.home, place: place.folder, ...(careless !== undefined && { careless: careless.folder }) }
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const complete: string[] = []
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    else if (line.startsWith('complete ')) complete.push(line.slice('complete '.length))
    // A database takes a moment to see that who held the lock is dead.
    else if (line !== 'failed backup-in-progress') throw new Error(line)
  })
  await Promise.race([ready.promise, ended])
  await new Promise((wake) => setTimeout(wake, after))
  child.kill('SIGKILL')
  await ended
  return complete
}

const isWhole = async (place: Place): Promise<boolean> => (await verifyBackups(place, { signal: new AbortController().signal })).ok

describe('a backup whose process is killed again and again', () => {
  it('loses none that was complete, shows none that is not, and goes on', async () => {
    const place = await rig.place('killed')
    const complete: string[] = []
    for (let kill = 0; kill < KILLS; kill += 1) {
      await rig.append({ namespace: 'sales', name: 'orders' }, `after kill ${kill}`)
      complete.push(...await life(place, Math.random() * 400))
    }
    await expect.poll(async () => (await rig.backUp(place)).ok, { timeout: 10_000 }).toBe(true)
    const ids = valueOf(await listBackups(place))
    expect(ids).toEqual(expect.arrayContaining(complete))
    expect(await isWhole(place)).toBe(true)
    for (const id of [ids[0], ids.at(-1)]) expect(valueOf(await rig.restore(place, { ...(id !== undefined && { backup: id }) })).id).toBe(id)
  }, 60_000 + KILLS * 5_000)

  it('control: a copy that writes its manifest first is seen to be broken', async () => {
    const whole = await rig.place('whole')
    valueOf(await rig.backUp(whole))
    // Whether a kill falls between manifest and objects is chance, so it is tried until it does.
    let broken = false
    for (let attempt = 0; attempt < 30 && !broken; attempt += 1) {
      const copy = await rig.place(`careless-${attempt}`)
      const said = await life(copy, attempt / 2, whole)
      broken = said.length > 0 && !(await isWhole(copy))
    }
    expect(broken).toBe(true)
  }, 60_000)
})
