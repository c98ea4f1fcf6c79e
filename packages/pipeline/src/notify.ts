// Tells who reads the product. The event itself was written with the publish, so nothing here can lose it.

import { readersOf } from '@tulle/providers'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import { settle } from '@tulle/sources'
import type { Workshop } from './types.ts'
import { ingestedOf, planOfRun } from './take-up.ts'

export async function notify(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const { subject } = context
  for (const { port: name, drawn } of ingestedOf(context).ports) {
    if (drawn?.state === undefined) continue
    const plan = await planOfRun(workshop, context)
    const port = plan.ok ? plan.value.connected.find((one) => one.name === name) : undefined
    if (plan.ok && port !== undefined) await settle(workshop.sources, port.system, { owner: plan.value.definition.id, port: `${subject}.${name}`, settings: port.settings }, drawn.state)
  }
  const readers = await readersOf(workshop.store.db, subject)
  step.log(readers.length === 0 ? `${subject} is published; no other product reads it.` : `${subject} is published; told ${readers.join(', ')}.`)
  return { status: 'succeeded', output: { event: 'tulle.product.published', readers } }
}
