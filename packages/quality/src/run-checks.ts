// Runs the scans of a plan on an engine process and judges what they find. A scan that fails is no pass: it is a failure.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import { quoteIdentifier } from '@tulle/sql'
import type { CheckedRelation, CheckPlan, Scan, Verdict } from './types.ts'
import { judge } from './judge.ts'
import { messages } from './messages.ts'

export interface RunChecksOptions {
  readonly plan: CheckPlan
  readonly relation: CheckedRelation
  /** For messages: `flights.flights`. */
  readonly dataSet: string
  readonly timeoutMilliseconds?: number
  readonly signal?: AbortSignal
}

/** A verdict per check. The relation must be defined on the process. */
export async function runChecks(process: EngineProcess, { plan, relation, dataSet, ...limits }: RunChecksOptions): Promise<Result<readonly Verdict[]>> {
  const shape = await process.prepare(`SELECT * FROM ${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`)
  if (!shape.ok) return unreadable(dataSet, shape)
  const types = new Map(shape.value.columns.map((column) => [column.name, column.type]))
  const numbers = new Map<string, number>()
  for (const scan of plan.scans) {
    const found = await runScan(process, scan, limits)
    if (!found.ok) return unreadable(dataSet, found)
    for (const [i, measure] of scan.measures.entries()) numbers.set(measure, found.value[i] as number)
  }
  return ok(judge(plan, { numbers, types }))
}

async function runScan(process: EngineProcess, { sql, measures }: Scan, limits: Pick<RunChecksOptions, 'timeoutMilliseconds' | 'signal'>): Promise<Result<readonly number[]>> {
  const cursor = await process.open(sql, { encoding: { kind: 'ndjson' }, ...limits })
  if (!cursor.ok) return cursor
  try {
    const batch = await cursor.value.fetch(1)
    if (!batch.ok) return batch
    const row = JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as Record<string, string | number>
    const values = measures.map((_measure, i) => Number(row[`m${i}`]))
    return values.every(Number.isSafeInteger) ? ok(values) : fail(messages['check-not-readable']({ dataSet: 'it', why: 'the engine answered with no number.' }))
  } finally {
    await cursor.value.close()
  }
}

/** A process that died says nothing of the data: its finding is passed on as it is, for whoever starts another one. */
function unreadable(dataSet: string, { diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): Result<never> {
  if (diagnostics.some(({ code }) => code === 'engine-died')) return fail(...diagnostics)
  return fail(messages['check-not-readable']({ dataSet, why: diagnostics[0]?.message ?? 'the engine said nothing.' }))
}
