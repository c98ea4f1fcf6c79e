// `service-level-asset`: a promise about the product's quality of service.

import { z } from 'zod'
import { duration, millisecondsOf } from '../kinds/written-units.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const serviceLevelAssetCapability = defineCapability({
  type: 'service-level-asset',
  title: 'Service level',
  description: 'A promise about the quality of service, such as freshness: a share of a rolling window. Indicators measure it.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    description: descriptionProperty,
    dimension: z.string().max(200).optional().describe('What it is about, for example Freshness.'),
    dimension_domain: z.string().max(200).optional().describe('The list that the dimension is taken from.'),
    objective: z.number().gt(0, 'must be more than 0').max(100, 'may be at most 100').optional().describe('The percentage of the window in which it must be good. Without it: 99.'),
    window: duration.optional().describe('The rolling window that the percentage is of. Without it: 30d.'),
  }),
  examples: [
    { description: 'Refreshed every day at least once.', dimension: 'Freshness', dimension_domain: 'Reliability Dimensions' },
    { description: 'Refreshed every day at least once.', dimension: 'Freshness', objective: 80, window: '20d' },
  ],
  counterexamples: [
    { properties: { dimensions: 'Freshness' }, code: 'unknown-key', at: ['dimensions'] },
    { properties: { objective: 101 }, code: 'bad-value', at: ['objective'] },
    { properties: { window: 'a month' }, code: 'bad-value', at: ['window'] },
  ],
  contribute: (p) => ({ part: 'service-level', level: withoutUndefined({ objective: p.objective, window: p.window === undefined ? undefined : millisecondsOf(p.window) }) }),
})
