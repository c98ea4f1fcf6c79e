// Events to three consumers while everything is killed: a webhook, a reader that keeps its place, and one that keeps its place with
// its data. Afterwards each must have every event, in order for each key, and twice only the same under the same id; the one that keeps its
// place with its data, nothing twice.
//
//   node campaigns/events.ts [--events 1000000] [--seed 1] [--control]
//
// A hundred kills, evenly through the events: of who delivers, of each consumer, and of PostgreSQL. Seeded, resumable, one line of progress. In the
// control, consumers acknowledge or move their place before they have what comes: it must find losses.

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@tulle/kernel'
import { openNetwork } from '@tulle/sources'
import { openStore } from '@tulle/store'
import type { Store } from '@tulle/store'
import { testPostgres } from '@tulle/store/testing'
import { openTarget } from '@tulle/webhooks/testing'
import { outboxFeed, subscribe } from '@tulle/webhooks'
import { bundledProgram } from '@tulle/kernel/testing'
import { checkLines, checkWhenThere, KEYS, linesOf, pause, storedIn, together } from './consumed-lines.ts'
import type { Look } from './consumed-lines.ts'
import { randomFrom } from './random-from.ts'
import { runCampaign } from './run-campaign.ts'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'

const ROUND = 10_000
/** All of it is looked through, so not too often. */
const LOOK = 100_000
const ROLES = ['deliver', 'receive', 'read', 'store'] as const
type Role = (typeof ROLES)[number]

export interface EventsOptions extends CampaignOptions {
  /** In each round of ten thousand events. */
  readonly killsOfRound?: number
}

export async function eventsUnderKills({ count, seed, control, done = 0, progress, killsOfRound = 1 }: EventsOptions): Promise<CampaignOutcome> {
  const random = randomFrom(seed + done)
  const folder = mkdtempSync(join(tmpdir(), 'tulle-events-'))
  await using server = await testPostgres({ migrated: true, settings: { fsync: 'on' } })
  const { connection } = server.postgres
  const address = `postgresql://${connection.user}:${encodeURIComponent(connection.password)}@/${connection.database}?host=${encodeURIComponent(connection.host)}&port=${connection.port}`
  const opened = await openStore({ connection, poolSize: 3 })
  if (!opened.ok) throw new Error(opened.diagnostics[0]?.message)
  const store = opened.value
  const port = await freePort()
  const children = new Map<Role, ChildProcess>()
  const begun = new Set<Role>()
  const program = await bundledProgram('campaigns/events-child.ts')
  let isOver = false
  const start = (role: Role): void => {
    const child = fork(program, [role, address, folder, String(port), control && role !== 'deliver' ? 'before' : 'after'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    children.set(role, child)
    begun.delete(role)
    child.on('message', () => begun.add(role))
    child.once('exit', () => {
      if (!isOver) start(role)
    })
  }
  try {
    const seen = { subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] } as const, purpose: undefined, product: 'flights', dataSets: new Map() }
    const webhook = await subscribe({ store, clock: systemClock, network: openNetwork(['127.0.0.1']), feed: outboxFeed(store) }, { accountId: 'ana', productId: 'flights', url: `http://127.0.0.1:${port}/`, kinds: ['incident'], batch: { size: 500 } }, seen)
    if (!webhook.ok) throw new Error(webhook.diagnostics[0]?.message)
    for (const role of ROLES) start(role)
    const violations: string[] = []
    for (let from = done; from < count; from += ROUND) {
      const upTo = Math.min(from + ROUND, count)
      const kills = Array.from({ length: killsOfRound }, () => from + Math.floor(random() * (upTo - from))).toSorted((a, b) => a - b)
      for (let at = from; at < upTo; at += 500) {
        await append(store, at, Math.min(at + 500, upTo))
        while (kills[0] !== undefined && kills[0] < at + 500) {
          kills.shift()
          const victim = [...ROLES, 'postgres' as const][Math.floor(random() * 5)] ?? 'deliver'
          // Whoever is killed has begun, and is in the middle of something.
          const isReady = (): boolean => victim === 'postgres' || begun.has(victim)
          for (let tries = 0; !isReady() && tries < 500; tries += 1) await pause(20)
          await pause(random() * 100)
          if (victim === 'postgres') process.kill(server.postgres.pid, 'SIGKILL')
          else children.get(victim)?.kill('SIGKILL')
        }
      }
      if (upTo < count && (upTo - done) % LOOK > 0) continue
      const found = await checkWhenThere(() => lookAt(folder, done, upTo))
      // What this stretch has lost is known when all of it is to be there.
      violations.splice(0, violations.length, ...found)
      progress?.(upTo, violations)
      if (control && violations.length > 0) break
    }
    return { violations }
  } finally {
    isOver = true
    for (const child of children.values()) child.kill('SIGKILL')
    await store.close().catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Their ids make it the same, however often it is tried. */
async function append(store: Store, from: number, upTo: number): Promise<void> {
  for (;;) {
    try {
      await store.pool.query(`insert into outbox (id, type, source, subject, time, data)
        select 'e' || n, 'tulle.incident.opened', '/campaign', 'flights', clock_timestamp(), jsonb_build_object('productId', 'flights', 'sentence', (n % ${KEYS}) || ':' || (n / ${KEYS})) from generate_series($1::int, $2::int - 1) n on conflict (id) do nothing`, [from, upTo])
      return
    } catch {
      await pause(100)
    }
  }
}

function lookAt(folder: string, from: number, upTo: number): Look {
  const looks = [['webhook', linesOf(join(folder, 'webhook.log')), false], ['reader', linesOf(join(folder, 'read.log')), false], ['reader with its place', storedIn(folder), true]] as const
  return together(looks.map(([who, lines, isOnce]) => checkLines(who, lines, { from, upTo, isOnce })))
}

async function freePort(): Promise<number> {
  await using target = await openTarget()
  return Number(target.host.split(':')[1])
}

if (import.meta.main) await runCampaign('events', 'events', 1_000_000, eventsUnderKills)
