// What a replay found, as each change tells it: how many statements of whom would fail, and the first of them. Pure.

import type { Change, ChangeQueries } from '../types.ts'
import type { FailingStatement, Replayed, ReplayStatement, Worlds } from './types.ts'

/** Finds what a change means for statements that were run; undefined where none of them reads what it changes. */
export type FindQueries = (change: Change) => ChangeQueries | undefined

/** `tells` says whether a statement may be shown; where not, it is only counted. */
export function queriesFinder({ changed }: Pick<Worlds, 'changed'>, { planned, failing, unknown, skipped }: Replayed, tells: (statement: ReplayStatement) => boolean): FindQueries {
  const reads = (statement: ReplayStatement, refs: ReadonlySet<string>): boolean => statement.tables.some((table) => changed.get(table)?.some((ref) => refs.has(ref)) === true)
  return (change) => {
    const refs = new Set(refsOf(change))
    if (![...changed.values()].some((behind) => behind.some((ref) => refs.has(ref)))) return undefined
    const [all, bad] = [planned.filter((one) => reads(one, refs)), failing.filter((one) => reads(one, refs))]
    if (all.length === 0) return undefined
    return { total: all.length, failing: bad.length, unknown, skipped, groups: groupsOf(all, bad), examples: bad.filter(tells).slice(0, MOST_EXAMPLES).map(toExample) }
  }
}

const MOST_EXAMPLES = 20
const LONGEST = 500

/** A data set's own; a port's are those of the data sets that it no longer serves. */
function refsOf({ kind, ref, product, fields }: Change): readonly string[] {
  if (kind === 'data-set') return [ref]
  if (kind !== 'output-port') return []
  return fields.flatMap(({ path, before, after }) => (path !== 'dataSets' || !Array.isArray(before) ? [] : before.filter((name) => !Array.isArray(after) || !after.includes(name)).map((name) => `data-set:${product ?? ''}.${String(name)}`)))
}

const toExample = ({ text, who, runs, last, error }: FailingStatement): ChangeQueries['examples'][number] => ({
  statement: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text, who, runs, last, error,
})

function groupsOf(all: readonly ReplayStatement[], bad: readonly FailingStatement[]): ChangeQueries['groups'] {
  const failing = Map.groupBy(bad, ({ group }) => group)
  return [...Map.groupBy(all, ({ group }) => group)].map(([group, own]) => ({ group, total: own.length, failing: failing.get(group)?.length ?? 0 })).toSorted((a, b) => b.failing - a.failing || (a.group < b.group ? -1 : 1))
}

/** For a sentence: who would be hit, worst first. */
export function queriesText({ total, failing, groups }: ChangeQueries): string {
  const hit = groups.filter((one) => one.failing > 0)
  if (hit.length === 1 && groups.length === 1) return `${failing} of ${total} saved queries of ${hit[0]?.group ?? ''} would fail`
  return `${failing} of ${total} saved queries would fail (${hit.slice(0, 5).map((one) => `${one.failing} of ${one.total} of ${one.group}`).join(', ')}${hit.length > 5 ? ', …' : ''})`
}
