// `data-sharing-agreement`: the terms under which consumers use the product.

import { z } from 'zod'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'

export const dataSharingAgreementCapability = defineCapability({
  type: 'data-sharing-agreement',
  title: 'Data sharing agreement',
  description: 'The terms under which consumers use the product, shown before they ask for access.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    terms_url: z.url('must be a web address').optional().describe('Where the whole text stands.'),
  }),
  examples: [{ description: 'Instructions to access this data product' }, { terms_url: 'https://example.com/terms' }],
  counterexamples: [{ properties: { terms_url: 'not an address' }, code: 'bad-value', at: ['terms_url'] }],
  contribute: () => ({ part: 'description' }),
})
