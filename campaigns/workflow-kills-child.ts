// A process that is made to be killed while it carries workflows: it kills itself at the boundary that it is told. Arguments:
// the database's address, a file with the document, and `keys` or `control`, which forgets the keys of effects. It begins
// when it reads a line: after how many boundaries to die (0: never), and how many runs to keep under way.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { Bug, ok, systemClock } from '@tulle/kernel'
import { openStore } from '@tulle/store'
import type { HostFunction, Outcome, WorkflowDefinition, WorkflowDocument } from '@tulle/workflow'
import { dbosRuntime, openJq, storeEvents, storeRecorder } from '@tulle/workflow'

// Now, and not at its end, which never comes: whoever is killed keeps nothing for the next one.
flushCompileCache()
const [address = '', file = '', keys = 'keys'] = process.argv.slice(2)
const [line] = await once(createInterface({ input: process.stdin }), 'line') as [string]
const [boundary = 0, runs = 0] = line.split(' ').map(Number)
const opened = await openStore({ connection: address, poolSize: 8 })
if (!opened.ok) throw new Bug('the database cannot be opened.')
const store = opened.value
const document = JSON.parse(readFileSync(file, 'utf8')) as WorkflowDocument

let passed = 0
// Where keys are forgotten, a process that dies between an effect and its answer is enough.
const boundaryHere = (isAfterEffect = false): void => {
  if (keys === 'control' && !isAfterEffect) return
  passed += 1
  if (passed === boundary) process.kill(process.pid, 'SIGKILL')
}
/** One effect on the world, named by its key: whoever receives it twice does it once. */
const effect = async (key: string, runId: string): Promise<void> => {
  boundaryHere()
  await sql`insert into flow_effect (key, run_id) values (${keys === 'control' ? randomUUID() : key}, ${runId}) on conflict do nothing`.execute(store.db)
  boundaryHere(true)
}
const rootOf = (runId: string): string => runId.slice(0, 36)
const functions: Readonly<Record<string, HostFunction>> = {
  effect: async ({ n }, { idempotencyKey, runId }) => {
    await effect(idempotencyKey, rootOf(runId))
    return { did: n ?? null }
  },
  flaky: async (_, { idempotencyKey, runId }) => {
    const { rows } = await sql<{ tries: number }>`insert into flow_try (key) values (${idempotencyKey}) on conflict (key) do update set tries = flow_try.tries + 1 returning tries`.execute(store.db)
    if ((rows[0]?.tries ?? 0) < 3) throw new Error('not yet')
    await effect(idempotencyKey, rootOf(runId))
    return { steady: true }
  },
}
const jq = openJq()
const events = storeEvents(store, systemClock)
const workflow: WorkflowDefinition = {
  name: 'test',
  steps: [],
  flow: {
    find: async ({ input }) => ok({ document, input: { n: input['n'] ?? 0 } }),
    host: () => ({
      jq, events, functions, clock: systemClock,
      http: () => Promise.reject(new Error('nobody is called')), secret: () => undefined, workflow: async () => undefined,
      runtime: { name: 'Tulle', version: 'test' },
      observe: () => boundaryHere(),
    }),
    ended: async ({ runId }, outcome: Outcome) => {
      boundaryHere()
      await sql`insert into flow_outcome (run_id, outcome) values (${runId}, ${JSON.stringify(outcome)}::jsonb)`.execute(store.db)
    },
  },
}
const runtime = await dbosRuntime({
  workflows: [workflow], recorder: storeRecorder(store, systemClock), store, executorId: 'killed', clock: systemClock, newRunId: randomUUID, concurrency: 3,
})
// Lives until it is killed, or until whoever would kill it is gone.
process.stdin.on('end', () => process.exit()).resume()
const isOpen = async (): Promise<number> => (await store.db.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).execute()).length
const keepUnderWay = async (): Promise<never> => {
  for (let i = 0; ; i += 1) {
    if ((await isOpen()) >= runs) await systemClock.sleep(50)
    else await runtime.start({ workflow: 'test', subject: `s${randomUUID()}`, input: { n: i % 5, nonce: randomUUID() }, trigger: { kind: 'manual' }, requestedBy: 'test', steps: document.do.map((item) => Object.keys(item)[0] as string) })
  }
}
if (runs > 0) await keepUnderWay()
