// Starts runs by the clock. After a time when nobody watched, what was missed is made up for once, however often it was due.

import type { Clock, Result } from '@tulle/kernel'
import type { CronTrigger, RunRequest, StartedRun, Triggers } from './types.ts'
import type { Schedule } from './cron.ts'
import { parseSchedule } from './cron.ts'

export interface CronTriggerOptions {
  readonly clock: Clock
  /** What is declared now. */
  readonly triggers: () => Promise<readonly CronTrigger[]>
  /** Until when the schedule of a subject has been served; undefined for one that is new. */
  readonly servedUntil: (subject: string) => Promise<number | undefined>
  /** Undefined for a request that has nothing to run now. */
  readonly start: (request: RunRequest) => Promise<Result<StartedRun | undefined>>
  readonly warn?: (message: string) => void
}

interface Watched { trigger: CronTrigger; readonly schedule: Schedule; due: number | undefined }

/** What is declared elsewhere is looked at again at least this often. */
const LONGEST_SLEEP_MILLISECONDS = 60_000
const RETRY_MILLISECONDS = 1_000

export async function cronTriggers({ clock, triggers, servedUntil, start, warn = () => undefined }: CronTriggerOptions): Promise<Triggers> {
  let watched = new Map<string, Watched>()
  let wake = new AbortController()
  const closed = new AbortController()

  const refresh = async (): Promise<void> => {
    const next = new Map<string, Watched>()
    for (const trigger of await triggers()) {
      const { subject } = trigger.request
      const schedule = parseSchedule(trigger.schedule)
      if (!schedule.ok) {
        warn(`${subject}: ${schedule.diagnostics[0]?.message ?? 'its schedule cannot be read.'}`)
        continue
      }
      const before = watched.get(subject)
      if (before?.schedule.text === schedule.value.text) {
        // The same object: a refresh during a firing must not make it due again.
        before.trigger = trigger
        next.set(subject, before)
        continue
      }
      const due = schedule.value.next((await servedUntil(subject)) ?? clock.now())
      next.set(subject, { trigger, schedule: schedule.value, due })
    }
    watched = next
    wake.abort()
  }

  const fire = async (entry: Watched, now: number): Promise<void> => {
    const { trigger, schedule, due } = entry
    const started = await start({ ...trigger.request, trigger: { kind: 'cron', schedule: schedule.text, at: new Date(due as number).toISOString() } })
    if (!started.ok) warn(`${trigger.request.subject}: ${started.diagnostics[0]?.message ?? 'the run could not be started.'}`)
    entry.due = schedule.next(now)
  }

  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      const now = clock.now()
      for (const entry of watched.values()) {
        if (entry.due === undefined || entry.due > now || closed.signal.aborted) continue
        // A start that throws (the database is away) leaves the entry due, and is tried again.
        await fire(entry, now).catch((error: unknown) => warn(`${entry.trigger.request.subject}: ${String(error)}`))
      }
      const nextDue = Math.min(...[...watched.values()].map((entry) => entry.due ?? Number.POSITIVE_INFINITY))
      wake = new AbortController()
      const wait = nextDue - clock.now()
      const sleep = wait > 0 ? Math.min(wait, LONGEST_SLEEP_MILLISECONDS) : RETRY_MILLISECONDS
      await clock.sleep(sleep, AbortSignal.any([wake.signal, closed.signal])).catch(() => undefined)
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
