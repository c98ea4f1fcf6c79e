// What a durable step costs: one after the other, and with 400 workflows at once; by DBOS alone, and by a workflow of the DSL
// over DBOS. Each in a process of its own on a database of its own: node bench/workflow-steps.ts.

import { spawnSync } from 'node:child_process'
import { DBOS } from '@dbos-inc/dbos-sdk'
import { systemClock } from '@tulle/kernel'
import { testStore } from '@tulle/store/testing'
import { openJq } from '@tulle/workflow'
import type { WorkflowDocument } from '@tulle/workflow'
import { dbosPort, memoryEvents, runWorkflow } from '@tulle/workflow/testing'
import type { WorkflowHost } from '@tulle/workflow/testing'

const SEQUENTIAL = 1_000
const WORKFLOWS = 400
const EACH = 10
const ROUNDS = 3

const documentOf = (steps: number): WorkflowDocument => ({
  document: { dsl: '1.0.3', namespace: 'bench', name: 'steps', version: '1.0.0' },
  do: [{ loop: { for: { each: 'i', in: '.items' }, do: [{ step: { call: 'nothing' } }] } }],
  metadata: steps,
} as unknown as WorkflowDocument)

const [what] = process.argv.slice(2)
if (what === undefined) {
  const found: Record<string, { sequence: number; together: number }> = {}
  for (const kind of ['dbos', 'dsl']) {
    const rounds = Array.from({ length: ROUNDS }, () => {
      const { stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', import.meta.filename, kind], { encoding: 'utf8' })
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout) as { sequence: number; together: number }
    })
    found[kind] = { sequence: median(rounds.map((one) => one.sequence)), together: median(rounds.map((one) => one.together)) }
    console.log(`${kind.padEnd(5)} ${(found[kind]?.sequence ?? 0).toFixed(2)} ms a step in sequence, ${Math.round(found[kind]?.together ?? 0)} steps/s with ${WORKFLOWS} workflows (median of ${ROUNDS})`)
  }
  console.log(`dsl to dbos: ${((found['dsl']?.together ?? 0) / (found['dbos']?.together ?? 1)).toFixed(2)} of the throughput`)
} else {
  await using rig = await testStore()
  const jq = openJq()
  const host: WorkflowHost = {
    jq, clock: systemClock, events: memoryEvents(systemClock), secret: () => undefined, workflow: async () => undefined, http: () => Promise.reject(new Error('nobody is called')),
    runtime: { name: 'Tulle', version: 'bench' }, functions: { nothing: async () => null },
  }
  const alone = async (id: string, steps: number): Promise<void> => {
    void id
    for (let i = 0; i < steps; i += 1) await DBOS.runStep(async () => null, { name: 'step' })
  }
  const overDsl = async (id: string, steps: number): Promise<void> => {
    const { port } = await dbosPort({ runId: id, clock: systemClock, signal: new AbortController().signal, isLeaving: () => false, startBranch: () => Promise.reject(new Error('no branches')), cancelBranches: async () => undefined }, async () => null)
    const outcome = await runWorkflow({ document: documentOf(steps), input: { items: Array.from({ length: steps }, (_, i) => i) } }, port, host)
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error))
  }
  const quiet = (): void => undefined
  DBOS.setConfig({ name: 'bench', systemDatabasePool: rig.store.pool, systemDatabaseSchemaName: 'dbos', useListenNotify: false, enableOTLP: false, logger: { debug: quiet, info: quiet, warn: quiet, error: quiet } })
  const workflow = DBOS.registerWorkflow(what === 'dbos' ? alone : overDsl, { name: 'bench' })
  await DBOS.launch()
  const run = async (id: string, steps: number): Promise<void> => (await DBOS.startWorkflow(workflow, { workflowID: id })(id, steps)).getResult()
  await run('warm', 200)
  let begun = performance.now()
  await run('sequence', SEQUENTIAL)
  const sequence = (performance.now() - begun) / SEQUENTIAL
  begun = performance.now()
  await Promise.all(Array.from({ length: WORKFLOWS }, (_, i) => run(`together-${i}`, EACH)))
  const together = (WORKFLOWS * EACH) / ((performance.now() - begun) / 1_000)
  console.log(JSON.stringify({ sequence, together }))
  await DBOS.shutdown({ deregister: true })
  await jq.close()
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
