// `service-level-asset`: a promise about the product's quality of service.

import { z } from 'zod'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty } from './shared-properties.ts'

export const serviceLevelAssetCapability = defineCapability({
  type: 'service-level-asset',
  title: 'Service level',
  description: 'A promise about the quality of service, such as freshness. Indicators measure it.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    description: descriptionProperty,
    dimension: z.string().max(200).optional().describe('What it is about, for example Freshness.'),
    dimension_domain: z.string().max(200).optional().describe('The list that the dimension is taken from.'),
  }),
  examples: [{ description: 'Refreshed every day at least once.', dimension: 'Freshness', dimension_domain: 'Reliability Dimensions' }],
  counterexamples: [{ properties: { dimensions: 'Freshness' }, code: 'unknown-key', at: ['dimensions'] }],
  contribute: () => ({ part: 'service-level' }),
})
