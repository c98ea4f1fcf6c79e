// `rest-input-port`: rows of a REST API, page by page, whole or beyond a cursor.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { address, auth, HEADER, headerValue } from './http-properties.ts'
import { secretReference } from './secret-reference.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

const PATH = z.string().min(1).max(500).regex(/^[^.\s]+(?:\.[^.\s]+){0,20}$/u, 'must be names joined by dots')
const parameter = z.string().min(1).max(200)
const sized = { size_parameter: parameter.optional(), size: z.int().min(1).max(100_000).optional() }
const pages = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('offset'), parameter: parameter.optional(), ...sized }),
  z.strictObject({ type: z.literal('page'), parameter: parameter.optional(), first: z.int().min(0).max(1).optional(), ...sized }),
  z.strictObject({ type: z.literal('cursor'), path: PATH, parameter: parameter.optional(), ...sized }),
  z.strictObject({ type: z.literal('next_url'), path: PATH, ...sized }),
  z.strictObject({ type: z.literal('link'), ...sized }),
])

export const restInputPortCapability = defineCapability({
  type: 'rest-input-port',
  title: 'REST input port',
  description: 'Reads rows from a REST API that answers JSON, page by page, whole or beyond a cursor. The operator says which hosts may be reached.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    url: address.describe('The address of the first page, without a query. Its host must be one of TULLE_SOURCE_HOSTS.'),
    parameters: z.record(parameter, z.union([z.string().max(2_000), z.number(), z.boolean()])).optional().describe('The query of the address.'),
    headers: z.record(HEADER, z.union([headerValue, secretReference])).optional().describe('Headers to send, as they are or as {secret: NAME}.'),
    auth: auth.optional().describe('How to sign in: bearer, basic, header (an API key) or oauth2 (client credentials).'),
    rows: PATH.optional().describe('Where the list of rows stands in an answer, such as data.items; without it the answer is the list.'),
    pages: pages.optional().describe('How the next page is found: offset, page, cursor (a value in the answer), next_url (an address in it) or link (the header of that name). Without it there is one page.'),
    cursor: z.string().min(1).max(200).optional().describe('A member of each row whose values only grow. A run then takes only rows beyond the largest value so far; rows whose primary key is there already are replaced.'),
    cursor_parameter: parameter.optional().describe('The parameter by which the API is told the largest value so far.'),
    cursor_start: z.string().max(500).optional().describe('What the first run tells the API.'),
    most_per_minute: z.int().min(1).max(100_000).optional().describe('How many pages may be asked for in a minute. An answer 429 with Retry-After is heeded in any case.'),
  }),
  examples: [
    { url: 'https://api.example.com/v1/orders', rows: 'data.items', auth: { type: 'bearer', token: { secret: 'SHOP_API' } }, pages: { type: 'cursor', path: 'data.next', parameter: 'after' } },
    { url: 'https://api.example.com/orders', pages: { type: 'offset', size_parameter: 'limit', size: 500 }, cursor: 'updated_at', cursor_parameter: 'since' },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { url: 'ftp://x' }, code: 'bad-value', at: ['url'] },
    { properties: { url: 'https://x?api_key=1' }, code: 'literal-secret', at: ['url'] },
    { properties: { url: 'https://x', auth: { type: 'bearer', token: 'abc' } }, code: 'literal-secret', at: ['auth', 'token'] },
    { properties: { url: 'https://x', most_per_minute: 0 }, code: 'bad-value', at: ['most_per_minute'] },
  ],
  contribute: ({ title, ...settings }) => ({
    part: 'input-port',
    port: { kind: 'connected', system: 'rest', ...withoutUndefined({ title }), settings: withoutUndefined({ ...settings, description: undefined }) as never },
  }),
})
