// Reads a table through a binary cursor and looks at nothing but the heads of messages:
// node bench/sql-port-cursor.ts port user password database table rows-per-fetch.

import { query, rawClient } from '@tulle/gateway/testing'

const [port, user, password, database, table, size] = process.argv.slice(2) as [string, string, string, string, string, string]
const client = await rawClient({ port: Number(port), user, password, parameters: { database } })
client.send(query(`begin; declare c no scroll binary cursor for select * from ${table}`))
await client.replies()

const begun = performance.now()
let rows = 0
let fetched = -1
client.socket.removeAllListeners('data')
while (fetched !== 0) {
  fetched = await fetchSome()
  rows += fetched
}
console.log(JSON.stringify({ milliseconds: performance.now() - begun, rows }))
client.close()

/** Rows of one FETCH, up to its ReadyForQuery. */
function fetchSome(): Promise<number> {
  return new Promise((resolve) => {
    let count = 0
    let rest: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      while (bytes.length - at >= 5) {
        const end = at + 1 + bytes.readInt32BE(at + 1)
        if (end > bytes.length) break
        if (bytes[at] === 0x44) count += 1
        if (bytes[at] === 0x45) throw new Error(bytes.subarray(at, end).toString())
        if (bytes[at] === 0x5a) {
          client.socket.off('data', onData)
          return resolve(count)
        }
        at = end
      }
      rest = bytes = bytes.subarray(at)
    }
    client.socket.on('data', onData)
    client.send(query(`fetch ${size} from c`))
  })
}
