// Measures to the fewest SELECTs that take them: one over all rows, and one for each set of columns whose values are grouped.
// Pure.

import { unreachable } from '@tulle/kernel'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { Aggregate, Check, CheckedRelation, Measure, Reference, Scan } from './types.ts'
import { compared, conditionOf, listed, number } from './row-rules.ts'

/** The name of a measure: equal measures are taken once. */
export const measureKey = (measure: Measure): string => JSON.stringify(measure)

/** `known` are measures that are not taken. SQL that the author of a check wrote is left out unless it is `gated`. */
export interface PlanOptions { readonly known?: ReadonlySet<string>; readonly gated?: boolean }

/** Every measure that the checks need, each once. The number of all rows is always among them. */
export function planScans(checks: readonly Check[], relation: CheckedRelation, { known = new Set(), gated = false }: PlanOptions = {}): readonly Scan[] {
  const from = `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
  const measures = new Map(measuresOf(checks).map((measure) => [measureKey(measure), measure]))
  const fused: [string, string][] = []
  const grouped = new Map<string, [string, string][]>()
  const alone: Scan[] = []
  for (const [key, measure] of measures) {
    if (known.has(key) || (!gated && writtenSql(measure).length > 0)) continue
    const field = fieldOf(measure)
    if (field !== undefined) fused.push([key, field])
    else if (measure.kind === 'repeats') grouped.set(groupsOf(measure, from), [...(grouped.get(groupsOf(measure, from)) ?? []), [key, REPEATS[measure.counts]]])
    else if (measure.kind === 'modes-outside') alone.push(modesScan(measure, from, key))
    else if (measure.kind === 'spread') alone.push(spreadScan(measure, from, key))
    else if (measure.kind === 'query') alone.push({ sql: queryScan(measure), measures: [key] })
  }
  return [
    ...(fused.length === 0 ? [] : [scanOf(fused, from)]),
    ...[...grouped].map(([groups, fields]) => scanOf(fields, groups)),
    ...alone,
  ]
}

/** What was written as SQL by the author of a check. */
export function writtenSql(measure: Measure): readonly string[] {
  return [
    ...('where' in measure && measure.where !== undefined ? [measure.where] : []),
    ...(measure.kind === 'bad' && measure.of.rule === 'condition' ? [measure.of.sql] : []),
    ...(measure.kind === 'query' ? [measure.sql] : []),
  ]
}

/** Percentages are of all rows that a measure looks at. */
const measuresOf = (checks: readonly Check[]): readonly Measure[] => [{ kind: 'rows' }, ...checks.flatMap((check) => [check.measure, ...(check.unit === 'percent' ? [totalOf(check)] : [])])]

export function totalOf({ measure, total }: Pick<Check, 'measure' | 'total'>): Measure {
  if (total !== undefined) return total
  return 'where' in measure && measure.where !== undefined ? { kind: 'rows', where: measure.where } : { kind: 'rows' }
}

const scanOf = (fields: readonly [string, string][], from: string): Scan => ({
  sql: `SELECT ${fields.map(([, sql], i) => `${sql} AS m${i}`).join(', ')} FROM ${from}`,
  measures: fields.map(([key]) => key),
})

/** The measures of a scan over all rows one by one, for where one of them cannot be taken; empty where it is no such scan. */
export function splitScan({ measures }: Scan, checks: readonly Check[], relation: CheckedRelation): readonly Scan[] {
  const from = `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
  const all = new Map(measuresOf(checks).map((measure) => [measureKey(measure), measure]))
  return measures.length < 2 ? [] : measures.flatMap((key) => {
    const measure = all.get(key)
    const field = measure === undefined ? undefined : fieldOf(measure)
    return field === undefined ? [] : [scanOf([[key, field]], from)]
  })
}

/** What stands in the SELECT list of the one scan over all rows. */
function fieldOf(measure: Measure): string | undefined {
  switch (measure.kind) {
    case 'rows':
      return `count(*)${filter(measure)}`
    case 'filled':
      return `count(*)${filter(measure, measure.columns.map((name) => `${quoteIdentifier(name)} IS NOT NULL`).join(measure.some === true ? ' OR ' : ' AND '))}`
    case 'bad':
      return `count(*)${filter(measure, conditionOf(measure.of))}`
    case 'aggregate':
      return `${AGGREGATES[measure.of](quoteIdentifier(measure.column))}${filter(measure)}`
    case 'quantile':
      return `${measure.discrete === true ? 'quantile_disc' : 'quantile_cont'}(${quoteIdentifier(measure.column)}, ${number(measure.at)})${filter(measure)}`
    case 'age':
      return `epoch(max(${quoteIdentifier(measure.column)})${filter(measure)})`
    case 'distinct-among': {
      const column = quoteIdentifier(measure.column)
      if (measure.values.length === 0) return measure.counts === 'lacking' ? '0' : `count(DISTINCT ${column})${filter(measure)}`
      const among = `${compared(measure.column, measure.values)} ${measure.counts === 'others' ? 'NOT ' : ''}IN (${listed(measure.values)})`
      const count = `count(DISTINCT ${column})${filter(measure, among)}`
      return measure.counts === 'others' ? count : `${new Set(measure.values).size} - ${count}`
    }
    case 'row-difference':
      return `count(*) - (SELECT count(*) FROM ${quoteIdentifier(measure.other.schema)}.${quoteIdentifier(measure.other.name)})`
    case 'repeats': case 'modes-outside': case 'spread': case 'query': case 'type': case 'columns': case 'unmeasured':
      return undefined
    default:
      return unreachable(measure)
  }
}

function filter({ where }: { readonly where?: string }, condition?: string): string {
  const parts = [...(where === undefined ? [] : [`(${where})`]), ...(condition === undefined ? [] : [where === undefined ? condition : `(${condition})`])]
  return parts.length === 0 ? '' : ` FILTER (WHERE ${parts.join(' AND ')})`
}

const AGGREGATES: Readonly<Record<Aggregate, (column: string) => string>> = {
  avg: (c) => `avg(CAST(${c} AS DOUBLE))`, median: (c) => `median(${c})`, stddev: (c) => `stddev_samp(${c})`, 'stddev-pop': (c) => `stddev_pop(${c})`, variance: (c) => `var_samp(${c})`, 'variance-pop': (c) => `var_pop(${c})`,
  min: (c) => `min(${c})`, max: (c) => `max(${c})`, sum: (c) => `sum(${c})`, distinct: (c) => `count(DISTINCT ${c})`,
  'avg-length': (c) => `avg(length(CAST(${c} AS VARCHAR)))`, 'min-length': (c) => `min(length(CAST(${c} AS VARCHAR)))`, 'max-length': (c) => `max(length(CAST(${c} AS VARCHAR)))`,
}

const REPEATS = { surplus: 'coalesce(sum(n - 1), 0)', values: 'count(*)', rows: 'coalesce(sum(n), 0)' } as const

function groupsOf({ columns, where, nulls }: Extract<Measure, { kind: 'repeats' }>, from: string): string {
  const names = columns.map(quoteIdentifier)
  const filled = names.map((name) => `${name} IS NOT NULL`)
  const conditions = [...(nulls === true ? [`(${filled.join(' OR ')})`] : filled), ...(where === undefined ? [] : [`(${where})`])]
  return `(SELECT count(*) AS n FROM ${from}${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`} GROUP BY ${names.join(', ')} HAVING count(*) > 1)`
}

function modesScan({ column, values, where }: Extract<Measure, { kind: 'modes-outside' }>, from: string, key: string): Scan {
  const name = quoteIdentifier(column)
  const others = values.length === 0 ? '' : ` FILTER (WHERE ${compared(column, values)} NOT IN (${listed(values)}))`
  const counted = `SELECT ${name}, count(*) AS n FROM ${from} WHERE ${name} IS NOT NULL${where === undefined ? '' : ` AND (${where})`} GROUP BY ${name}`
  return { sql: `SELECT count(*)${others} AS m0 FROM (SELECT ${name}, n, max(n) OVER () AS most FROM (${counted})) WHERE n = most`, measures: [key] }
}

/** How many values lie in each part of the reference, as a list of pairs; part 0 is none of them. */
function spreadScan({ column, reference, where }: Extract<Measure, { kind: 'spread' }>, from: string, key: string): Scan {
  const name = quoteIdentifier(column)
  return {
    sql: `SELECT list([part, n]) AS m0 FROM (SELECT ${partOf(column, reference)} AS part, count(*) AS n FROM ${from} WHERE ${name} IS NOT NULL${where === undefined ? '' : ` AND (${where})`} GROUP BY part)`,
    measures: [key],
  }
}

function partOf(column: string, reference: Reference): string {
  if ('values' in reference) {
    const name = compared(column, reference.values)
    return `CASE ${reference.values.map((value, i) => `WHEN ${name} = ${name.startsWith('CAST') ? quoteLiteral(String(value)) : number(value as number)} THEN ${i + 1}`).join(' ')} ELSE 0 END`
  }
  const name = quoteIdentifier(column)
  const { edges } = reference
  const [first = 0, last = 0] = [edges[0], edges.at(-1)]
  return `CASE WHEN ${name} < ${number(first)} OR ${name} > ${number(last)} THEN 0 ${edges.slice(1, -1).map((edge, i) => `WHEN ${name} < ${number(edge)} THEN ${i + 1}`).join(' ')} ELSE ${edges.length - 1} END`
}

/** A query of its own. A number is that of its one row; its first column is the number. */
const queryScan = ({ sql, answers }: Extract<Measure, { kind: 'query' }>): string => (answers === 'rows' ? `SELECT count(*) AS m0 FROM (${sql}\n)` : `SELECT * FROM (${sql}\n) AS answer(m0) LIMIT 2`)
