// Tells who reads the product. The event itself was written with the publish, so nothing here can lose it.

import { readersOf } from '@tulle/providers'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Workshop } from './types.ts'

export async function notify({ store }: Workshop, { subject }: RunContext, step: StepContext): Promise<StepOutcome> {
  const readers = await readersOf(store.db, subject)
  step.log(readers.length === 0 ? `${subject} is published; no other product reads it.` : `${subject} is published; told ${readers.join(', ')}.`)
  return { status: 'succeeded', output: { event: 'tulle.product.published', readers } }
}
