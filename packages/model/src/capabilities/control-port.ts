// `control-port`: what a product says about itself to those who govern it.

import { z } from 'zod'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'

export const controlPortCapability = defineCapability({
  type: 'control-port',
  title: 'Control port',
  description: "Metadata, metrics and policies of the product under /products/<product>/control/…, under the caller's rights. Every product has them; the component describes them for its readers.",
  targets: EVERY_TARGET,
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    serves: z.array(z.enum(['metadata', 'metrics', 'policies'])).min(1, 'needs at least one').optional().describe('Which of them the description is about.'),
  }),
  examples: [{ serves: ['metadata', 'metrics'] }, {}],
  counterexamples: [{ properties: { serves: ['secrets'] }, code: 'not-one-of', at: ['serves', 0] }],
  contribute: () => ({ part: 'description' }),
})
