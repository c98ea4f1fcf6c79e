// What needs no server runs in a process of its own, which may be killed: an order goes in, words come out, the last is the outcome.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { BackupProgress } from '@tulle/api'
import type { Diagnostic, Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import type { World } from './types.ts'

const OFFLINE = resolve(import.meta.dirname, '../../server/src/offline.ts')

export interface Order { readonly do: 'list' | 'verify' | 'restore' | 'verify-audit'; readonly place?: string; readonly home?: string; readonly backup?: string; readonly secrets?: readonly string[] }
type Word<T> = { readonly phase: 'failed'; readonly diagnostics: readonly Diagnostic[] } | { readonly phase: 'done'; readonly result: T; readonly diagnostics: readonly Diagnostic[] } | BackupProgress

export async function offline<T>(world: World, order: Order, show: (progress: BackupProgress) => void = () => undefined): Promise<Result<T>> {
  const child = spawn(process.execPath, ['--no-warnings', OFFLINE, JSON.stringify(order)], { env: world.environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  // Ctrl-C in a terminal reaches it anyway; told twice, it stops once.
  world.signal.addEventListener('abort', () => child.kill('SIGINT'), { once: true })
  let outcome: Result<T> | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    const word = JSON.parse(line) as Word<T>
    if (word.phase === 'failed') outcome = fail(...(word.diagnostics ?? []))
    else if ('result' in word) outcome = ok(word.result, word.diagnostics)
    else show(word)
  }
  await ended
  if (outcome === undefined) throw new Bug(`the process for "${order.do}" ended without a word.`)
  return outcome
}
