// What EXPLAIN says of a statement: its shape and what was decided, from what the asker sees anyway. No figure of the
// engine's work, no file, no snapshot, no condition of a policy: each would tell of rows that are hidden.

import type { VisibleTable } from '../types.ts'
import type { WireField } from './types.ts'

export interface Explained {
  readonly purpose: string | undefined
  readonly fields: readonly WireField[]
  readonly tables: readonly VisibleTable[]
}

/** As lines of text, one row each. */
export function explainAsText({ purpose, fields, tables }: Explained): readonly string[] {
  return [
    `Governed Query  (${decisionOf(purpose)})`,
    `  Output: ${fields.map(({ name }) => name).join(', ')}`,
    ...tables.flatMap((table) => {
      const masked = maskedOf(table)
      return [
        `  ->  Read of ${nameOf(table)}`,
        `        You see: ${table.columns.map(({ name }) => name).join(', ')}`,
        ...(masked.length === 0 ? [] : [`        Masked: ${masked.join(', ')}`]),
        ...(table.rowFilter === undefined ? [] : ['        Rows: those that a policy lets through']),
      ]
    }),
  ]
}

/** As the one document that clients of `FORMAT JSON` expect. */
export function explainAsJson({ purpose, fields, tables }: Explained): string {
  const plans = tables.map((table) => {
    const masked = maskedOf(table)
    return { 'Node Type': 'Governed Read', Schema: table.product.schema, 'Relation Name': table.dataSet.name, Output: table.columns.map(({ name }) => name), ...(masked.length > 0 && { Masked: masked }), ...(table.rowFilter !== undefined && { 'Rows Filtered': true }) }
  })
  return JSON.stringify([{ Plan: { 'Node Type': 'Governed Query', Decision: 'allow', ...(purpose !== undefined && { Purpose: purpose }), Output: fields.map(({ name }) => name), ...(plans.length > 0 && { Plans: plans }) } }], null, 2)
}

const decisionOf = (purpose: string | undefined): string => (purpose === undefined ? 'allowed' : `allowed for ${purpose}`)
const nameOf = ({ product, dataSet }: VisibleTable): string => `${product.schema}.${dataSet.name}`
const maskedOf = ({ columns }: VisibleTable): readonly string[] => columns.filter(({ mask }) => mask !== undefined).map(({ name }) => name)
