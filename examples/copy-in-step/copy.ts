// Keeps a copy of a data set in SQLite, in step with the mesh, until it is stopped:
//   TULLE_TOKEN=… node examples/copy-in-step/copy.ts bookings.bookings crm.db
// The token is that of an account or of a process domain (tulle token create). With TULLE_ONCE=1 it ends when the copy holds what there is.

import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { keepCopy, meshClient, sqliteCopy } from '@tulle/client'

const [address = 'bookings.bookings', file = 'copy.db'] = process.argv.slice(2)
const [product = '', dataSet = ''] = address.split('.')
const client = meshClient({ url: process.env['TULLE_URL'] ?? 'http://127.0.0.1:8740', token: process.env['TULLE_TOKEN'] ?? '' })
const database = new DatabaseSync(file)
const stopped = new AbortController()
process.once('SIGINT', () => stopped.abort())

await keepCopy({
  client, address: { product, dataSet }, store: sqliteCopy(database, dataSet), consumer: 'copy-in-step',
  onEvent: ({ type, time }) => process.stderr.write(`${time} ${type}\n`),
  onTrouble: (error) => process.stderr.write(`trying again: ${String(error)}\n`),
  ...(process.env['TULLE_ONCE'] === undefined && { signal: stopped.signal }),
})
const { rows } = database.prepare(`select count(*) as rows from "${dataSet}"`).get() as { readonly rows: number }
process.stderr.write(`${rows} rows in ${file}\n`)
