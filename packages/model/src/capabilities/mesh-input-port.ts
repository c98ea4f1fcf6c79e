// `mesh-input-port`: a data set of a product of another mesh that runs Tulle.

import { z } from 'zod'
import { nameText } from '../kinds/envelope.ts'
import { defineCapability } from './capability-definition.ts'
import { address } from './http-properties.ts'
import { secretReference } from './secret-reference.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const meshInputPortCapability = defineCapability({
  type: 'mesh-input-port',
  title: 'Mesh input port',
  description: 'Reads a data set of a product of another mesh by its REST port: by the rights of an account there, for a purpose, at one snapshot. The operator says which hosts may be reached.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    url: address.describe('Where the other Tulle is, such as https://mesh.example.com. Its host must be one of TULLE_SOURCE_HOSTS.'),
    product: nameText.describe('The product there.'),
    data_set: nameText.optional().describe("Its data set; without it, the one of the product's name."),
    token: secretReference.describe('The name of the secret that is an API token of the other mesh.'),
    purpose: nameText.optional().describe('What it is read for, in the words of the other mesh; needed where the account has several purposes.'),
    snapshot: z.string().regex(/^[0-9]{1,20}$/u, 'must be the number of a snapshot').optional().describe('Always this snapshot; without it, what is published there when a run begins.'),
  }),
  examples: [
    { url: 'https://mesh.example.com', product: 'flights', token: { secret: 'OTHER_MESH' } },
    { url: 'https://mesh.example.com', product: 'flights', data_set: 'flights', token: { secret: 'OTHER_MESH' }, purpose: 'reporting', snapshot: '4711' },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { url: 'https://x', product: 'a', token: 'abc' }, code: 'literal-secret', at: ['token'] },
    { properties: { url: 'https://x', product: 'a b', token: { secret: 'T' } }, code: 'bad-value', at: ['product'] },
    { properties: { url: 'https://x', product: 'a', token: { secret: 'T' }, snapshot: 'main' }, code: 'bad-value', at: ['snapshot'] },
  ],
  contribute: ({ title, url, product, data_set, token, purpose, snapshot }) => ({
    part: 'input-port',
    port: { kind: 'connected', system: 'mesh', ...withoutUndefined({ title }), settings: { format: 'parquet', ...withoutUndefined({ url, product, data_set, token, purpose, snapshot }) } as never },
  }),
})
