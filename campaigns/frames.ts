// Spoilt frames against the SQL port: every one through its readers in this process, one of 500 by a real socket to a real
// port with real engines. Nothing may break, hang or grow, and those who behave must always be answered:
// node campaigns/frames.ts [--frames 10000000] [--seed 1] [--control].

import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { openSqlPort } from '@tulle/gateway'
import type { SqlPort } from '@tulle/gateway'
import { gatewayRig, PASSWORD, PROTOCOL, query, rawClient, rawSocket, valueOf } from '@tulle/gateway/testing'
import type { GatewayRig } from '@tulle/gateway/testing'
import type { Random } from './mutate-frames.ts'
import { OPENINGS, pick, someSession, spoil } from './mutate-frames.ts'
import { randomFrom } from './random-from.ts'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { runCampaign } from './run-campaign.ts'

type Protocol = typeof PROTOCOL

const BATCH = 5_000
const BY_SOCKET = 500
const AT_ONCE = 8
/** As the port has it: before the sign-in, and after it. */
const [SHORT, LONG] = [10_000, 100_000]
const MOST_GROWTH = 256 << 20
const HANGS = 5_000

export interface FramesOutcome extends CampaignOutcome { readonly bySocket: number; readonly perSecond: number }

export async function spoiltFrames({ count, seed, control, done = 0, progress }: CampaignOptions): Promise<FramesOutcome> {
  const violations: string[] = []
  const protocol = control ? withPlantedBug(PROTOCOL) : PROTOCOL
  await using rig = await gatewayRig()
  rig.grant('ana', 'flights')
  const port = await openPort(rig, violations)
  let bySocket = 0
  const begun = performance.now()
  let memory: number | undefined
  try {
    for (let from = done; from < count; from += BATCH) {
      const to = Math.min(count, from + BATCH)
      const sockets: number[] = []
      for (let i = from; i < to; i += 1) {
        violations.push(...throughReaders(protocol, caseOf(seed, i)).map((what) => `frame ${i} of seed ${seed}: ${what}`))
        if (i % BY_SOCKET === 0) sockets.push(i)
      }
      for (let i = 0; i < sockets.length; i += AT_ONCE) violations.push(...(await Promise.all(sockets.slice(i, i + AT_ONCE).map((one) => bySocketOf(port, seed, one)))).flat())
      bySocket += sockets.length
      violations.push(...(await neighbour(port)))
      // What the first batches load stays; more must not come with more frames.
      const now = process.memoryUsage().rss
      if (from - done >= 4 * BATCH) memory ??= now
      if (memory !== undefined && now - memory > MOST_GROWTH) violations.push(`memory grew from ${memory >> 20} to ${now >> 20} MB`)
      progress?.(to, violations)
      if (violations.length > 100) break
    }
  } finally {
    await port.close()
  }
  return { violations, bySocket, perSecond: ((count - done) / (performance.now() - begun)) * 1000 }
}

const openPort = async (rig: GatewayRig, violations: string[]): Promise<SqlPort> => valueOf(await openSqlPort({
  host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit,
  limits: { messageBytes: LONG, signInMilliseconds: 2_000, statementMilliseconds: 2_000 }, onBug: (error) => violations.push(`a bug: ${String(error)}`),
}))

interface Case { readonly signedIn: boolean; readonly bytes: Buffer; readonly cuts: Random }

function caseOf(seed: number, i: number): Case {
  const random = randomFrom(seed * 1_000_003 + i)
  const signedIn = random() < 0.6
  return { signedIn, bytes: spoil(random, signedIn ? someSession(random) : pick(random, OPENINGS)), cuts: random }
}

/** What the readers make of the bytes, whatever the pieces in which they come. */
function throughReaders(protocol: Protocol, { signedIn, bytes, cuts }: Case): readonly string[] {
  const limit = signedIn ? LONG : SHORT
  const begun = performance.now()
  try {
    const reader = protocol.frameReader(limit)
    reader.mode = signedIn ? 'typed' : 'startup'
    const expected = cutPlainly(bytes, signedIn, limit)
    const found: string[] = []
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + 1 + Math.floor(cuts() * 200))
      reader.feed(bytes.subarray(from, to))
      from = to
      for (let next = reader.next(); next !== undefined; next = reader.next()) {
        found.push(typeof next === 'string' ? next : `${next.type}:${next.body.length}`)
        if (typeof next === 'string') {
          from = bytes.length
          break
        }
        understand(protocol, signedIn, next)
        if (!signedIn) reader.mode = 'typed'
      }
    }
    const took = performance.now() - begun
    if (took > 1000) return [`took ${Math.round(took)} ms`]
    return found.join(' ') === expected.join(' ') ? [] : [`was cut into ${found.join(' ')}, and not into ${expected.join(' ')}`]
  } catch (error) {
    return [`threw ${String(error)} on ${bytes.toString('hex').slice(0, 200)}`]
  }
}

function understand(protocol: Protocol, signedIn: boolean, frame: { readonly type: number; readonly body: Buffer }): void {
  if (!signedIn && frame.type === 0) return void protocol.readOpening(frame.body)
  if (!signedIn) {
    const initial = protocol.readSaslInitial(frame.body)
    const exchange = protocol.scramExchange([DECOY])
    if (initial !== undefined) exchange.first(initial.data.toString('utf8'))
    return void exchange.final(frame.body.toString('utf8'))
  }
  const request = protocol.readRequest(frame)
  if (request.kind !== 'query' && request.kind !== 'parse') return
  const statements = protocol.splitStatements(request.text)
  if (statements.ok) for (const statement of statements.value) protocol.parseCommand(statement)
}

const DECOY = { iterations: 4096, salt: Buffer.alloc(16), storedKey: Buffer.alloc(32), serverKey: Buffer.alloc(32) }

// The same rule in the plainest words: the oracle of what frames there are.
function cutPlainly(bytes: Buffer, signedIn: boolean, limit: number): readonly string[] {
  const frames: string[] = []
  for (let at = 0, typed = signedIn; ; typed = true) {
    const head = typed ? 5 : 4
    if (bytes.length - at < head) return frames
    const length = bytes.readInt32BE(at + head - 4)
    if (length < 4) return [...frames, 'too-short']
    if (length - 4 > limit) return [...frames, 'too-long']
    const end = at + head - 4 + length
    if (end > bytes.length) return frames
    frames.push(`${typed ? bytes[at] : 0}:${length - 4}`)
    at = end
  }
}

/** The control: a reader that trusts the length of a value. */
function withPlantedBug(protocol: Protocol): Protocol {
  return { ...protocol, readRequest: (frame) => {
    if (frame.type === 0x42 && frame.body.length > 8) frame.body.readInt32BE(frame.body.readUInt16BE(2) % (frame.body.length + 8))
    return protocol.readRequest(frame)
  } }
}

async function bySocketOf(port: SqlPort, seed: number, i: number): Promise<readonly string[]> {
  const { signedIn, bytes } = caseOf(seed, i)
  const socket = signedIn ? (await rawClient({ port: port.port, user: 'ana', password: PASSWORD })).socket : await rawSocket(port.port)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.resume()
  socket.end(bytes)
  const hung = await Promise.race([closed.then(() => false), pause(HANGS, true)])
  socket.destroy()
  return hung ? [`frame ${i} of seed ${seed} hung: ${bytes.toString('hex').slice(0, 200)}`] : []
}

/** Somebody who behaves: signs in and asks. */
async function neighbour(port: SqlPort): Promise<readonly string[]> {
  const client = await rawClient({ port: port.port, user: 'ana', password: PASSWORD })
  client.send(query('select count(*) from flights.flights'))
  const answer = await Promise.race([client.replies(), pause(HANGS, undefined)])
  client.close()
  const told = answer?.map(({ type }) => type).join('') ?? 'nothing'
  return told === 'TDCZ' ? [] : [`somebody who behaves was answered ${told}`]
}

/** Many who connect and say nothing, and then some who behave. Answers how long the slowest of these took. */
export async function idleSockets(count: number): Promise<{ readonly violations: readonly string[]; readonly slowest: number }> {
  const violations: string[] = []
  await using rig = await gatewayRig()
  rig.grant('ana', 'flights')
  const port = await openPort(rig, violations)
  const idle: Socket[] = []
  let slowest = 0
  try {
    for (let i = 0; i < count; i += 100) idle.push(...(await Promise.all(Array.from({ length: Math.min(100, count - i) }, () => rawSocket(port.port)))))
    for (let i = 0; i < 10; i += 1) {
      const begun = performance.now()
      violations.push(...(await neighbour(port)))
      slowest = Math.max(slowest, performance.now() - begun)
    }
  } finally {
    for (const socket of idle) socket.destroy()
    await port.close()
  }
  return { violations, slowest }
}

if (import.meta.main) {
  await runCampaign('frames', 'frames', 10_000_000, async (options) => {
    const idle = await idleSockets(10_000)
    const outcome = await spoiltFrames(options)
    console.log(`10000 idle sockets: the slowest of those who behave took ${Math.round(idle.slowest)} ms; ${outcome.bySocket} conversations by real sockets; ${Math.round(outcome.perSecond)} frames/s`)
    return { violations: [...(options.control ? [] : idle.violations), ...outcome.violations] }
  })
}
