// `webhook-input-port`: the bodies of signed deliveries, each once.

import { z } from 'zod'
import { nameText } from '../kinds/envelope.ts'
import { defineCapability } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const webhookInputPortCapability = defineCapability({
  type: 'webhook-input-port',
  title: 'Webhook input port',
  description: 'Reads the JSON bodies that were delivered to a webhook of the product, each delivery once: an object is a row, a list of objects one row each. Rows have webhook_id and webhook_received_at besides.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    hook: nameText.describe("The webhook, as the product's workflow declares it."),
  }),
  examples: [{ hook: 'erp' }],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { hook: 'the erp' }, code: 'bad-value', at: ['hook'] },
  ],
  contribute: ({ title, hook }) => ({
    part: 'input-port',
    port: { kind: 'connected', system: 'webhook', ...withoutUndefined({ title }), settings: { hook } },
  }),
})
