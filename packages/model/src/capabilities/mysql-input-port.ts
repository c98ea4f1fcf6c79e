// `mysql-input-port`: rows of a MySQL or MariaDB database, by a query or a table.

import { z } from 'zod'
import { defineCapability } from './capability-definition.ts'
import { databaseProperties } from './database-properties.ts'
import { isTrue, truth } from './shared-properties.ts'
import { withoutUndefined } from './without-undefined.ts'

export const mysqlInputPortCapability = defineCapability({
  type: 'mysql-input-port',
  title: 'MySQL input port',
  description: 'Reads a MySQL or MariaDB database: a query or a table, whole or beyond a cursor. The operator says which hosts may be read.',
  targets: ['embedded', 'lakehouse'],
  properties: z.strictObject({
    ...databaseProperties,
    zero_dates: z.enum(['refuse', 'null']).optional().describe('What becomes of 0000-00-00 and its like, which are no dates: they stop the run (without it), or are no value.'),
    tiny_boolean: truth.optional().describe('Whether TINYINT(1) is a boolean; another number in it than 0 and 1 then stops the run.'),
  }),
  examples: [
    { host: 'db.example.com', database: 'shop', user: 'tulle', password: { secret: 'SHOP_DB' }, query: 'select id, total from orders where total > 0' },
    { host: 'db.example.com', database: 'shop', user: 'tulle', password: { secret: 'SHOP_DB' }, table: 'shop.orders', cursor: 'updated_at', zero_dates: 'null' },
  ],
  counterexamples: [
    { properties: {}, code: 'missing-key', at: [] },
    { properties: { host: 'x', database: 'shop', user: 'tulle', password: 'hunter2', table: 'orders' }, code: 'literal-secret', at: ['password'] },
    { properties: { host: 'x', database: 'shop', user: 'tulle', table: 'orders', changes: true }, code: 'unknown-key', at: ['changes'] },
    { properties: { host: 'x', database: 'shop', user: 'tulle', table: 'orders', zero_dates: 'keep' }, code: 'not-one-of', at: ['zero_dates'] },
  ],
  contribute: ({ title, tiny_boolean, ...settings }) => ({
    part: 'input-port',
    port: { kind: 'connected', system: 'mysql', ...withoutUndefined({ title }), settings: withoutUndefined({ ...settings, description: undefined, tiny_boolean: tiny_boolean === undefined ? undefined : isTrue(tiny_boolean) }) },
  }),
})
