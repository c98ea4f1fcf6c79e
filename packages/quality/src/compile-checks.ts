// A contract to the checks that it promises, and the fewest scans that measure them: one over all rows, one for what must
// be unique. Pure.

import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import type { ContractColumn, DataContract } from '@tulle/model'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { Bound, Check, CheckedRelation, CheckPlan, Measure, Scan } from './types.ts'
import { readRule } from './read-rule.ts'

const NONE: Bound = { operator: '=', value: 0 }

/** Every misspelt rule is an error with its place; a rule that cannot be run here is a warning and a `not-run` check. */
export function compileChecks(contract: Pick<DataContract, 'columns' | 'quality' | 'place'>, relation: CheckedRelation): Result<CheckPlan> {
  const diagnostics: Diagnostic[] = []
  const columns = new Set(contract.columns.map((column) => column.name))
  const read = (rules: DataContract['quality'], column?: string): readonly Check[] =>
    rules.flatMap((rule) => {
      const check = readRule(rule, column, columns)
      diagnostics.push(...check.diagnostics)
      return check.ok ? [check.value] : []
    })
  const checks: Check[] = [
    ...contract.columns.flatMap((column) => [...shapeChecks(column), ...read(column.quality, column.name)]),
    ...primaryKeyCheck(contract),
    ...read(contract.quality),
  ]
  return resultOf({ checks, scans: scansOf(checks, relation) }, diagnostics)
}

function shapeChecks({ name, type, required, unique, primaryKey, place }: ContractColumn): readonly Check[] {
  const check = (rule: string, measure: Measure): Check => ({ name: `${rule}(${name})`, measure, bound: NONE, unit: 'rows', place })
  return [
    check('type', { kind: 'type', column: name, type }),
    ...(required || primaryKey !== undefined ? [check('required', { kind: 'nulls', column: name })] : []),
    ...(unique ? [check('unique', { kind: 'surplus', columns: [name] })] : []),
  ]
}

function primaryKeyCheck({ columns, place }: Pick<DataContract, 'columns' | 'place'>): readonly Check[] {
  const key = columns.filter((column) => column.primaryKey !== undefined).toSorted((a, b) => (a.primaryKey as number) - (b.primaryKey as number))
  if (key.length === 0) return []
  const names = key.map((column) => column.name)
  return [{ name: `primary-key(${names.join(', ')})`, measure: { kind: 'surplus', columns: names }, bound: NONE, unit: 'rows', place: key[0]?.place ?? place }]
}

/** The name of a measure: equal measures are taken once. */
export const measureKey = (measure: Measure): string => JSON.stringify(measure)

function scansOf(checks: readonly Check[], relation: CheckedRelation): readonly Scan[] {
  const from = `${quoteIdentifier(relation.schema)}.${quoteIdentifier(relation.name)}`
  const measures = new Map(checks.map(({ measure }) => [measureKey(measure), measure]))
  const counted: [string, string][] = [[measureKey({ kind: 'rows' }), 'count(*)']]
  const grouped: [string, string][] = []
  for (const [key, measure] of measures) {
    if (measure.kind === 'surplus') grouped.push([key, surplusSql(measure.columns, from)])
    else if (measure.kind !== 'rows' && measure.kind !== 'type' && measure.kind !== 'unmeasured') counted.push([key, `count(*) FILTER (WHERE ${conditionSql(measure)})`])
  }
  return [
    scan(counted, ` FROM ${from}`),
    ...(grouped.length === 0 ? [] : [scan(grouped, '')]),
  ]
}

const scan = (fields: readonly [string, string][], from: string): Scan => ({
  sql: `SELECT ${fields.map(([, sql], i) => `${sql} AS m${i}`).join(', ')}${from}`,
  measures: fields.map(([key]) => key),
})

function conditionSql(measure: Extract<Measure, { column: string }>): string {
  const column = quoteIdentifier(measure.column)
  switch (measure.kind) {
    case 'nulls':
      return `${column} IS NULL`
    // An empty cell is missing too, whatever else counts as missing.
    case 'among':
      return measure.values.length === 0 ? `${column} IS NULL` : `${column} IS NULL OR CAST(${column} AS VARCHAR) IN (${measure.values.map(quoteLiteral).join(', ')})`
    case 'outside':
      return measure.values.length === 0 ? `${column} IS NOT NULL` : `${column} IS NOT NULL AND CAST(${column} AS VARCHAR) NOT IN (${measure.values.map(quoteLiteral).join(', ')})`
    case 'mismatches':
      return `${column} IS NOT NULL AND NOT regexp_full_match(CAST(${column} AS VARCHAR), ${quoteLiteral(measure.pattern)})`
    case 'type':
      return 'false'
  }
}

function surplusSql(columns: readonly string[], from: string): string {
  const names = columns.map(quoteIdentifier)
  const whole = names.map((name) => `${name} IS NOT NULL`).join(' AND ')
  return `(SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) AS n FROM ${from} WHERE ${whole} GROUP BY ${names.join(', ')} HAVING count(*) > 1))`
}
