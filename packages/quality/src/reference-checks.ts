// Relationships of a contract to checks: values of columns that are none of another table. Pure.

import type { Diagnostic } from '@tulle/kernel'
import type { DataContract } from '@tulle/model'
import type { Check, Measure } from './types.ts'
import type { RuleContext } from './read-values.ts'
import { columnFault, NONE } from './reading.ts'
import { messages } from './messages.ts'

type Written = NonNullable<DataContract['references']>[number]

/** What refers to a table that is not at hand is kept as a check that is not run, with a warning. */
export function referenceChecks(references: readonly Written[], context: Pick<RuleContext, 'columns' | 'other'>): { readonly checks: readonly Check[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const checks = references.map((written): Check => {
    const name = `reference(${written.columns.join(', ')})`
    const measure = measureOf(written, context)
    if (measure.kind === 'unmeasured') diagnostics.push(messages['check-not-run']({ rule: name, why: measure.why }, { place: written.place }))
    return { name, measure, bound: NONE, unit: 'rows', action: 'block', place: written.place }
  })
  return { checks, diagnostics }
}

function measureOf({ columns, to }: Written, { columns: known, other }: Pick<RuleContext, 'columns' | 'other'>): Measure {
  const unmeasured = (why: string): Measure => ({ kind: 'unmeasured', why })
  const targets = to.map(targetOf)
  const [first] = targets
  const unknown = columns.map((column) => columnFault(column, known)).find((one) => one !== undefined)
  if (unknown !== undefined) return unmeasured(unknown.fault)
  if (first === undefined || targets.length !== columns.length || targets.some((one) => one?.table !== first.table)) return unmeasured(`"${to.join(', ').slice(0, 100)}" is no column of one data set`)
  const relation = other?.(first.table)
  return relation === undefined ? unmeasured(`"${first.table.slice(0, 100)}" is not at hand here`) : { kind: 'bad', of: { rule: 'orphan', columns, other: relation, otherColumns: targets.map((one) => one?.column ?? '') } }
}

/** `data_set.column`, `product.data_set.column`, or the path of a property within the contract; a file of another is opened by nobody. */
function targetOf(written: string): { readonly table: string; readonly column: string } | undefined {
  const [, object, property] = /^\/?schema\/([^/]{1,255})\/properties\/([^/]{1,255})$/u.exec(written) ?? []
  if (object !== undefined && property !== undefined) return { table: object, column: property }
  const at = written.lastIndexOf('.')
  return at < 1 || /[/#]/u.test(written) ? undefined : { table: written.slice(0, at), column: written.slice(at + 1) }
}
