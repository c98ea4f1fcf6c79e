// A process that is made to be killed: archives what is due and brings it back, over and over. Its one argument is JSON. `careless` is
// the control: what leaves the table and what comes into the archive are two commits, and it dies between them.

import { writeSync } from 'node:fs'
import { Bug, ok, systemClock } from '@tulle/kernel'
import type { Clock } from '@tulle/kernel'
import { duckdbEngine } from '@tulle/engine'
import { openLake } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { postgresCatalog } from '@tulle/providers'
import { openStore } from '@tulle/store'
import { openColdStore } from '../cold/cold-store.ts'
import { openMaintenance } from '../maintenance.ts'
import type { ColdStore } from '../cold/types.ts'

interface Plan { readonly address: string; readonly warehouse: string; readonly place: string; readonly folder: string; readonly now: number; readonly careless?: boolean }

const DAY = 86_400_000
const plan = JSON.parse(process.argv[2] ?? '{}') as Plan
// Straight to the pipe: a killed process flushes nothing.
const say = (line: string): void => void writeSync(1, `${line}\n`)
let { now } = plan
const clock: Clock = { ...systemClock, now: () => now }

function careless(store: ColdStore): ColdStore {
  return {
    ...store,
    async lakeOf(table) {
      const found = await store.lakeOf(table)
      if (!found.ok) return found
      const { committing, lake } = found.value
      return ok({
        ...found.value,
        committing: (also) => ({
          ...committing(also),
          catalog: {
            ...lake.catalog,
            async swap([first]) {
              if (first !== undefined) await lake.catalog.swap([first])
              process.kill(process.pid, 'SIGKILL')
              return new Promise<never>(() => undefined)
            },
          },
        }),
      })
    },
  }
}

const opened = await openStore({ connection: plan.address, poolSize: 4 })
if (!opened.ok) throw new Bug(opened.diagnostics.map(({ message }) => message).join(' '))
const store = opened.value
const lake = openLake({ catalog: postgresCatalog(store.db), objects: localObjects(plan.warehouse), clock })
const place = openColdStore({ db: store.db, objects: lake.objects, clock, open: async () => ok(localObjects(plan.place)) })
const maintenance = await openMaintenance({ store, lake, clock, engine: duckdbEngine({ folder: `${plan.folder}/engines` }), workFolder: `${plan.folder}/work`, cold: plan.careless === true ? careless(place) : place })
// Lives until it is killed, or until whoever would kill it is gone.
process.stdin.on('end', () => process.exit()).resume()
say('ready')
for (;;) {
  const done = await maintenance.maintain()
  const diagnostics = done.tables.flatMap((table) => table.diagnostics)
  say(`archived ${done.tables.flatMap(({ removals }) => removals).reduce((sum, { rows = 0 }) => sum + rows, 0)} ${diagnostics.map(({ code }) => code).join(',')}`)
  const back = await maintenance.restore({ product: 'visits', dataSet: 'visits', keepFor: DAY, by: 'olga', dryRun: false })
  say(back.ok ? `restored ${back.value.rows}` : `refused ${back.diagnostics[0]?.code}`)
  now += 2 * DAY
}
