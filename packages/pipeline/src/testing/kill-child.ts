// A process that is made to be killed: runs a product over and over, saying what is acknowledged. Its one argument is JSON.
// `early` says that a run is published before it is: the control that shows that the test can fail. `dies` is where the
// process kills itself in the middle of its first run; `diesAtWrite` names a boundary of its writes of objects, and `careless`
// acknowledges the bytes of collections before they are kept.

import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { Bug, systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import { duckdbEngine } from '@tulle/engine'
import { openStore } from '@tulle/store'
import { postgresCatalog } from '@tulle/providers'
import { dbosRuntime, storeRecorder } from '@tulle/workflow'
import { pipeline } from '../pipeline.ts'
import type { Between } from './between-steps.ts'
import { withBetween } from './between-steps.ts'
import { mortalObjects } from './mortal-objects.ts'
import { allowing } from './source-rig.ts'

interface Plan { readonly address: string; readonly warehouse: string; readonly meshFolder: string; readonly folder: string; readonly product?: string; readonly early?: boolean; readonly careless?: boolean; readonly diesAtWrite?: number; readonly reaches?: { readonly host: string; readonly secrets: Readonly<Record<string, string>> }; readonly unforced?: boolean; readonly dies?: { readonly when: keyof Between; readonly step: string } }

const plan = JSON.parse(process.argv[2] ?? '{}') as Plan
// Straight to the pipe: a killed process flushes nothing.
const say = (line: string): void => void writeSync(1, `${line}\n`)
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Bug(result.diagnostics.map((d) => d.message).join(' '))
  return result.value
}

const die = async (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL')
  return new Promise<never>(() => undefined)
}
const between: Between = plan.dies === undefined ? {} : { [plan.dies.when]: { [plan.dies.step]: die } }

const store = valueOf(await openStore({ connection: plan.address, poolSize: 8 }))
const clock = systemClock
const live = await pipeline({
  store,
  engine: duckdbEngine({ folder: `${plan.folder}/engines` }),
  catalog: postgresCatalog(store.db),
  objects: mortalObjects(localObjects(plan.warehouse), {
    die, passed: (boundary) => say(`boundary ${boundary}`), ...(plan.diesAtWrite !== undefined && { boundary: plan.diesAtWrite }), ...(plan.careless !== undefined && { careless: plan.careless }),
  }),
  meshFolder: plan.meshFolder,
  workFolder: `${plan.folder}/runs`,
  clock,
  openRuntime: (workflows) => dbosRuntime({ workflows: withBetween(workflows, between), recorder: storeRecorder(store, clock), store, executorId: 'killed', clock, newRunId: randomUUID }),
  ...(plan.reaches !== undefined && { sources: allowing([plan.reaches.host], plan.reaches.secrets) }),
  limits: { memoryMegabytes: 256, threads: 1 },
})
// Lives until it is killed, or until whoever would kill it is gone.
process.stdin.on('end', () => process.exit()).resume()
say('ready')
for (; plan.product !== undefined;) {
  const { runId } = valueOf(await live.run(plan.product, { requestedBy: 'test', force: plan.unforced !== true }))
  say(`accepted ${runId}`)
  if (plan.early === true) say(`published ${runId}`)
  const run = valueOf(await live.wait(runId))
  if (run.status === 'succeeded' && plan.early !== true) say(`published ${runId}`)
}
