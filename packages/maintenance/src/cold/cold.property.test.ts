// Whatever is archived, brought back, erased, expired and interrupted, in whatever order: the rows in use and the archived ones are together
// all that there are, and no row is in both.

import { ok } from '@tulle/kernel'
import { deleteWhere } from '@tulle/tables'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsJob } from '../rows-job.ts'
import { tablePolicy } from '../table-policy.ts'
import type { ColdRig } from '../testing/cold-rig.ts'
import { coldRig, valueOf, VISITS, visitsMesh } from '../testing/cold-rig.ts'
import { hasDied, mortalMoves } from '../testing/mortal-moves.ts'
import { withEngine } from '../with-engine.ts'
import { restoreRows } from './restore-rows.ts'

const DAY = 86_400_000
const RUNS = Number(process.env['TULLE_COLD_RUNS'] ?? 5)
/** No move has as many steps. */
const IMMORTAL = 1_000

let rig: ColdRig
beforeAll(async () => {
  rig = await coldRig()
  await rig.rig.create(visitsMesh({ isKeyed: true, businessKey: 'visitor' }))
})
afterAll(() => rig?.[Symbol.asyncDispose]())

type Deed =
  | { readonly do: 'append'; readonly day: number }
  | { readonly do: 'archive' | 'expire'; readonly dies?: number | undefined }
  | { readonly do: 'restore'; readonly from: number; readonly dies?: number | undefined }
  | { readonly do: 'erase'; readonly which: number }

const dies = fc.option(fc.nat({ max: 14 }), { nil: undefined })
const deed = fc.oneof(
  fc.record({ do: fc.constant('append' as const), day: fc.integer({ min: 1, max: 28 }) }),
  { arbitrary: fc.record({ do: fc.constant('archive' as const), dies }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant('restore' as const), from: fc.integer({ min: 1, max: 28 }), dies }), weight: 3 },
  fc.record({ do: fc.constant('erase' as const), which: fc.nat({ max: 50 }) }),
  fc.record({ do: fc.constant('expire' as const) }),
)

/** What there should be, by id. */
interface Known { readonly rows: Map<number, string>; readonly erased: Set<number>; next: number }

const dayOf = (day: number): string => `2026-01-${String(day).padStart(2, '0')}`

async function carryOut(one: Deed, known: Known): Promise<void> {
  const suppression = { condition: async () => (known.erased.size === 0 ? undefined : (value: string) => `${value} IN (${[...known.erased].map((id) => `'${id}'`).join(', ')})`) }
  const at = (life: number | undefined) => mortalMoves(rig, life ?? IMMORTAL, { suppression })
  const survive = async (work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => {
      if (!hasDied(error)) throw error
    })
  }
  switch (one.do) {
    case 'append': {
      known.next += 1
      known.rows.set(known.next, dayOf(one.day))
      return rig.append([known.next, dayOf(one.day)])
    }
    case 'archive': {
      // What came back is exempt for a day.
      await rig.clock.advance(2 * DAY)
      return survive(rowsJob.carryOut({ ...at(one.dies), table: VISITS, uuid: (await rig.warmTable()).uuid, policy: tablePolicy({}) }).then(valueOf))
    }
    case 'restore':
      return survive(restoreRows(at(one.dies), { product: 'visits', dataSet: 'visits', from: dayOf(one.from), keepFor: DAY, by: 'olga', dryRun: false }).then((done) => (done.ok || done.diagnostics[0]?.code === 'archive-empty' ? ok(undefined) : valueOf(done))))
    case 'expire': {
      await rig.clock.advance(40 * DAY)
      return void await (await rig.looked({ suppression })).maintain()
    }
    case 'erase': {
      const id = [...known.rows.keys()][one.which % Math.max(1, known.rows.size)]
      if (id === undefined) return
      known.erased.add(id)
      known.rows.delete(id)
      const { cold, ...work } = at(undefined)
      const { lake, archive } = valueOf(await cold.lakeOf(await rig.warmTable()))
      for (const name of [VISITS, archive]) if ((await lake.catalog.find(name)) !== undefined) valueOf(await withEngine({ ...work, lake }, (engine) => deleteWhere(engine, name, `id = ${id}`, {})))
    }
  }
}

describe('rows in use and archived ones', () => {
  it('are together all that there are, and none is in both, after whatever was done', async () => {
    const known: Known = { rows: new Map(), erased: new Set(), next: 0 }
    let most = 0
    await fc.assert(fc.asyncProperty(fc.array(deed, { minLength: 4, maxLength: 7 }), async (deeds) => {
      // One table lives through all of it: what one run leaves, the next begins with.
      await carryOut({ do: 'append', day: 3 }, known)
      for (const one of deeds) {
        await carryOut(one, known)
        const [warm, cold] = [await rig.warm(), await rig.cold()]
        most = Math.max(most, cold.length)
        expect([...warm, ...cold].toSorted()).toEqual([...known.rows].map(([id, day]) => `${id}:${day}`).toSorted())
      }
    }), { numRuns: RUNS, endOnFailure: true })
    expect(most, 'something was archived').toBeGreaterThan(0)
  }, 60_000 + RUNS * 30_000)
})
