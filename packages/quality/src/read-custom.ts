// Rules of ODCS that are written for another tool.

import type { Place, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Action, Check } from './types.ts'
import type { Obj, RuleContext } from './read-values.ts'
import { textOf } from './read-values.ts'
import { messages } from './messages.ts'

/** Reads a rule of type `custom`. */
export function readCustom(rule: Obj, { column }: Pick<RuleContext, 'column'>, kept: { readonly action: Action; readonly place: Place }): Result<readonly Check[]> {
  const name = `${textOf(rule['name']) ?? 'custom'}${column === undefined ? '' : `(${column})`}`.slice(0, 100)
  const why = 'rules of type "custom" are not run by this version'
  return ok([{ name, measure: { kind: 'unmeasured', why }, bound: { operator: '=', value: 0 }, unit: 'rows', ...kept }], [messages['check-not-run']({ rule: name, why }, { place: kept.place })])
}
