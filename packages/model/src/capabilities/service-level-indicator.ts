// `service-level-indicator`: how a service level is measured.

import { z } from 'zod'
import { nameText, titleText } from '../kinds/envelope.ts'
import { duration, moment } from '../kinds/written-units.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

const amount = z.number().min(0, 'may not be negative').max(1e15, 'is too large')

export const serviceLevelIndicatorCapability = defineCapability({
  type: 'service-level-indicator',
  title: 'Service level indicator',
  description: 'How a service level of the product is measured. Without `indicator` it only describes.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    description: descriptionProperty,
    service_level_name: titleText.optional().describe('The service-level-asset that it measures, by name.'),
    indicator: z.enum(['freshness', 'completeness', 'availability', 'latency', 'quality', 'volume', 'lag']).optional()
      .describe('What is measured: the time since the last good run; filled values; whether ports answer; how long statements take; the share of checks that pass; rows; how far consumers of change streams are behind.'),
    data_set: nameText.optional().describe('completeness, volume, lag: of which data set. Without it: of all of them.'),
    port: nameText.optional().describe('availability: of which output port. Without it: of every port that is served.'),
    every: duration.optional().describe('How often it is measured. Without it: 5m for availability, latency and lag, 1h for the others.'),
    within: duration.optional().describe('freshness: how long ago the last good run may be; lag: for how long something may wait for a consumer.'),
    at_least: amount.optional().describe('completeness and quality: percent; volume: rows.'),
    at_most: amount.optional().describe('volume: rows.'),
    percentile: z.enum(['p50', 'p95', 'p99']).optional().describe('latency: of which share of statements. Without it: p95.'),
    below: moment.optional().describe('latency: how long a statement may take, like 500ms or 2s.'),
  }),
  examples: [
    { description: 'Share of the past 20 days on which the data was refreshed.', service_level_name: 'Data is refreshed daily' },
    { service_level_name: 'Data is refreshed daily', indicator: 'freshness', within: '1d', every: '1d' },
    { service_level_name: 'Ports answer', indicator: 'availability', every: '5m' },
    { service_level_name: 'Quick', indicator: 'latency', percentile: 'p95', below: '500ms' },
    { service_level_name: 'Taken in time', indicator: 'lag', within: '15m' },
    { service_level_name: 'Whole', indicator: 'volume', data_set: 'flights', at_least: 1000 },
  ],
  counterexamples: [
    { properties: { service_level: 'x' }, code: 'unknown-key', at: ['service_level'] },
    { properties: { indicator: 'freshnes' }, code: 'not-one-of', at: ['indicator'] },
    { properties: { indicator: 'latency', below: 'soon' }, code: 'bad-value', at: ['below'] },
  ],
  contribute: ({ service_level_name: indicates, description: _said, ...measured }) => ({ part: 'indicator', indicator: withoutUndefined({ indicates, ...measured }) }),
})
