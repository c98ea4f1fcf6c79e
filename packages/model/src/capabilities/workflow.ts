// `workflow`: when the product runs.

import { z } from 'zod'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, isTrue, truth } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const workflowCapability = defineCapability({
  type: 'workflow',
  title: 'Workflow',
  description: 'When the product runs its workflow (ingest, transform, write, check, publish, notify): by a schedule, and whenever a product that it reads publishes.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    description: descriptionProperty,
    schedule: z.string().min(1, 'may not be empty').max(200).optional().describe('Five-field cron in UTC.'),
    on_input_published: truth.optional().describe('Whether it runs when a product that it reads publishes. Without it: yes.'),
  }),
  examples: [{ schedule: '0 5 * * *', on_input_published: false }, {}],
  counterexamples: [{ properties: { cron: '0 5 * * *' }, code: 'unknown-key', at: ['cron'] }],
  contribute: (p) => ({
    part: 'workflow',
    workflow: withoutUndefined({ schedule: p.schedule, onInputPublished: p.on_input_published === undefined ? undefined : isTrue(p.on_input_published) }),
  }),
})
