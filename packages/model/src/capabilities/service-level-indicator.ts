// `service-level-indicator`: how a service level is measured.

import { z } from 'zod'
import { titleText } from '../kinds/envelope.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const serviceLevelIndicatorCapability = defineCapability({
  type: 'service-level-indicator',
  title: 'Service level indicator',
  description: 'How a service level of the product is measured.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    description: descriptionProperty,
    service_level_name: titleText.optional().describe('The service-level-asset that it measures, by name.'),
  }),
  examples: [{ description: 'Share of the past 20 days on which the data was refreshed.', service_level_name: 'Data is refreshed daily' }],
  counterexamples: [{ properties: { service_level: 'x' }, code: 'unknown-key', at: ['service_level'] }],
  contribute: (p) => ({ part: 'service-level', ...withoutUndefined({ indicates: p.service_level_name }) }),
})
