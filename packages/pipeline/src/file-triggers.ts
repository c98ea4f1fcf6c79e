// Starts runs when files of a port are new: once for each set of them, however often it is looked for, also over a restart. A
// set counts when two looks have found it the same, so that a file that is still being written starts nothing.

import type { Clock, Result } from '@tulle/kernel'
import type { RunRequest, StartedRun, Triggers } from '@tulle/workflow'

export interface FileTrigger { readonly port: string; readonly everySeconds: number; readonly request: Omit<RunRequest, 'trigger'> }

export interface FileTriggerOptions {
  readonly clock: Clock
  /** What is declared now. */
  readonly triggers: () => Promise<readonly FileTrigger[]>
  /** A fingerprint of what is there; undefined for nothing. */
  readonly look: (product: string, port: string, signal: AbortSignal) => Promise<Result<string | undefined>>
  /** Which set started a run last. */
  readonly seen: (product: string, port: string) => Promise<string | undefined>
  readonly remember: (product: string, port: string, seen: string) => Promise<void>
  readonly start: (request: RunRequest) => Promise<Result<StartedRun | undefined>>
  readonly warn?: (message: string) => void
}

interface Watched { trigger: FileTrigger; due: number; /** What the last look found, where that is new. */ found: string | undefined; /** What was warned of last. */ warned: string | undefined }

const LONGEST_SLEEP_MILLISECONDS = 60_000
/** Between the look that finds something and the one that makes sure. */
const SURE_MILLISECONDS = 2_000

export async function fileTriggers({ clock, triggers, look, seen, remember, start, warn = () => undefined }: FileTriggerOptions): Promise<Triggers> {
  let watched = new Map<string, Watched>()
  let wake = new AbortController()
  const closed = new AbortController()

  const refresh = async (): Promise<void> => {
    const next = new Map<string, Watched>()
    for (const trigger of await triggers()) {
      const key = `${trigger.request.subject}\0${trigger.port}`
      const before = watched.get(key)
      if (before !== undefined) before.trigger = trigger
      next.set(key, before ?? { trigger, due: clock.now(), found: undefined, warned: undefined })
    }
    watched = next
    wake.abort()
  }

  const lookAt = async (entry: Watched): Promise<void> => {
    const { port, everySeconds, request } = entry.trigger
    entry.due = clock.now() + everySeconds * 1000
    const there = await look(request.subject, port, closed.signal)
    if (!there.ok) {
      const message = there.diagnostics[0]?.message ?? 'its files cannot be looked for.'
      if (message !== entry.warned) warn(`${request.subject}: ${message}`)
      entry.warned = message
      return
    }
    entry.warned = undefined
    const fingerprint = there.value
    if (fingerprint === undefined || fingerprint === (await seen(request.subject, port))) entry.found = undefined
    else if (fingerprint === entry.found) {
      const started = await start({ ...request, trigger: { kind: 'files', port } })
      if (!started.ok) return void warn(`${request.subject}: ${started.diagnostics[0]?.message ?? 'the run could not be started.'}`)
      // Forgotten in a crash just here, they start one run more, which finds nothing new.
      await remember(request.subject, port, fingerprint)
      entry.found = undefined
    } else {
      entry.found = fingerprint
      entry.due = Math.min(entry.due, clock.now() + SURE_MILLISECONDS)
    }
  }

  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      wake = new AbortController()
      for (const entry of watched.values()) {
        if (entry.due > clock.now() || closed.signal.aborted) continue
        await lookAt(entry).catch((error: unknown) => {
          if (!closed.signal.aborted) warn(`${entry.trigger.request.subject}: ${String(error)}`)
        })
      }
      const wait = Math.min(LONGEST_SLEEP_MILLISECONDS, ...[...watched.values()].map(({ due }) => due - clock.now()))
      if (wait > 0) await clock.sleep(wait, AbortSignal.any([wake.signal, closed.signal])).catch(() => undefined)
    }
  }

  await refresh()
  const watching = watch()
  return {
    refresh,
    caughtUp: async () => undefined,
    async close() {
      closed.abort()
      await watching
    },
  }
}
