// What was asked for and what an owner would give of it → what is given. Never wider: what is not in the request cannot be
// in the grant.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { Narrowing, Terms } from './types.ts'

/** Pure. The columns and the condition are checked against the data set elsewhere; here only against what was asked for. */
export function narrowTerms(asked: Terms, by: Narrowing): Result<Terms> {
  const wrong: Diagnostic[] = []
  const dataSet = by.dataSet ?? asked.dataSet
  if (asked.dataSet !== undefined && dataSet !== asked.dataSet) wrong.push(messages['not-narrower']({ what: `the data set ${by.dataSet ?? ''}`, asked: asked.dataSet }))
  if (dataSet === undefined && (by.columns ?? by.rowCondition) !== undefined) wrong.push(messages['columns-need-data-set']({ product: 'the product' }))
  const wider = asked.columns === undefined ? [] : (by.columns ?? []).filter((column) => asked.columns?.includes(column) === false)
  if (wider.length > 0) wrong.push(messages['not-narrower']({ what: `the column ${wider.join(', ')}`, asked: (asked.columns ?? []).join(', ') }))
  if (by.columns?.length === 0) wrong.push(messages['nothing-left']({}))
  if (by.seconds !== undefined && asked.seconds !== undefined && by.seconds > asked.seconds) wrong.push(messages['not-narrower']({ what: `a time of ${by.seconds} s`, asked: `${asked.seconds} s` }))
  if (by.seconds !== undefined && by.seconds <= 0) wrong.push(messages['nothing-left']({}))
  if (wrong.length > 0) return fail(...wrong)

  const columns = by.columns ?? asked.columns
  // An exception is for columns that are given at all.
  const unmasked = asked.unmasked?.filter((column) => columns === undefined || columns.includes(column))
  if (asked.unmasked !== undefined && unmasked?.length === 0) return fail(messages['nothing-left']({}))
  const conditions = [asked.rowCondition, by.rowCondition].filter((condition) => condition !== undefined)
  const seconds = by.seconds ?? asked.seconds
  return ok({
    ...(dataSet !== undefined && { dataSet }),
    ...(columns !== undefined && { columns: [...new Set(columns)] }),
    ...(conditions.length > 0 && { rowCondition: conditions.length === 1 ? conditions[0] as string : conditions.map((condition) => `(${condition})`).join(' AND ') }),
    ...(unmasked !== undefined && { unmasked }),
    ...(seconds !== undefined && { seconds }),
  })
}
