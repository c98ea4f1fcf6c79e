// One session per store that hears notices and holds leases. It reconnects by itself; whatever it held is then lost, and says so.

import pg from 'pg'
import { systemClock } from '@tulle/kernel'
import { lockNumber } from './lock-number.ts'

/** A right that at most one process in the world has, as long as its session lives. */
export interface Lease {
  /** False once released, or once the session broke: then another process may have it. */
  readonly held: boolean
  release(): Promise<void>
}

export interface Watch {
  listen(channel: string, hear: () => void): Promise<() => void>
  /** The lease, or undefined where someone has it or the database is away. Ask again later. */
  tryLease(name: string): Promise<Lease | undefined>
  close(): Promise<void>
}

// Whoever asks for a lease while the database is away is told so, and can be stopped meanwhile.
const soon = (opening: Promise<pg.Client>): Promise<pg.Client | undefined> => Promise.race([opening, systemClock.sleep(500).then(() => undefined)])

/** Opens no connection before the first call needs one. */
export function watchDatabase(config: pg.ClientConfig): Watch {
  const listeners = new Map<string, Set<() => void>>()
  const leases = new Map<string, pg.Client>()
  const closed = new AbortController()
  let session: Promise<pg.Client> | undefined

  const lost = (client: pg.Client): void => {
    for (const [name, holder] of leases) if (holder === client) leases.delete(name)
    if (session === undefined || closed.signal.aborted) return
    session = undefined
    if (listeners.size > 0) void open().then(tellAll).catch(() => undefined)
  }
  const tellAll = (): void => {
    for (const hears of listeners.values()) for (const hear of hears) hear()
  }
  const connect = async (): Promise<pg.Client> => {
    for (let failures = 0; ; failures += 1) {
      const client = new pg.Client({ ...config, application_name: 'tulle watch' })
      client.on('error', () => undefined)
      try {
        await client.connect()
        for (const channel of listeners.keys()) await client.query(`listen ${client.escapeIdentifier(channel)}`)
        client.on('notification', ({ channel }) => {
          for (const hear of listeners.get(channel) ?? []) hear()
        })
        client.once('end', () => lost(client))
        return client
      } catch {
        await client.end().catch(() => undefined)
        await systemClock.sleep(Math.min(50 * 2 ** failures, 2000), closed.signal)
      }
    }
  }
  const open = (): Promise<pg.Client> => {
    session ??= connect()
    return session
  }
  // Listeners and leases come from many sides, and a client takes one query at a time.
  let turn: Promise<unknown> = Promise.resolve()
  const query = <R extends pg.QueryResultRow>(client: pg.Client, text: string, values: unknown[] = []): Promise<pg.QueryResult<R>> => {
    const result = turn.then(() => client.query<R>(text, values))
    turn = result.catch(() => undefined)
    return result
  }

  return {
    listen: async (channel, hear) => {
      const first = !listeners.has(channel)
      const hears = listeners.get(channel) ?? new Set()
      listeners.set(channel, hears.add(hear))
      const client = await open()
      if (first) await query(client, `listen ${client.escapeIdentifier(channel)}`).catch(() => undefined)
      return () => {
        hears.delete(hear)
      }
    },
    tryLease: async (name) => {
      if (leases.has(name)) return undefined
      let client: pg.Client | undefined
      try {
        client = await soon(open())
        if (client === undefined || leases.has(name)) return undefined
        leases.set(name, client)
        const { rows } = await query<{ got: boolean }>(client, 'select pg_try_advisory_lock($1) as got', [lockNumber(name)])
        if (rows[0]?.got !== true) {
          leases.delete(name)
          return undefined
        }
      } catch {
        leases.delete(name)
        return undefined
      }
      const holder = client
      return {
        get held() {
          return leases.get(name) === holder
        },
        release: async () => {
          if (leases.get(name) !== holder) return
          await query(holder, 'select pg_advisory_unlock($1)', [lockNumber(name)]).catch(() => undefined)
          leases.delete(name)
        },
      }
    },
    close: async () => {
      closed.abort(new Error('closed'))
      leases.clear()
      listeners.clear()
      const client = await session?.catch(() => undefined)
      await client?.end().catch(() => undefined)
    },
  }
}
