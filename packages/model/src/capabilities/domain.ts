// `domain`: says which data domain the product belongs to. The folder decides; this repeats it for other readers.

import { z } from 'zod'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty } from './shared-properties.ts'

export const domainCapability = defineCapability({
  type: 'domain',
  title: 'Data domain',
  description: 'Names the data domain of the product. The folder decides which domain that is; the component repeats it.',
  targets: EVERY_TARGET,
  properties: z.strictObject({ description: descriptionProperty }),
  examples: [{}],
  counterexamples: [{ properties: { owner: 'ops' }, code: 'unknown-key', at: ['owner'] }],
  contribute: () => ({ part: 'domain' }),
})
