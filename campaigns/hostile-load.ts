// Statements that would take the machine, beside a neighbour's point queries: each is killed in time, with a code that says
// so, and the server, the neighbour and the next statement of the same session live.
//
//   node campaigns/hostile-load.ts
//
// The neighbour's latencies are reported beside those without load, and not judged: they depend on the machine.

import type pg from 'pg'
import { startTulle } from '@tulle/server/testing'
import { attacksMesh, connect, grantTo } from './attacks-mesh.ts'
import statements from './attacks/hostile.json' with { type: 'json' }

export interface HostileOutcome {
  readonly violations: readonly string[]
  readonly statements: number
  /** Milliseconds from a statement's limit to its end, of the slowest. */
  readonly slowestKill: number
  readonly ended: Readonly<Record<string, number>>
  /** Milliseconds of the neighbour's queries, in the middle and of the slowest hundredth, without load and beside it. */
  readonly neighbour: { readonly quiet: readonly [number, number]; readonly beside: readonly [number, number]; readonly queries: number }
}

const LIMIT_MILLISECONDS = 1_000
const GRACE_MILLISECONDS = 2_000
/** Too long, too much memory, too much disk, or refused for its size; the engine that had to be killed says 57014 too. */
const CODES = new Set(['57014', '53200', '53100', '54000', '54001', '22003'])

interface Hostile { readonly what: string; readonly sql: string }

export async function loadHostilely({ only = statements.length, grace = GRACE_MILLISECONDS }: { readonly only?: number; readonly grace?: number } = {}): Promise<HostileOutcome> {
  const mesh = attacksMesh()
  await using tulle = await startTulle({ mesh })
  await grantTo(tulle, ['mal', 'ned'])
  const [mal, ned] = [await connect(tulle, 'mal'), await connect(tulle, 'ned')]
  await until(() => ask(ned))
  await until(() => ask(mal))
  const quiet = await measure(ned, async () => pause(3_000))
  const violations: string[] = []
  const ended: Record<string, number> = {}
  let slowestKill = 0
  await mal.query(`SET statement_timeout = ${LIMIT_MILLISECONDS}`)
  const beside = await measure(ned, async () => {
    for (const { what, sql } of (statements as readonly Hostile[]).slice(0, only)) {
      const begun = performance.now()
      const code = await mal.query(sql).then(() => 'answered', (error: unknown) => (error as pg.DatabaseError).code ?? String(error))
      const over = performance.now() - begun - LIMIT_MILLISECONDS
      ended[code] = (ended[code] ?? 0) + 1
      slowestKill = Math.max(slowestKill, over)
      if (!CODES.has(code)) violations.push(`${what} ended with ${code}`)
      if (over > grace) violations.push(`${what} was killed ${Math.round(over)} ms after its limit`)
      const next = await until(() => ask(mal)).catch((error: unknown) => String(error))
      if (next !== 40) violations.push(`after ${what} the same session answers ${next}`)
    }
  })
  for (const wrong of new Set([...quiet.wrong, ...beside.wrong])) violations.push(`the neighbour was answered ${wrong}`)
  const status = await fetch(`${tulle.url}/api/v1/status`)
  if (!status.ok || tulle.server.exitCode !== null) violations.push('the server did not live')
  await Promise.all([mal.end(), ned.end()])
  return { violations, statements: Math.min(only, statements.length), slowestKill: Math.round(slowestKill), ended, neighbour: { quiet: quiet.figures, beside: beside.figures, queries: beside.count } }
}

const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds))

const ask = async (client: pg.Client): Promise<number> => ((await client.query('select count(*)::int as n from flights.flights where id >= 0')).rows as { n: number }[])[0]?.n ?? -1

async function until(work: () => Promise<number>): Promise<number> {
  for (const deadline = Date.now() + 60_000; ; await pause(100)) {
    try {
      const n = await work()
      if (n === 40) return n
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

interface Measured { readonly figures: readonly [number, number]; readonly count: number; readonly wrong: readonly string[] }

/** Asks over and over while the work lasts. */
async function measure(client: pg.Client, work: () => Promise<void>): Promise<Measured> {
  const ended = new AbortController()
  const times: number[] = []
  const wrong: string[] = []
  const asking = (async () => {
    while (!ended.signal.aborted) {
      const begun = performance.now()
      const n = await ask(client).catch((error: unknown) => String(error))
      times.push(performance.now() - begun)
      if (n !== 40) wrong.push(String(n))
      await pause(20)
    }
  })()
  await work()
  ended.abort()
  await asking
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 10) / 10
  return { figures: [at(0.5), at(0.99)], count: times.length, wrong }
}

if (import.meta.main) {
  const { violations, statements: count, slowestKill, ended, neighbour } = await loadHostilely()
  for (const violation of violations) console.log(violation)
  console.log(`${count} statements ended ${JSON.stringify(ended)}, the slowest ${slowestKill} ms after its limit of ${LIMIT_MILLISECONDS} ms`)
  console.log(`the neighbour's median and p99: ${neighbour.quiet.join(' and ')} ms alone, ${neighbour.beside.join(' and ')} ms beside them (${neighbour.queries} queries)`)
  console.log(violations.length === 0 ? '1 passed, 0 failed' : '0 passed, 1 failed')
  process.exitCode = violations.length === 0 ? 0 : 1
}
