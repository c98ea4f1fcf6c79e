// Events over Kafka while everything is killed: change log → writer of a Kafka output port → brokers → three consumers, of which one keeps its
// place in a file, one with its data, one at the brokers. Afterwards each must have every event, in order for each key, and twice only the
// same under the same id.
//
//   KAFKA_JARS=folder node campaigns/kafka-events.ts [--events 1000000] [--seed 1] [--control]
//
// A hundred kills, evenly through the events: of the writer, of each consumer, of PostgreSQL, of the broker. With KAFKA_JARS (a folder with the jars of
// interop/kafka/pom.xml; JAVA_HOME) that is a real Apache Kafka, killed and started on what it has; without, our own of the tests, which
// hangs up on everybody and knows no groups of consumers. Seeded, resumable, one line of progress. In the control consumers move
// their place before they have what comes: it must find losses.

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBroker } from '@tulle/kafka/testing'
import { openStore } from '@tulle/store'
import type { Store } from '@tulle/store'
import { testPostgres } from '@tulle/store/testing'
import { appendSegment, holdStream } from '@tulle/streams'
import { realBroker } from '../interop/kafka/real-broker.ts'
import { checkLines, checkWhenThere, linesOf, pause, storedIn, together } from './consumed-lines.ts'
import type { Look } from './consumed-lines.ts'
import { randomFrom } from './random-from.ts'
import { runCampaign } from './run-campaign.ts'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'

const ROUND = 10_000
/** All of it is looked through, so not too often. */
const LOOK = 100_000
/** Rows of one segment of the change log. */
const SEGMENT = 500
const OF = { productId: 'flights', dataSet: 'events' } as const
type Role = 'write' | 'read' | 'store' | 'group'

export interface KafkaEventsOptions extends CampaignOptions {
  /** In each round of ten thousand events. */
  readonly killsOfRound?: number
  /** A folder with the jars of a real broker. */
  readonly jars?: string
}

export async function kafkaEventsUnderKills({ count, seed, control, done = 0, progress, killsOfRound = 1, jars }: KafkaEventsOptions): Promise<CampaignOutcome & { readonly killed: Readonly<Record<string, number>> }> {
  const random = randomFrom(seed + done)
  const folder = mkdtempSync(join(tmpdir(), 'tulle-kafka-events-'))
  await using server = await testPostgres({ migrated: true, settings: { fsync: 'on' } })
  const { connection } = server.postgres
  const address = `postgresql://${connection.user}:${encodeURIComponent(connection.password)}@/${connection.database}?host=${encodeURIComponent(connection.host)}&port=${connection.port}`
  const opened = await openStore({ connection, poolSize: 3 })
  if (!opened.ok) throw new Error(opened.diagnostics[0]?.message)
  const store = opened.value
  await using broker = await openBroker(folder, jars)
  const consumers: readonly Role[] = broker.knowsGroups ? ['read', 'store', 'group'] : ['read', 'store']
  const roles: readonly Role[] = ['write', ...consumers]
  const victims = [...roles, 'postgres', 'broker'] as const
  const killed: Record<string, number> = {}
  const children = new Map<Role, ChildProcess>()
  const had = new Map<Role, number>()
  let isOver = false
  const start = (role: Role): void => {
    const child = fork(join(import.meta.dirname, 'kafka-events-child.ts'), [role, address, folder, control && role !== 'write' ? 'before' : 'after', broker.address, '3'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    children.set(role, child)
    had.delete(role)
    child.on('message', (lines) => had.set(role, (had.get(role) ?? 0) + Number(lines)))
    child.once('exit', () => {
      if (!isOver) start(role)
    })
  }
  const least = (): number => Math.min(...consumers.map((role) => had.get(role) ?? 0))
  const atTheEndOf = async (lines: number): Promise<void> => {
    for (let seen = -1, since = Date.now(); least() < lines && Date.now() - since < 60_000; await pause(20)) if (least() !== seen) [seen, since] = [least(), Date.now()]
  }
  // Each of them once before any of them again.
  let bag: readonly (typeof victims)[number][] = []
  const nextVictim = (): (typeof victims)[number] => {
    if (bag.length === 0) bag = victims.map((victim) => [victim, random()] as const).toSorted(([, a], [, b]) => a - b).map(([victim]) => victim)
    const [victim = 'write', ...rest] = bag
    bag = rest
    return victim
  }
  const kill = async (): Promise<void> => {
    const victim = nextVictim()
    // Whoever is killed has begun, and is in the middle of something.
    for (let tries = 0; consumers.some((role) => role === victim && !had.has(role)) && tries < 500; tries += 1) await pause(20)
    await pause(random() * 400)
    killed[victim] = (killed[victim] ?? 0) + 1
    if (victim === 'postgres') process.kill(server.postgres.pid, 'SIGKILL')
    else if (victim === 'broker') await broker.kill()
    else children.get(victim)?.kill('SIGKILL')
  }
  try {
    await store.db.transaction().execute((tx) => holdStream(tx, OF))
    for (const role of roles) start(role)
    await begun(store)
    const violations: string[] = []
    for (let from = done; from < count; from += ROUND) {
      const upTo = Math.min(from + ROUND, count)
      const kills = Array.from({ length: killsOfRound }, () => from + Math.floor(random() * (upTo - from))).toSorted((a, b) => a - b)
      for (let at = from; at < upTo; at += SEGMENT) {
        await appendRows(store, at, Math.min(at + SEGMENT, upTo))
        while (kills[0] !== undefined && kills[0] < at + SEGMENT) {
          kills.shift()
          await kill()
        }
      }
      // Nobody is further behind than a round, so that kills meet work.
      await atTheEndOf(upTo - done - ROUND)
      if (upTo < count && (upTo - done) % LOOK > 0) continue
      const found = await checkWhenThere(() => lookAt(folder, consumers, done, upTo))
      violations.splice(0, violations.length, ...found)
      progress?.(upTo, violations)
      if (control && violations.length > 0) break
    }
    return { violations, killed: { ...killed, 'came again': consumers.reduce((sum, role) => sum + linesIn(folder, role).length - (count - done), 0) } }
  } finally {
    isOver = true
    for (const child of children.values()) child.kill('SIGKILL')
    await store.close().catch(() => undefined)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The topic is there, and is followed from the stream's beginning. */
async function begun(store: Store): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const row = await store.db.selectFrom('kafka_topic').select('position').executeTakeFirst()
    if ((row?.position ?? null) !== null) return
    await pause(100)
  }
  throw new Error('the topic was not begun within a minute')
}

/** A segment of the change log; its event's id makes it the same, however often it is tried. */
async function appendRows(store: Store, from: number, upTo: number): Promise<void> {
  for (;;) {
    try {
      await store.db.transaction().execute(async (tx) => {
        await appendSegment(tx, await holdStream(tx, OF), { kind: 'changes', eventId: `at ${from}`, at: Date.now(), count: upTo - from, file: `${from}-${upTo}`, fromSnapshot: String(from), toSnapshot: String(upTo) })
      })
      return
    } catch {
      await pause(100)
    }
  }
}

const linesIn = (folder: string, role: Role): readonly string[] => (role === 'store' ? storedIn(folder) : linesOf(join(folder, `${role}.log`)))

function lookAt(folder: string, consumers: readonly Role[], from: number, upTo: number): Look {
  return together(consumers.map((role) => checkLines(`consumer "${role}"`, linesIn(folder, role), { from, upTo, isOnce: false })))
}

interface Broker extends AsyncDisposable { readonly address: string; readonly knowsGroups: boolean; kill(): Promise<void> }

/** `kill` resolves when it answers again. */
async function openBroker(folder: string, jars: string | undefined): Promise<Broker> {
  if (jars === undefined) {
    const broker = await startBroker({ partitions: 3 })
    return {
      address: broker.address,
      knowsGroups: false,
      async kill() {
        await broker.goAway()
        await pause(300)
        await broker.comeBack()
      },
      [Symbol.asyncDispose]: () => broker.stop(),
    }
  }
  const { JAVA_HOME: home } = process.env
  const broker = await realBroker({ java: home === undefined ? 'java' : join(home, 'bin/java'), jars, folder: join(folder, 'broker') })
  return {
    address: broker.address,
    knowsGroups: true,
    async kill() {
      await broker.kill()
      await broker.start()
    },
    [Symbol.asyncDispose]: () => broker.kill(),
  }
}

if (import.meta.main) {
  const { KAFKA_JARS: jars } = process.env
  await runCampaign('kafka-events', 'events', 1_000_000, async (options) => {
    const outcome = await kafkaEventsUnderKills({ ...options, ...(jars !== undefined && { jars }) })
    console.log(`\nkilled: ${JSON.stringify(outcome.killed)}`)
    return outcome
  })
}
