// A process that archives and brings back, killed at any moment: no row is lost, and none is in both.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bundledProgram } from '@tulle/kernel/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ColdRig } from '../testing/cold-rig.ts'
import { coldRig, visitsMesh } from '../testing/cold-rig.ts'

const CHILD = await bundledProgram('packages/maintenance/src/testing/cold-child.ts')
const KILLS = Number(process.env['TULLE_KILLS'] ?? 4)
const DAY = 86_400_000
const ROWS = Array.from({ length: 40 }, (_, i) => [i, `2026-01-${String(1 + (i % 28)).padStart(2, '0')}`] as const)
const EVERY = ROWS.map(([id, day]) => `${id}:${day}`).toSorted()

let rig: ColdRig
beforeAll(async () => {
  rig = await coldRig()
  await rig.rig.create(visitsMesh({ isKeyed: true }))
  await rig.append(...ROWS)
})
afterAll(() => rig?.[Symbol.asyncDispose]())

/** From its start to its death: `milliseconds` after it has said so many lines, or by its own hand. */
async function life(number: number, { lines, milliseconds, careless = false }: { readonly lines: number; readonly milliseconds: number; readonly careless?: boolean }): Promise<readonly string[]> {
  const plan = { address: rig.rig.testStore.connectionString, warehouse: rig.rig.warehouse, place: rig.place, folder: join(rig.engines.data, `life-${number}`), now: rig.clock.now() + number * 400 * DAY, careless }
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const said: string[] = []
  const enough = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line)
    // The first one says that it is ready.
    if (said.length > lines) enough.resolve()
  })
  await Promise.race([enough.promise, ended])
  await Promise.race([new Promise((wake) => setTimeout(wake, milliseconds)), ended])
  child.kill('SIGKILL')
  await ended
  return said.slice(1)
}

const both = async (): Promise<readonly string[]> => [...await rig.warm(), ...await rig.cold()].toSorted()

describe('a process that is killed while rows move', () => {
  it('has lost none and kept none twice, whenever it dies', async () => {
    const said: string[] = []
    for (let number = 0; number < KILLS; number += 1) {
      // The first moves there and back once; where the others die is chance.
      said.push(...await life(number, number === 0 ? { lines: 2, milliseconds: 0 } : { lines: Math.floor(Math.random() * 3), milliseconds: Math.random() * 1_500 }))
      expect([number, await both()]).toEqual([number, EVERY])
    }
    expect(said.filter((line) => !/^(?:archived \d+ |restored \d+)$/u.test(line))).toEqual([])
    expect(said.filter((line) => line === `archived ${EVERY.length} ` || line === `restored ${EVERY.length}`).length).toBeGreaterThan(1)
  }, 60_000 + KILLS * 20_000)

  it('control: one that deletes before the archive has the rows loses them', async () => {
    const maintenance = await rig.looked()
    await maintenance.restore({ product: 'visits', dataSet: 'visits', keepFor: DAY, by: 'olga', dryRun: false })
    await life(KILLS + 1, { lines: 2, milliseconds: 0, careless: true })
    expect((await both()).length).toBeLessThan(EVERY.length)
  }, 90_000)
})
