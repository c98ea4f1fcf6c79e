// A process that applies one mesh after the other until somebody kills it, and says on its output what it acknowledges:
// `acknowledged <title>` once an apply has returned, or, told to lie, before it begins. Test processes only.

import { randomUUID } from 'node:crypto'
import { systemClock } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'
import { desiredMesh, embeddedProviders, meshObserver } from '@tulle/providers'
import { meshOf } from '@tulle/providers/testing'
import { openStore } from '@tulle/store'
import { applyPlan } from '../apply.ts'
import type { ApplyContext } from '../apply.ts'
import { planMesh } from '../plan.ts'
import { killMesh } from './kill-mesh.ts'

const [connection = '', warehouse = '', from = '0', manner = 'honest'] = process.argv.slice(2)
const opened = await openStore({ connection })
if (!opened.ok) throw new Error(opened.diagnostics[0]?.message)
const store = opened.value
const objects = localObjects(warehouse)
const observe = meshObserver(embeddedProviders)
const context: ApplyContext = { store, objects, clock: systemClock, newId: randomUUID, providers: embeddedProviders, observe }
const say = (line: string): void => void process.stdout.write(`${line}\n`)

for (let round = Number(from); ; round += 1) {
  const plan = planMesh(desiredMesh(meshOf(killMesh(round)), { providers: embeddedProviders }), await observe({ db: store.db, objects }), {
    providers: embeddedProviders, allowBreaking: true, prune: true, allowDestroy: round % 3 === 0,
  })
  if (manner === 'lying') say(`acknowledged ${round}`)
  const applied = await applyPlan(context, plan, { startedBy: `round ${round}` })
  if (!applied.ok) throw new Error(applied.diagnostics.map((diagnostic) => diagnostic.message).join('\n'))
  if (manner === 'honest') say(`acknowledged ${round}`)
}
