/* oxlint-disable unicorn/require-post-message-target-origin -- these are threads, not windows */
// A thread with jq in it. One that takes too long is ended by whoever asked, and another is made.

import { parentPort } from 'node:worker_threads'
import { loadJq } from 'jq-wasm'
import { FELL } from './program.ts'

export interface Asked { readonly id: number; readonly program: string; readonly lines: string }
export interface Answered { readonly id: number; readonly stdout: string; readonly stderr: string; readonly exitCode: number }

const jq = await loadJq()
parentPort?.on('message', ({ id, program, lines }: Asked) => {
  try {
    const { stdout, stderr, exitCode } = jq.raw(lines, program, ['-c'])
    parentPort?.postMessage({ id, stdout, stderr, exitCode } satisfies Answered)
  } catch (error) {
    parentPort?.postMessage({ id, stdout: '', stderr: `jq: error: ${error instanceof Error ? error.message : String(error)}`, exitCode: FELL } satisfies Answered)
  }
})
parentPort?.postMessage({ id: 0, stdout: '', stderr: '', exitCode: 0 } satisfies Answered)
