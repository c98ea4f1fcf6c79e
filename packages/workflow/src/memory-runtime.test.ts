import { randomUUID } from 'node:crypto'
import { systemClock } from '@tulle/kernel'
import { memoryRecorder } from './memory-recorder.ts'
import { memoryCheckpoints, memoryRuntime } from './memory-runtime.ts'
import { describeWorkflowRuntime } from './testing.ts'

describeWorkflowRuntime('memory', async () => {
  const recorder = memoryRecorder()
  const checkpoints = memoryCheckpoints()
  return {
    recorder,
    open: (workflows) => memoryRuntime({ workflows, recorder, checkpoints, clock: systemClock, newRunId: randomUUID }),
    steps: async (runId) => (recorder.runs.get(runId)?.steps ?? []).map((step) => ({ ...step, reason: step.reason ?? null })),
    events: async (runId) => recorder.events.filter((event) => event.runId === runId).map((event) => event.type),
    waits: async (runId) => recorder.runs.get(runId)?.waits,
    log: async (runId) => (recorder.runs.get(runId)?.log ?? []).map((line) => line.message),
    dispose: async () => undefined,
  }
})
