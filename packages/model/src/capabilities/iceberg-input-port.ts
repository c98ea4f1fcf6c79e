// `iceberg-input-port`: rows of a table that another platform keeps, found by its Iceberg REST catalogue.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

// Neither a user's name nor a query: either could hold a secret.
const ADDRESS = /^https?:\/\/[^\s/?#@\\]+(\/[^\s?#\\]*)?$/u
const LEVELS = /^[^.\s\p{Cc}]+(\.[^.\s\p{Cc}]+){0,15}$/u

export const icebergInputPortCapability = defineCapability({
  type: 'iceberg-input-port',
  title: 'Iceberg input port',
  description: "Reads a table of another platform's Iceberg REST catalogue, at one snapshot per run; the operator says which catalogues and which storage may be read.",
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    title: titleProperty,
    description: descriptionProperty,
    uri: z.string().max(1_000).regex(ADDRESS, 'must be an http or https address without a user or a query').describe('The address of the catalogue, without /v1. Its host must be one of TULLE_CATALOG_HOSTS.'),
    warehouse: z.string().min(1, 'may not be empty').max(1_000).optional().describe('The warehouse to ask for, where the catalogue has several.'),
    namespace: z.string().max(500).regex(LEVELS, 'must be names joined by dots').describe('The namespace of the table; levels are joined by dots.'),
    table: z.string().min(1, 'may not be empty').max(255).describe('The name of the table.'),
    ref: z.string().min(1, 'may not be empty').max(255).optional().describe('The branch or tag to read. Without it: main.'),
    snapshot: z.string().regex(/^[0-9]{1,19}$/u, 'must be the digits of a snapshot id, in quotes').optional().describe('Always this snapshot, instead of a branch or tag.'),
    secret: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/u, 'must be a name in capitals, like LAKEHOUSE').optional().describe('The name of the secret with which to sign in, never the secret: TULLE_SECRET_<name> in the environment of the server holds a bearer token, or <client>:<secret> to get one with.'),
  }),
  examples: [
    { uri: 'https://catalog.example.com/iceberg', warehouse: 'prod', namespace: 'sales.eu', table: 'orders', secret: 'LAKEHOUSE' },
    { uri: 'http://127.0.0.1:8181', namespace: 'sales', table: 'orders', snapshot: '3051729675574597004' },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { uri: 'ftp://x', namespace: 'a', table: 'b' }, code: 'bad-value', at: ['uri'] },
    { properties: { uri: 'https://ada:pw@x', namespace: 'a', table: 'b' }, code: 'literal-secret', at: ['uri'] },
    { properties: { uri: 'https://x?token=1', namespace: 'a', table: 'b' }, code: 'literal-secret', at: ['uri'] },
    { properties: { uri: 'https://x', namespace: 'a..b', table: 'b' }, code: 'bad-value', at: ['namespace'] },
    { properties: { uri: 'https://x', namespace: 'a', table: 'b', snapshot: 12 }, code: 'wrong-type', at: ['snapshot'] },
    { properties: { uri: 'https://x', namespace: 'a', table: 'b', secret: 'ada:pw' }, code: 'literal-secret', at: ['secret'] },
  ],
  contribute: ({ title, uri, warehouse, namespace, table, ref, snapshot, secret }) => ({
    part: 'input-port',
    port: { kind: 'iceberg', uri, namespace, table, ...withoutUndefined({ title, warehouse, ref, snapshot, secret }) },
  }),
})
