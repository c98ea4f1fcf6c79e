// Who carries runs: every process has an identity of its own and says now and then that it lives. Whoever finds that another
// one does not any more hands its runs back to the queue, from which exactly one takes each.

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Clock } from '@tulle/kernel'
import type { Store } from '@tulle/store'

export interface WorkerTimes {
  /** Between two signs of life. */
  readonly beatMilliseconds: number
  /** Without a sign of life for so long: dead. On the machine where it ran it is seen at once. */
  readonly deadMilliseconds: number
}
const TIMES: WorkerTimes = { beatMilliseconds: 2_000, deadMilliseconds: 15_000 }

export interface Worker {
  readonly id: string
  /** From now on it says that it lives, and looks for those that do not. Looks once before it resolves. */
  watch(carriers: Carriers): Promise<void>
  /** Its runs may be taken over at once. */
  leave(): Promise<void>
}

/** Those who carry runs that have not ended, and a way to let others carry them. */
export interface Carriers {
  of(): Promise<readonly string[]>
  /** Answers how many runs go back to the queue. */
  giveBack(workers: readonly string[]): Promise<number>
}

export interface WorkerOptions { readonly store: Pick<Store, 'db'>; readonly clock: Clock; readonly name: string; readonly warn: (message: string) => void; readonly times?: Partial<WorkerTimes> | undefined }

export async function enrolWorker({ store: { db }, clock, name, warn, times }: WorkerOptions): Promise<Worker> {
  const { beatMilliseconds, deadMilliseconds } = { ...TIMES, ...times }
  const id = `${name}:${randomUUID()}`
  const own = { place: placeOf(), pid: process.pid, born: bornAt(process.pid) ?? '' }
  const beat = (): Promise<unknown> =>
    db.insertInto('run_worker').values({ id, ...own, seen_at: now }).onConflict((c) => c.column('id').doUpdateSet({ seen_at: now })).execute()
  const closed = new AbortController()
  let watching: Promise<void> = Promise.resolve()
  await beat()

  const dead = async (carriers: readonly string[]): Promise<readonly string[]> => {
    const others = carriers.filter((one) => one !== id)
    if (others.length === 0) return []
    const known = await db.selectFrom('run_worker').select(['id', 'place', 'pid', 'born', sql<boolean>`seen_at < clock_timestamp() - ${deadMilliseconds} * interval '1 millisecond'`.as('silent')]).where('id', 'in', others).execute()
    return others.filter((one) => {
      const row = known.find((other) => other.id === one)
      return row === undefined || row.silent || (row.place === own.place && bornAt(row.pid) !== row.born)
    })
  }
  const look = async ({ of, giveBack }: Carriers): Promise<void> => {
    const gone = await dead(await of())
    if (gone.length === 0) return
    const runs = await giveBack(gone)
    await db.deleteFrom('run_worker').where('id', 'in', [...gone]).execute()
    if (runs > 0) warn(`${gone.length === 1 ? 'A process that carried runs is' : `${gone.length} processes that carried runs are`} gone; ${runs} of them go on elsewhere.`)
  }

  return {
    id,
    async watch(carriers) {
      await look(carriers)
      watching = (async () => {
        while (!closed.signal.aborted) {
          await clock.sleep(beatMilliseconds, closed.signal).catch(() => undefined)
          if (closed.signal.aborted) return
          // A database that is away is no reason to stop; the next beat tells.
          await beat().then(() => look(carriers)).catch((error: unknown) => warn(`the sign of life of this process: ${String(error)}`))
        }
      })()
    },
    async leave() {
      closed.abort(new Error('closed'))
      await watching
      await db.deleteFrom('run_worker').where('id', '=', id).execute().catch(() => undefined)
    },
  }
}

const now = sql<Date>`clock_timestamp()`

/** Processes of one place see each other by their numbers. */
const placeOf = (): string => {
  try {
    return `${hostname()} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    // No other process is of this place: it is only dead when it is silent.
    return randomUUID()
  }
}

/** When a process began, in the ticks of its machine: numbers are given again. Undefined where it is gone, or a zombie. */
function bornAt(pid: number): string | undefined {
  try {
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /su, '').split(' ')
    return state === 'Z' || state === 'X' ? undefined : rest[18]
  } catch {
    return undefined
  }
}
