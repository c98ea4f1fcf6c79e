import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import { dbosRuntime } from './dbos-runtime.ts'
import { storeRecorder } from './store-recorder.ts'
import { describeWorkflowRuntime } from './testing.ts'

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())

describeWorkflowRuntime('DBOS on PostgreSQL', async () => {
  const { store } = rig
  const recorder = storeRecorder(store, systemClock)
  return {
    recorder,
    open: (workflows) => dbosRuntime({ workflows, recorder, store, executorId: 'test', clock: systemClock, newRunId: randomUUID }),
    steps: (runId) => store.db.selectFrom('run_step').select(['name', 'status', 'attempt', 'reason']).where('run_id', '=', runId).orderBy('ordinal').execute(),
    events: async (runId) => {
      const rows = await store.db.selectFrom('outbox').select(['type', 'data']).orderBy('seq').execute()
      return rows.filter((row) => (row.data as { runId: string }).runId === runId).map((row) => row.type)
    },
    log: async (runId) => (await store.db.selectFrom('run_log').select('message').where('run_id', '=', runId).orderBy('seq').execute()).map((row) => row.message),
    waits: async (runId) => (await store.db.selectFrom('run').select('waits').where('id', '=', runId).executeTakeFirst())?.waits ?? undefined,
    dispose: async () => undefined,
  }
})
