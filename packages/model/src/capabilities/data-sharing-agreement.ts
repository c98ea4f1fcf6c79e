// `data-sharing-agreement`: the terms under which consumers use the product.

import { z } from 'zod'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'

export const dataSharingAgreementCapability = defineCapability({
  type: 'data-sharing-agreement',
  title: 'Data sharing agreement',
  description: 'The terms under which consumers use the product, accepted with every request for access.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    version: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/u, 'must be a short word such as 2 or 2026-01').optional().describe('Rises with every change of the terms: requests for access accept one version. 1 where it is left out.'),
    terms_url: z.url('must be a web address').optional().describe('Where the whole text stands.'),
  }),
  examples: [{ description: 'Instructions to access this data product' }, { version: '2', terms_url: 'https://example.com/terms' }],
  counterexamples: [{ properties: { terms_url: 'not an address' }, code: 'bad-value', at: ['terms_url'] }],
  contribute: () => ({ part: 'description' }),
})
