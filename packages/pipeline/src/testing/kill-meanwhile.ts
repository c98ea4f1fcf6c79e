// A process that runs a product over and over while something happens outside, and is killed in the middle of it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { bundledProgram } from '@tulle/kernel/testing'
import type { PipelineRig } from './pipeline-rig.ts'

const CHILD = await bundledProgram('packages/pipeline/src/testing/kill-child.ts')

interface Life {
  readonly product: string
  /** From the first publication on. */
  readonly milliseconds: number
  /** Done again and again meanwhile. */
  readonly meanwhile: () => Promise<unknown>
  /** What else the child is told. */
  readonly plan?: object
}

export async function killMeanwhile(rig: PipelineRig, { product, milliseconds, meanwhile, plan = {} }: Life): Promise<void> {
  const told = { address: rig.providers.testStore.connectionString, warehouse: rig.providers.warehouse, meshFolder: rig.meshFolder, folder: rig.folder, product, unforced: true, ...plan }
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(told)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const published = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('published ')) published.resolve()
  })
  await Promise.race([published.promise, ended])
  const until = Date.now() + milliseconds
  while (Date.now() < until) await meanwhile()
  child.kill('SIGKILL')
  await ended
}
