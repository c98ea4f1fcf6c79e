// A program for tests: keeps a PostgreSQL on the folder it is given, as `npm start` would, says how it went in lines of JSON, and goes on until it is killed.
// With `write` it also journals without pause and says which events were acknowledged.

import { openStore } from '../open-store.ts'
import { appendEvent } from '../outbox.ts'
import { startPostgres } from '../postgres/start-postgres.ts'

const [folder = '', mode = ''] = process.argv.slice(2)
const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const started = await startPostgres({ folder, onChange: (state, detail) => say({ state, detail }) })
if (!started.ok) {
  say({ failed: started.diagnostics })
  process.exit(1)
}
say({ ready: true, pid: started.value.pid, connection: started.value.connection })
process.on('SIGTERM', () => void started.value.stop().then(() => process.exit(0)))
// The supervisor keeps nobody alive; this program wants to live.
setInterval(() => undefined, 1000)

if (mode === 'write') {
  const store = await openStore({ connection: started.value.connection })
  if (!store.ok) {
    say({ failed: store.diagnostics })
    process.exit(1)
  }
  const { db } = store.value
  const write = async (): Promise<void> => {
    for (;;) {
      try {
        const id = await db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.test.written', source: '/keeper', data: {} }))
        say({ acknowledged: id })
      } catch {
        // The server is being restarted: what was not acknowledged may be lost, and nothing is claimed about it.
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  }
  await Promise.all([write(), write(), write()])
}
