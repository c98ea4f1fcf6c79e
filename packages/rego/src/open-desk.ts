// The desk where policies in Rego are asked: bundles by their text, servers by their address, so many at once and no more.

import { sha256 } from '@tulle/kernel'
import type { RegoAnswer, RegoAsk, RegoDesk } from '@tulle/policy'
import { askServer } from './ask-server.ts'
import type { ServerOptions } from './ask-server.ts'
import { readBundle } from './read-bundle.ts'
import { WASM_LIMITS, wasmThread } from './wasm-thread.ts'
import type { WasmLimits, WasmThread } from './wasm-thread.ts'

export interface OpenDesk extends RegoDesk { close(): Promise<void> }
export interface DeskOptions extends ServerOptions { readonly wasm?: WasmLimits }

/** Each is a thread, with some megabytes. */
const MOST_THREADS = 16
/** Questions to servers at the same time. */
const AT_ONCE = 32

export function openRegoDesk(options: DeskOptions): OpenDesk {
  const { wasm = WASM_LIMITS } = options
  // In the order of their last use.
  const threads = new Map<string, WasmThread | { readonly unread: string }>()
  const threadOf = (bundle: string): WasmThread | { readonly unread: string } => {
    const key = sha256(bundle)
    const known = threads.get(key)
    threads.delete(key)
    const read = known === undefined ? readBundle(bundle) : undefined
    const thread = known ?? (read === undefined || 'unread' in read ? { unread: read?.unread ?? '' } : wasmThread(read, wasm))
    threads.set(key, thread)
    for (const [oldest, old] of threads) {
      if (threads.size <= MOST_THREADS) break
      threads.delete(oldest)
      if ('close' in old) void old.close().catch(() => undefined)
    }
    return thread
  }
  const limited = atMost(AT_ONCE)
  const one = async ({ source: { bundle, server, entrypoint, secret }, input }: RegoAsk): Promise<RegoAnswer> => {
    if (server !== undefined) return limited(() => askServer({ server, entrypoint, secret }, input, options))
    const thread = threadOf(bundle ?? '')
    return 'unread' in thread ? { failed: `its bundle cannot be used: ${thread.unread}` } : thread.ask(entrypoint, input)
  }
  return {
    ask: (asks) => Promise.all(asks.map((ask) => one(ask).catch((): RegoAnswer => ({ failed: 'it broke' })))),
    close: async () => {
      await Promise.all([...threads.values()].map((thread) => ('close' in thread ? thread.close() : undefined)))
      threads.clear()
    },
  }
}

/** Lets so many run at a time, the others in their order. */
function atMost(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= most) await new Promise<void>((go) => waiting.push(go))
    else running += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
