// Statements that were run, planned against the tables as they would be: by the engine's own binder, over tables without rows. Nothing
// is executed. A statement that it cannot plan even over the tables of now says nothing.

import type { EngineProcess, Relation } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { fillPlaceholders } from './fill-placeholders.ts'
import type { FailingStatement, Replayed, ReplayStatement, ReplayTable, Worlds } from './types.ts'

export interface ReplayLimits {
  /** For all of it. */
  readonly milliseconds?: number
  /** Milliseconds of a clock that never goes back. */
  readonly clock?: () => number
}

const ALL_MILLISECONDS = 20_000
/** Statements that are under way at once: the process does one after the other, and never waits for the next. */
const AT_ONCE = 32

type Process = Pick<EngineProcess, 'define' | 'prepare'>

/** `process` is one that holds nothing; its relations are replaced. */
export async function replayStatements(process: Process, { now, then }: Pick<Worlds, 'now' | 'then'>, statements: readonly ReplayStatement[], { milliseconds = ALL_MILLISECONDS, clock = () => performance.now() }: ReplayLimits = {}): Promise<Result<Replayed>> {
  if (statements.length === 0) return ok({ planned: [], failing: [], unknown: 0, skipped: 0 })
  const until = clock() + milliseconds
  const isLate = (): boolean => clock() > until
  const defined = await process.define(now.map(relationOf))
  if (!defined.ok) return defined
  const before = await each(statements, async ({ text }): Promise<Way | 'unknown' | 'skipped'> => (isLate() ? 'skipped' : (await wayOf(process, fillPlaceholders(text))) ?? 'unknown'))
  const known = statements.flatMap((statement, at): readonly Known[] => {
    const way = before[at]
    return typeof way === 'object' ? [{ statement, way }] : []
  })
  const redefined = await process.define(then.map(relationOf))
  if (!redefined.ok) return redefined
  const after = await each(known, async ({ way }): Promise<Outcome | 'skipped'> => (isLate() ? 'skipped' : planned(process, way)))
  const judged = known.flatMap(({ statement }, at) => {
    const outcome = after[at]
    return typeof outcome === 'object' ? [{ statement, outcome }] : []
  })
  return ok({
    planned: judged.map(({ statement }) => statement),
    failing: judged.flatMap(({ statement, outcome }): readonly FailingStatement[] => (outcome.error === undefined ? [] : [{ ...statement, error: outcome.error }])),
    unknown: before.filter((way) => way === 'unknown').length,
    skipped: [...before, ...after].filter((outcome) => outcome === 'skipped').length,
  })
}

/** A text that could be planned, and the other ways to fill the same statement. */
interface Way { readonly sql: string; readonly others: readonly string[] }
interface Known { readonly statement: ReplayStatement; readonly way: Way }
interface Outcome { readonly error?: string }

const relationOf = ({ schema, name, columns }: ReplayTable): Relation => ({ schema, name, columns: columns.map((column, at) => ({ ...column, fieldId: at + 1 })), files: [] })

async function wayOf(process: Process, fillings: readonly string[]): Promise<Way | undefined> {
  for (const sql of fillings) if ((await process.prepare(sql)).ok) return { sql, others: fillings.filter((other) => other !== sql) }
  return undefined
}

/** It fails where no way to fill it can be planned, for a reason that lies in the tables. */
async function planned(process: Process, { sql, others }: Way): Promise<Outcome | 'skipped'> {
  const first = await process.prepare(sql)
  if (first.ok) return {}
  const [diagnostic] = first.diagnostics
  if (diagnostic === undefined || !TELLING.has(diagnostic.code)) return 'skipped'
  for (const other of others) if ((await process.prepare(other)).ok) return {}
  return { error: diagnostic.message }
}

/** Reasons that lie in what a statement reads; others (time, memory, the process) say nothing about it. */
const TELLING: ReadonlySet<string> = new Set(['engine-syntax', 'engine-undefined-table', 'engine-undefined-column', 'engine-undefined-function', 'engine-ambiguous-column', 'engine-type', 'engine-invalid-value', 'engine-unsupported'])

async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = Array.from({ length: items.length })
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) done[at] = await work(items[at] as T)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  return done
}
