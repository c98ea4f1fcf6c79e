// `product-input-port`: rows from a data set of another product.

import { z } from 'zod'
import { nameText } from '../kinds/envelope.ts'
import { defineCapability, EVERY_TARGET } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const productInputPortCapability = defineCapability({
  type: 'product-input-port',
  title: 'Product input port',
  description: 'Reads a data set of another product of the mesh; a run may start whenever that product publishes.',
  targets: EVERY_TARGET,
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    product: nameText.describe('The product that is read.'),
    data_set: nameText.optional().describe('Its data set. Without it: the only one it has.'),
    purpose: nameText.optional().describe('What it is read for, from the purposes of the mesh. Without it: the only one for which this product was granted it. What the own team keeps needs none.'),
  }),
  examples: [{ product: 'airports', data_set: 'airports', purpose: 'operations_planning' }, { product: 'airports' }],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { product: '../airports' }, code: 'bad-value', at: ['product'] },
  ],
  contribute: (p) => ({ part: 'input-port', port: { kind: 'product', product: p.product, ...withoutUndefined({ title: p.title, dataSet: p.data_set, purpose: p.purpose }) } }),
})
