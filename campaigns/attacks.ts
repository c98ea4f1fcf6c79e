// Every attack statement, as a user with few rights, on a whole Tulle: by the SQL port in both protocols and by REST, while
// strace watches the engine process. No answer may hold what is hidden, none may come with a wrong code, and no call may
// leave the engine's own folders.
//
//   node campaigns/attacks.ts
//
// The statements are data: the gate's own cases, and campaigns/attacks/statements.json.

import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { engineRig } from '@tulle/engine/testing'
import { attackStatements } from '@tulle/sql/testing'
import { processesBelow, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import ofPorts from './attacks/statements.json' with { type: 'json' }
import { attacksMesh, CANARY, connect, grantTo } from './attacks-mesh.ts'
import type { Allowed } from './watch-calls.ts'
import { watchCalls, whyUnwatched } from './watch-calls.ts'

export interface Siege {
  readonly statements: number
  /** How often something was sent, by any port. */
  readonly sent: number
  /** Calls of the engine process that were looked at; absent where nothing can be watched here. */
  readonly calls?: number
  readonly violations: readonly string[]
  /** Statements that were answered, without anything hidden, and how many rows each. */
  readonly answered: ReadonlyMap<string, number>
}

const CODES = /^(?:42[0-9A-Z]{3}|0A000|25006|25001|25P01|25P02|54000|54001|22[0-9A-Z]{3}|26000|34000|3D000|3F000|53400|55P02|55000|08P01|2BP01|53200|57014)$/u
// A word of the driver's that its types do not have.
const EXTENDED: object = { queryMode: 'extended' }
/** Where an attack would leave its traces. */
const TRACES = '/tmp/tulle-attack'

/** The same statements past the gate, in a locked engine process: the second fence alone. */
export async function besiegeEngine(): Promise<Pick<Siege, 'sent' | 'calls' | 'violations'>> {
  const rig = engineRig()
  try {
    const worker = await rig.process()
    // Only the gate bounds what the binder takes on.
    const statements = siegeStatements((note) => !note.startsWith('asks for more'))
    const [pid = 0] = enginesBelow(process.pid)
    const watch = whyUnwatched() === undefined ? await watchCalls(pid, join(outputFolder(), 'attacks-engine.strace'), { reads: [...CODE, rig.data, join(rig.data, '../engines')], writes: [rig.data, join(rig.data, '../engines')], attempts: false }) : undefined
    const violations: string[] = []
    for (const statement of statements) {
      const opened = await worker.open(statement, { encoding: { kind: 'rows' }, timeoutMilliseconds: 2000 })
      if (!opened.ok) continue
      await opened.value.fetch(10)
      await opened.value.close()
    }
    const watched = await watch?.stop()
    violations.push(...(watched?.violations ?? []).map((call) => `the engine calls ${call}`))
    if (existsSync(TRACES)) violations.push(`${TRACES} is there`)
    if (readdirSync(rig.data).some((name) => name.startsWith('x')) || readdirSync(rig.outside).length > 0) violations.push('a file was written')
    return { sent: statements.length, violations, ...(watched !== undefined && { calls: watched.calls }) }
  } finally {
    await rig.close()
  }
}

export async function besiege({ whole }: { readonly whole: boolean }): Promise<Siege> {
  const folder = attacksMesh()
  await using tulle = await startTulle({ mesh: folder })
  const statements = siegeStatements()
  await grantTo(tulle, ['mal', 'ned'])
  const violations: string[] = []
  const answered = new Map<string, number>()
  let client = await connect(tulle, 'mal')
  const visible = async (): Promise<string> => JSON.stringify((await client.query('select count(*)::int as n, sum(a)::int as a, min(b) as b from flights.flights')).rows)
  const before = await published(visible)
  const engine = await soleEngine(tulle)
  const why = whyUnwatched()
  if (why !== undefined) console.warn(`SKIPPED: nobody watches the engine process: ${why}.`)
  const watch = why === undefined ? await watchCalls(engine, join(outputFolder(), 'attacks.strace'), allowlist(tulle)) : undefined
  let sent = 0
  const judge = (port: string, statement: string, state: string): void => {
    sent += 1
    if (CANARY.test(state.replaceAll(statement, ''))) violations.push(`${port}: ${statement} shows ${state.slice(0, 200)}`)
  }
  for (const statement of statements) {
    for (const [port, query] of [['simple', { text: statement }], ['extended', { text: statement, ...EXTENDED }]] as const) {
      const reply = await ask(client, query)
      judge(port, statement, reply.text)
      if (reply.code === undefined) answered.set(statement, reply.rows)
      else if (!CODES.test(reply.code)) violations.push(`${port}: ${statement} ends with ${reply.text}`)
      // A frame with U+0000 inside a text is no frame, and ends the conversation.
      if (reply.code === 'gone' || reply.code === '08P01') client = await connect(tulle, 'mal')
    }
    if (/\b(?:begin|start|set|set_config|declare|savepoint)\b/iu.test(statement)) {
      await client.query('rollback')
      await client.query('discard all')
    }
    for (const url of whole ? pathsOf(statement) : pathsOf(statement).slice(sent % 5, (sent % 5) + 1)) {
      const answer = await fetch(`${tulle.url}${url}`, { headers: { authorization: `Basic ${Buffer.from(`mal:${tulle.secret('mal')}`).toString('base64')}` } })
      judge('rest', statement, await answer.text())
      if (answer.status >= 500) violations.push(`rest: ${url} ends with ${answer.status}`)
    }
  }
  if ((await visible()) !== before) violations.push('what may be seen has changed')
  await client.end()
  if (enginesBelow(tulle.server.pid ?? 0)[0] !== engine) violations.push('the engine process did not survive')
  const watched = await watch?.stop()
  violations.push(...(watched?.violations ?? []).map((call) => `the engine calls ${call}`))
  if (existsSync(TRACES)) violations.push(`${TRACES} is there`)
  // Whoever may see it sees it: else nobody could say that others do not.
  const owner = await connect(tulle, 'ada')
  if (!CANARY.test((await ask(owner, { text: 'select * from flights.flights, secret.t' })).text)) violations.push('what is hidden is not there')
  await owner.end()
  return { statements: statements.length, sent, violations, answered, ...(watched !== undefined && { calls: watched.calls }) }
}

const siegeStatements = (isWanted: (note: string) => boolean = () => true): readonly string[] =>
  [...new Set([...attackStatements().filter(({ note }) => isWanted(note)).map(({ sql }) => sql), ...ofPorts.flatMap((group) => group.statements)])]

const enginesBelow = (pid: number): readonly number[] => processesBelow(pid).filter(({ command }) => /\bnode .*duckdb\/worker\.ts/u.test(command)).map((found) => found.pid)

function outputFolder(): string {
  const output = join(import.meta.dirname, '../.test-output')
  mkdirSync(output, { recursive: true })
  return output
}

const CODE = [...['packages', 'node_modules'].map((folder) => join(import.meta.dirname, '..', folder)), '/sys/devices/system/cpu', '/proc/sys/vm/overcommit_memory']
const allowlist = (tulle: TestTulle): Allowed => ({ reads: [...CODE, join(tulle.home, 'engines')], writes: [join(tulle.home, 'engines')], attempts: true })

interface Reply { readonly code?: string; readonly rows: number; readonly text: string }

async function ask(client: pg.Client, query: pg.QueryConfig): Promise<Reply> {
  try {
    const found = (await client.query(query)) as unknown as pg.QueryResult | readonly pg.QueryResult[]
    const results = Array.isArray(found) ? (found as readonly pg.QueryResult[]) : [found as pg.QueryResult]
    return { rows: results.reduce((sum, { rows }) => sum + (rows?.length ?? 0), 0), text: JSON.stringify(results.map(({ rows }) => rows)) }
  } catch (error) {
    const { code = 'gone', message, detail, hint } = error as pg.DatabaseError
    return { code, rows: 0, text: `${code} ${message} ${detail ?? ''} ${hint ?? ''}` }
  }
}

const pathsOf = (statement: string): readonly string[] => {
  const text = encodeURIComponent(statement.toWellFormed())
  const base = '/data/v1/flights/flights'
  return [`${base}?select=${text}`, `${base}?origin=eq.${text}&limit=1`, `${base}?${text}=eq.1`, `${base}?order=${text}`, `/data/v1/${text}/t`]
}

/** The one engine process that is there when runs have ended: mal's. */
async function soleEngine(tulle: TestTulle): Promise<number> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await new Promise((wake) => setTimeout(wake, 50))) {
    const [engine, other] = enginesBelow(tulle.server.pid ?? 0)
    if (engine !== undefined && other === undefined) return engine
  }
  throw new Error('other engine processes do not end')
}

async function published(visible: () => Promise<string>): Promise<string> {
  for (const deadline = Date.now() + 120_000; ; await new Promise((wake) => setTimeout(wake, 200))) {
    const rows = await visible().catch((error: unknown) => String(error))
    if (rows.includes('"n":40')) return rows
    if (Date.now() > deadline) throw new Error(`the mesh has not published: ${rows}`)
  }
}

if (import.meta.main) {
  const { statements, sent, calls, violations, answered } = await besiege({ whole: true })
  for (const [statement, rows] of answered) console.log(`answered with ${rows} rows: ${statement.slice(0, 160)}`)
  for (const violation of violations) console.log(violation.slice(0, 500))
  console.log(`${statements} statements sent ${sent} times, ${answered.size} answered; ${calls ?? 'no'} calls watched; ${violations.length === 0 ? '1 passed, 0' : '0 passed, 1'} failed`)
  process.exitCode = violations.length === 0 ? 0 : 1
}
