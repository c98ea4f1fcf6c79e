// Starts runs by the clock. After a time when nobody watched, what was missed is made up for as the trigger says.

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
  /** When the last run of a subject ended; `goes` while one has not. Undefined where none ever ran. */
  readonly endedAt?: (subject: string) => Promise<number | 'goes' | undefined>
  /** Undefined for a request that has nothing to run now. */
  readonly start: (request: RunRequest) => Promise<Result<StartedRun | undefined>>
  readonly warn?: (message: string) => void
}

interface Watched { trigger: CronTrigger; readonly schedule: Schedule; due: number | undefined }

/** Of one schedule, after a time when nobody watched. */
const MOST_MADE_UP = 100

/** What is declared elsewhere is looked at again at least this often. */
const LONGEST_SLEEP_MILLISECONDS = 60_000
const RETRY_MILLISECONDS = 1_000

/** `look` is called when a run may have ended. */
export async function cronTriggers({ clock, triggers, servedUntil, endedAt = async () => undefined, start, warn = () => undefined }: CronTriggerOptions): Promise<Triggers & { readonly look: () => void }> {
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
      const due = schedule.value.isAfterEnd === true ? await dueAfterEnd(subject, schedule.value) : dueFirst(trigger, schedule.value, await servedUntil(subject))
      next.set(subject, { trigger, schedule: schedule.value, due })
    }
    watched = next
    wake.abort()
  }

  /** Undefined while a run goes. Who never ran waits as if a run had ended now. */
  const dueAfterEnd = async (subject: string, schedule: Schedule): Promise<number | undefined> => {
    const ended = await endedAt(subject)
    return ended === 'goes' ? undefined : schedule.next(ended ?? clock.now())
  }

  /** The first time that is to be served. */
  const dueFirst = ({ catchUp, request: { subject } }: CronTrigger, schedule: Schedule, served: number | undefined): number | undefined => {
    const now = clock.now()
    const first = schedule.next(served ?? now)
    if (first === undefined || first > now) return first
    if (catchUp === 'none') {
      warn(`${subject}: what was due since ${new Date(first).toISOString()} is not made up for, as catch-up says.`)
      return schedule.next(now)
    }
    const missed = missedOf(schedule, first, now)
    if (catchUp !== 'all') return missed.at(-1)
    if (missed.length > MOST_MADE_UP) warn(`${subject}: more than ${MOST_MADE_UP} times passed; the last ${MOST_MADE_UP} are made up for (limit "MOST_MADE_UP").`)
    return missed.at(-MOST_MADE_UP) ?? first
  }

  const fire = async (entry: Watched, now: number): Promise<void> => {
    const { trigger: { request, catchUp }, schedule } = entry
    // Each of them is a run of its own by what it is given.
    const isEach = catchUp === 'all' && schedule.isAfterEnd !== true
    while (entry.due !== undefined && entry.due <= now && !closed.signal.aborted) {
      const at = new Date(entry.due).toISOString()
      const started = await start({ ...request, ...(isEach && { input: { ...request.input, due: at } }), trigger: { kind: 'cron', schedule: schedule.text, at } })
      if (!started.ok) warn(`${request.subject}: ${started.diagnostics[0]?.message ?? 'the run could not be started.'}`)
      // The end of this run says when the next one is due. Where nothing started, nothing will end.
      entry.due = schedule.isAfterEnd === true && started.ok && started.value !== undefined ? undefined : schedule.next(isEach ? entry.due : now)
    }
  }

  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      const now = clock.now()
      for (const entry of watched.values()) {
        if (entry.due === undefined && entry.schedule.isAfterEnd === true && !closed.signal.aborted) {
          await dueAfterEnd(entry.trigger.request.subject, entry.schedule).then((due) => void (entry.due = due), (error: unknown) => warn(`${entry.trigger.request.subject}: ${String(error)}`))
        }
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
    look: () => wake.abort(),
    caughtUp: async () => undefined,
    async close() {
      closed.abort()
      await watching
    },
  }
}

/** Times from `first` on that have passed, oldest first; of very many the last ones. */
function missedOf(schedule: Schedule, first: number, now: number): readonly number[] {
  const missed: number[] = []
  for (let at: number | undefined = first; at !== undefined && at <= now; at = schedule.next(at)) {
    missed.push(at)
    if (missed.length > 10 * MOST_MADE_UP) missed.splice(0, 9 * MOST_MADE_UP)
  }
  return missed
}
