// One compiled policy in a thread of its own, one question at a time. A question that takes too long ends the thread; the next
// one starts another.

import { Worker } from 'node:worker_threads'
import type { Json } from '@tulle/kernel'
import type { RegoAnswer } from '@tulle/policy'
import type { Bundle } from './read-bundle.ts'

export interface ToThread { readonly id: number; readonly entrypoint: string; readonly input: Json }
export type FromThread = { readonly entrypoints: readonly string[] } | { readonly unusable: string } | { readonly id: number; readonly value: string } | { readonly id: number; readonly failed: string; readonly isBroken?: boolean }

export interface WasmThread {
  /** Those that it was compiled for; why it cannot be used, where it cannot. */
  entrypoints(): Promise<readonly string[] | { readonly unusable: string }>
  ask(entrypoint: string, input: Json): Promise<RegoAnswer>
  close(): Promise<void>
}

export interface WasmLimits {
  /** What an answer may take. */
  readonly milliseconds: number
  /** What starting may take: the module is compiled then. */
  readonly startMilliseconds: number
  readonly answerCharacters: number
}
export const WASM_LIMITS: WasmLimits = { milliseconds: 500, startMilliseconds: 10_000, answerCharacters: 1_000_000 }

type Started = { readonly worker: Worker; readonly entrypoints: readonly string[] } | { readonly unusable: string; readonly mayMend: boolean }

export function wasmThread(bundle: Bundle, limits: WasmLimits = WASM_LIMITS): WasmThread {
  let running: Promise<Started> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let questions = 0

  const end = async (): Promise<void> => {
    const started = await running
    running = undefined
    if (started !== undefined && 'worker' in started) await started.worker.terminate()
  }
  const start = (): Promise<Started> => {
    running ??= launch(bundle, limits)
    return running
  }
  const one = async (entrypoint: string, input: Json): Promise<RegoAnswer> => {
    const started = await start()
    if ('unusable' in started) {
      // A machine in trouble may be well again; a module that is none stays none.
      if (started.mayMend) running = undefined
      return { failed: started.unusable }
    }
    if (!started.entrypoints.includes(entrypoint)) return { failed: `it has no entrypoint ${entrypoint}` }
    const id = (questions += 1)
    const heard = await hear(started.worker, limits.milliseconds, (message) => 'id' in message && message.id === id, () => ask(started.worker, { id, entrypoint, input }))
    if (typeof heard === 'string') {
      await end()
      return { failed: heard }
    }
    if ('failed' in heard) {
      // Its memory may be full, and stays so.
      if (heard.isBroken === true) await end()
      return { failed: heard.failed }
    }
    if (!('value' in heard) || heard.value.length > limits.answerCharacters) return { failed: 'its answer is too large' }
    return { value: JSON.parse(heard.value) as Json }
  }
  return {
    entrypoints: async () => {
      const started = await start()
      return 'unusable' in started ? started : started.entrypoints
    },
    ask: (entrypoint, input) => {
      const next = last.then(() => one(entrypoint, input))
      last = next.catch(() => undefined)
      return next
    },
    close: () => last.then(end),
  }
}

async function launch(bundle: Bundle, { startMilliseconds }: WasmLimits): Promise<Started> {
  const worker = new Worker(new URL('./wasm-worker.ts', import.meta.url), {
    workerData: bundle, env: {}, argv: [], execArgv: [], stdin: false, stdout: true, stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, codeRangeSizeMb: 64, stackSizeMb: 4 },
  })
  // What a policy prints is for nobody.
  worker.stdout.resume()
  worker.stderr.resume()
  worker.on('error', () => undefined)
  worker.unref()
  const heard = await hear(worker, startMilliseconds, (message) => 'entrypoints' in message || 'unusable' in message, () => undefined)
  if (typeof heard !== 'string' && 'entrypoints' in heard) return { worker, entrypoints: heard.entrypoints }
  await worker.terminate()
  return { unusable: typeof heard === 'string' ? heard : 'unusable' in heard ? heard.unusable : 'it does not start', mayMend: typeof heard === 'string' }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
const ask = (worker: Worker, question: ToThread): void => worker.postMessage(question)

/** The message that is waited for, or in words why none comes. */
function hear(worker: Worker, milliseconds: number, isIt: (message: FromThread) => boolean, begin: () => void): Promise<FromThread | string> {
  return new Promise((tell) => {
    const done = (what: FromThread | string): void => {
      clearTimeout(timer)
      worker.off('message', onMessage).off('error', onError).off('exit', onExit)
      tell(what)
    }
    const timer = setTimeout(() => done(`it took longer than ${milliseconds} ms`), milliseconds)
    const onMessage = (message: FromThread): void => void (isIt(message) && done(message))
    const onError = (error: Error): void => done((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it took too much memory' : 'its thread broke')
    const onExit = (): void => done('its thread ended')
    worker.on('message', onMessage).on('error', onError).on('exit', onExit)
    begin()
  })
}
