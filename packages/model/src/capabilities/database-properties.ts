// What input ports of databases share: where the database is, who asks, what is read.

import { z } from 'zod'
import { descriptionProperty, titleProperty } from './shared-properties.ts'
import { secretReference } from './secret-reference.ts'

const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$|^[0-9a-fA-F:]{2,45}$/u
const NAME = /^[^\p{Cc}"`]{1,128}$/u

const nameOf = (what: string) => z.string().regex(NAME, `must be the name of ${what}`)

export const databaseProperties = {
  title: titleProperty,
  description: descriptionProperty,
  host: z.string().regex(HOST, 'must be the name or the address of a host').describe('The host of the database. It must be one of TULLE_SOURCE_HOSTS.'),
  port: z.int().min(1).max(65_535).optional().describe('Its port; the usual one of such databases where absent.'),
  database: nameOf('a database').describe('The database to connect to.'),
  user: nameOf('a user').describe('Who asks there. It needs to read, and had better be able to do nothing else.'),
  password: secretReference.optional().describe('The name of the secret that is its password.'),
  tls: z.enum(['verify', 'require', 'off']).optional().describe('verify (without it): encrypted, and the certificate must be good for the host; require: encrypted; off.'),
  query: z.string().min(1, 'may not be empty').max(100_000).optional().describe('One SELECT in the language of the database, run in a transaction that only reads.'),
  table: z.string().regex(/^[^\p{Cc}"`.]{1,63}(?:\.[^\p{Cc}"`.]{1,63})?$/u, 'must be a table or schema.table').optional().describe('The table to read, instead of a query.'),
  cursor: nameOf('a column').optional().describe('A column whose values only grow. A run then reads only what is beyond the largest value so far; rows whose primary key is there already are replaced.'),
} as const

