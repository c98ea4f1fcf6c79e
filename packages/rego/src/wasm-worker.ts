// The thread in which a compiled policy runs. It holds one policy and nothing else: no environment, no way out but its answers;
// whoever started it ends it where it takes too long.

import { parentPort, workerData } from 'node:worker_threads'
import { loadPolicy } from '@open-policy-agent/opa-wasm'
import type { Bundle } from './read-bundle.ts'
import type { FromThread, ToThread } from './wasm-thread.ts'

/** Of 64 kB each. */
const MOST_PAGES = 1024

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
const say = (message: FromThread): void => parentPort?.postMessage(message)
const words = (error: unknown): string => (error instanceof Error ? error.message : typeof error === 'string' ? error : ((error as { message?: unknown } | null)?.message ?? 'it broke')).toString().slice(0, 200)

try {
  const { wasm, data } = workerData as Bundle
  const policy = await loadPolicy(wasm, { initial: 5, maximum: MOST_PAGES })
  policy.setData(data as object)
  parentPort?.on('message', ({ id, entrypoint, input }: ToThread) => {
    try {
      const results = policy.evaluate(input, entrypoint) as unknown
      const [only, ...more] = Array.isArray(results) ? (results as readonly { readonly result?: unknown }[]) : []
      if (only === undefined || more.length > 0 || !Object.hasOwn(only, 'result')) say({ id, failed: 'it has no answer to this question' })
      else say({ id, value: JSON.stringify(only.result) })
    } catch (error) {
      say({ id, failed: words(error), isBroken: true })
    }
  })
  say({ entrypoints: Object.keys(policy.entrypoints as object) })
} catch (error) {
  say({ unusable: words(error) })
}
