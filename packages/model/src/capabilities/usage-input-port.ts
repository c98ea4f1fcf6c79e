// `usage-input-port`: what the platform counts of itself. Only products that the mesh names may have one.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const usageInputPortCapability = defineCapability({
  type: 'usage-input-port',
  title: 'Usage input port',
  description: 'Reads what the platform counts of the use of its products, whole each time. The mesh names the products that may: usage in mesh.yaml.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    report: z.enum(['days', 'products']).describe('days: what each consumer did with each product on each day, for each purpose. products: of each product its consumers, use, reuse and coverage over thirty days.'),
  }),
  examples: [{ report: 'days' }],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { report: 'persons' }, code: 'not-one-of', at: ['report'] },
  ],
  contribute: ({ title, report }) => ({
    part: 'input-port',
    port: { kind: 'connected', system: 'usage', ...withoutUndefined({ title }), settings: { report } },
  }),
})
