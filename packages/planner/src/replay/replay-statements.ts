// Statements that were run, planned against the tables as they would be: by the engine's own binder, over tables without rows. Nothing
// is executed. A statement that it cannot plan even over the tables of now says nothing.

import type { EngineProcess, Relation } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { canBeFilled, fillPlaceholders } from './fill-placeholders.ts'
import { mayBeHit } from './may-be-hit.ts'
import type { FailingStatement, Replayed, ReplayStatement, ReplayTable, Worlds } from './types.ts'

export interface ReplayLimits {
  /** For all of it. */
  readonly milliseconds?: number
  /** Milliseconds of a clock that never goes back. */
  readonly clock?: () => number
}

const ALL_MILLISECONDS = 20_000
/** Statements that are under way at once: the process does one after the other, and never waits for the next. */
const AT_ONCE = 16

type Process = Pick<EngineProcess, 'define' | 'prepare'>
type Judged = 'fits' | 'unknown' | 'skipped' | { readonly error: string }

/**
 * `process` is one that holds nothing; its relations are replaced. First against the tables as they would be: only what fails there is
 * asked of the tables of now too, since most of it fits.
 */
export async function replayStatements(process: Process, worlds: Pick<Worlds, 'before' | 'after'>, statements: readonly ReplayStatement[], { milliseconds = ALL_MILLISECONDS, clock = () => performance.now() }: ReplayLimits = {}): Promise<Result<Replayed>> {
  const isHit = mayBeHit(worlds)
  const asked = statements.filter(({ text }) => isHit(text) || !canBeFilled(text))
  if (asked.length === 0) return ok({ planned: statements, failing: [], unknown: 0, skipped: 0 })
  const until = clock() + milliseconds
  const isLate = (): boolean => clock() > until
  const defined = await process.define(worlds.after.map(relationOf))
  if (!defined.ok) return defined
  const first = await each(asked, async ({ text }): Promise<Judged> => (isLate() ? 'skipped' : judge(process, fillPlaceholders(text))))
  const redefined = await process.define(worlds.before.map(relationOf))
  if (!redefined.ok) return redefined
  const judged = await each(asked, async ({ text }, at): Promise<Judged> => {
    const found = first[at] ?? 'unknown'
    if (typeof found === 'string') return found
    if (isLate()) return 'skipped'
    return (await judge(process, fillPlaceholders(text))) === 'fits' ? found : 'unknown'
  })
  const became = new Map(asked.map((statement, at) => [statement, judged[at] ?? 'unknown']))
  const outcomes = [...became.values()]
  return ok({
    planned: statements.filter((statement) => !SILENT.has(became.get(statement))),
    failing: [...became].flatMap(([statement, found]): readonly FailingStatement[] => (typeof found === 'string' ? [] : [{ ...statement, error: found.error }])),
    unknown: outcomes.filter((found) => found === 'unknown').length,
    skipped: outcomes.filter((found) => found === 'skipped').length,
  })
}

const SILENT: ReadonlySet<Judged | undefined> = new Set<Judged | undefined>(['unknown', 'skipped'])

const relationOf = ({ schema, name, columns }: ReplayTable): Relation => ({ schema, name, columns: columns.map((column, at) => ({ ...column, fieldId: at + 1 })), files: [] })

/** It fits where one way to fill it can be planned. */
async function judge(process: Process, fillings: readonly string[]): Promise<Judged> {
  let error: string | undefined
  for (const sql of fillings) {
    const prepared = await process.prepare(sql)
    if (prepared.ok) return 'fits'
    const [diagnostic] = prepared.diagnostics
    if (diagnostic === undefined || !TELLING.has(diagnostic.code)) return 'skipped'
    error ??= diagnostic.message
    // No value in place of another gives a column or a table.
    if (diagnostic.code === 'engine-undefined-column' || diagnostic.code === 'engine-undefined-table') break
  }
  return error === undefined ? 'unknown' : { error }
}

/** Reasons that lie in what a statement says and reads; others (time, memory, the process) say nothing about it. */
const TELLING: ReadonlySet<string> = new Set(['engine-syntax', 'engine-undefined-table', 'engine-undefined-column', 'engine-undefined-function', 'engine-ambiguous-column', 'engine-type', 'engine-invalid-value', 'engine-unsupported'])

async function each<T, R>(items: readonly T[], work: (item: T, at: number) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = Array.from({ length: items.length })
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) done[at] = await work(items[at] as T, at)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  return done
}
