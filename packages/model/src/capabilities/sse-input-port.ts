// `sse-input-port`: events that a server sends, each once.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { address, auth, HEADER, headerValue } from './http-properties.ts'
import { secretReference } from './secret-reference.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const sseInputPortCapability = defineCapability({
  type: 'sse-input-port',
  title: 'SSE input port',
  description: 'Reads the events of a server (text/event-stream), each once: a run takes those after the published version, up to a number or for a time, and keeps the id of the last one with the rows. Each event has an id and a JSON object; rows have sse_id and sse_event besides. The operator says which hosts may be reached.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    url: address.describe('The address of the stream, without a query. Its host must be one of TULLE_SOURCE_HOSTS. The server must send what comes after the id in Last-Event-ID.'),
    parameters: z.record(z.string().min(1).max(200), z.union([z.string().max(2_000), z.number(), z.boolean()])).optional().describe('The query of the address.'),
    headers: z.record(HEADER, z.union([headerValue, secretReference])).optional().describe('Headers to send, as they are or as {secret: NAME}.'),
    auth: auth.optional().describe('How to sign in: bearer, basic, header (an API key) or oauth2 (client credentials).'),
    events: z.array(z.string().min(1).max(200)).min(1).max(100).optional().describe('Names of events that are rows; others are passed over. Without it all are.'),
    batch_rows: z.int().min(1).max(10_000_000).optional().describe('How many events one run takes at most; 100000 without it.'),
    batch_seconds: z.int().min(1).max(600).optional().describe('How long one run listens at most; 10 without it.'),
  }),
  examples: [
    { url: 'https://events.example.com/orders', auth: { type: 'bearer', token: { secret: 'EVENTS' } }, events: ['order'], batch_rows: 10_000, batch_seconds: 30 },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { url: 'ws://x' }, code: 'bad-value', at: ['url'] },
    { properties: { url: 'https://x', batch_seconds: 3600 }, code: 'bad-value', at: ['batch_seconds'] },
    { properties: { url: 'https://x', auth: { type: 'bearer', token: 'abc' } }, code: 'literal-secret', at: ['auth', 'token'] },
  ],
  contribute: ({ title, ...settings }) => ({
    part: 'input-port',
    port: { kind: 'connected', system: 'sse', ...withoutUndefined({ title }), settings: withoutUndefined({ ...settings, description: undefined }) as never },
  }),
})
