// Runs the scans of a plan on an engine process and judges what they find. What one check asks in vain fails that check alone;
// a relation that cannot be read fails them all.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import { quoteIdentifier } from '@tulle/sql'
import type { CheckedRelation, CheckPlan, HistoryPoint, Measure, Scan, Verdict } from './types.ts'
import { distanceOf } from './distance.ts'
import { judge } from './judge.ts'
import { messages } from './messages.ts'
import { splitScan } from './plan-scans.ts'

export interface RunChecksOptions {
  /** Its SQL has passed `gateQueries`. */
  readonly plan: CheckPlan
  readonly relation: CheckedRelation
  /** For messages: `flights.flights`. */
  readonly dataSet: string
  /** What is known without a scan, by measure. */
  readonly known?: ReadonlyMap<string, number>
  /** Milliseconds since 1970. */
  readonly now?: number
  /** What was measured before, by check. */
  readonly history?: ReadonlyMap<string, readonly HistoryPoint[]>
  /** Of a scan. */
  readonly timeoutMilliseconds?: number
  /** Of a query that somebody wrote. */
  readonly queryMilliseconds?: number
  readonly signal?: AbortSignal
}

const QUERY_MILLISECONDS = 60_000

/** A verdict per check. The relation must be defined on the process. */
export async function runChecks(process: EngineProcess, { plan, relation, dataSet, known, now, history, queryMilliseconds = QUERY_MILLISECONDS, ...limits }: RunChecksOptions): Promise<Result<readonly Verdict[]>> {
  const shape = await process.prepare(`SELECT * FROM ${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`)
  if (!shape.ok) return unreadable(dataSet, shape)
  const types = new Map(shape.value.columns.map((column) => [column.name, column.type]))
  const numbers = new Map<string, number | null>(known)
  const troubles = new Map<string, string>()
  const queue = [...plan.scans]
  for (let scan = queue.shift(); scan !== undefined; scan = queue.shift()) {
    const isQuery = scan.measures.some((key) => measureOf(key).kind === 'query')
    const found = await runScan(process, scan, isQuery ? { ...limits, timeoutMilliseconds: Math.min(queryMilliseconds, limits.timeoutMilliseconds ?? Infinity) } : limits)
    if (found.ok) {
      for (const [i, measure] of scan.measures.entries()) numbers.set(measure, found.value[i] ?? null)
      continue
    }
    if (found.diagnostics.some(({ code }) => code === 'engine-died') || limits.signal?.aborted === true) return unreadable(dataSet, found)
    // Which of them it was, each says alone.
    const parts = splitScan(scan, plan.checks, relation)
    if (parts.length > 0) queue.unshift(...parts)
    else for (const measure of scan.measures) troubles.set(measure, (found.diagnostics[0]?.message ?? 'the engine said nothing.').slice(0, 300))
  }
  return ok(judge(plan, { numbers, types, troubles, now: now ?? Date.now(), ...(history !== undefined && { history }) }))
}

const measureOf = (key: string): Measure => JSON.parse(key) as Measure

async function runScan(process: EngineProcess, { sql, measures }: Scan, limits: Pick<RunChecksOptions, 'timeoutMilliseconds' | 'signal'>): Promise<Result<readonly (number | null)[]>> {
  const cursor = await process.open(sql, { encoding: { kind: 'ndjson' }, ...limits })
  if (!cursor.ok) return cursor
  try {
    const batch = await cursor.value.fetch(2)
    if (!batch.ok) return batch
    const [line, ...others] = Buffer.from(batch.value.bytes).toString('utf8').split('\n').filter((one) => one !== '')
    if (line === undefined || others.length > 0) return fail(messages['check-no-number']({ rows: line === undefined ? 'no row' : 'more than one row' }))
    const row = JSON.parse(line) as Record<string, unknown>
    const values = measures.map((key, i) => valueOf(row[`m${i}`], measureOf(key)))
    return values.every((value) => value !== undefined) ? ok(values) : fail(messages['check-no-number']({ rows: 'a value that is no number' }))
  } finally {
    await cursor.value.close()
  }
}

/** Undefined where it is no number. */
function valueOf(value: unknown, measure: Measure): number | null | undefined {
  if (measure.kind === 'spread') {
    const counts = Array.from({ length: measure.reference.weights.length + 1 }, () => 0)
    for (const pair of Array.isArray(value) ? (value as readonly unknown[]) : []) {
      const [part, n] = (Array.isArray(pair) ? pair : []).map(Number)
      if (part !== undefined && n !== undefined && part in counts) counts[part] = n
    }
    return distanceOf(measure.method, counts, measure.reference) ?? null
  }
  if (value === null) return null
  if (typeof value === 'boolean') return Number(value)
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN
  return Number.isNaN(number) ? undefined : number
}

/** A process that died says nothing of the data: its finding is passed on as it is, for whoever starts another one. */
function unreadable(dataSet: string, { diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): Result<never> {
  if (diagnostics.some(({ code }) => code === 'engine-died')) return fail(...diagnostics)
  return fail(messages['check-not-readable']({ dataSet, why: diagnostics[0]?.message ?? 'the engine said nothing.' }))
}
