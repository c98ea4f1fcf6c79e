// A process that is made to be killed: starts runs and carries them, saying on its output what it acknowledged.
// Arguments: the database's address, how many runs to start, and words: `early` acknowledges before anything is durable (a
// control that shows that the test can fail), `slow` takes its time in each step, `alone` takes nothing over.

import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { Bug, systemClock } from '@tulle/kernel'
import { openStore } from '@tulle/store'
import { sql } from 'kysely'
import type { RunContext, StepContext, StepOutcome } from '../types.ts'
import { dbosRuntime } from '../dbos-runtime.ts'
import { defineWorkflow } from '../define-workflow.ts'
import { storeRecorder } from '../store-recorder.ts'

const [address = '', runs = '0', ...words] = process.argv.slice(2)
// Straight to the pipe: a killed process flushes nothing.
const say = (line: string): void => void writeSync(1, `${line}\n`)

const opened = await openStore({ connection: address, poolSize: 5 })
if (!opened.ok) throw new Bug('the test database cannot be opened.')
const store = opened.value

const step = (name: string) => ({
  name,
  run: async (_context: RunContext, { idempotencyKey, runId }: StepContext): Promise<StepOutcome> => {
    await sql`insert into step_call (run_id, step, pid) values (${runId}, ${name}, ${process.pid})`.execute(store.db)
    await systemClock.sleep(words.includes('slow') ? 400 : 20)
    await sql`insert into step_effect (key) values (${idempotencyKey}) on conflict do nothing`.execute(store.db)
    return { status: 'succeeded', output: { name } }
  },
})
const workflow = defineWorkflow({ name: 'test', steps: ['first', 'second', 'third'].map(step) })
if (!workflow.ok) throw new Bug('the test workflow is invalid.')
const runtime = await dbosRuntime({
  workflows: [workflow.value],
  recorder: storeRecorder(store, systemClock),
  store,
  executorId: 'killed',
  // A process that is stopped is silent, and no other looks at its number.
  workerTimes: { beatMilliseconds: 200, deadMilliseconds: 2_000 },
  takesOver: !words.includes('alone'),
  clock: systemClock,
  newRunId: randomUUID,
})
// Lives until it is killed, or until whoever would kill it is gone.
process.stdin.on('end', () => process.exit()).resume()
say('ready')
for (let i = 0; i < Number(runs); i += 1) {
  const request = { workflow: 'test', subject: `s${i % 3}`, input: { nonce: randomUUID() }, trigger: { kind: 'manual' }, requestedBy: 'test' }
  if (words.includes('early')) say(`ack ${request.input.nonce}`)
  await runtime.start(request)
  if (!words.includes('early')) say(`ack ${request.input.nonce}`)
}
say('done')
