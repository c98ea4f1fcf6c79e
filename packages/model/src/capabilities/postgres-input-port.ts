// `postgres-input-port`: rows of a PostgreSQL database, by a query or by what changes in a table.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { databaseProperties } from './database-properties.ts'
import { isTrue, truth } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const postgresInputPortCapability = defineCapability({
  type: 'postgres-input-port',
  title: 'PostgreSQL input port',
  description: 'Reads a PostgreSQL database: a query or a table, whole or beyond a cursor, or every change of a table by logical replication. The operator says which hosts may be read.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    ...databaseProperties,
    changes: truth.optional().describe('Whether every insert, update and delete of the table is followed by logical replication, after one reading of all of it. It needs a primary key in the contract.'),
    most_lag_megabytes: z.int().min(1).max(10_000_000).optional().describe('With changes: how much log the database may keep for a Tulle that is away (10240 without it). It is refused where the database itself has no such limit (max_slot_wal_keep_size).'),
  }),
  examples: [
    { host: 'db.example.com', database: 'shop', user: 'tulle', password: { secret: 'SHOP_DB' }, query: 'select id, total from orders where total > 0' },
    { host: 'db.example.com', database: 'shop', user: 'tulle', password: { secret: 'SHOP_DB' }, table: 'public.orders', cursor: 'updated_at' },
    { host: 'db.example.com', database: 'shop', user: 'tulle', password: { secret: 'SHOP_DB' }, table: 'public.orders', changes: true },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { host: 'a b', database: 'shop', user: 'tulle', table: 'orders' }, code: 'bad-value', at: ['host'] },
    { properties: { host: 'x', database: 'shop', user: 'tulle', password: 'hunter2', table: 'orders' }, code: 'literal-secret', at: ['password'] },
    { properties: { host: 'x', database: 'shop', user: 'tulle', password: { secret: 'low' }, table: 'orders' }, code: 'literal-secret', at: ['password', 'secret'] },
    { properties: { host: 'x', database: 'shop', user: 'tulle', table: 'a.b.c' }, code: 'bad-value', at: ['table'] },
  ],
  contribute: ({ title, changes, ...settings }) => ({
    part: 'input-port',
    port: { kind: 'connected', system: 'postgres', ...withoutUndefined({ title }), settings: withoutUndefined({ ...settings, description: undefined, changes: changes === undefined ? undefined : isTrue(changes) }) },
  }),
})
