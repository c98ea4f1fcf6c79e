// Columns of a source held against the contract of the data set that it fills. A source that changed is told by the column's name
// and the contract's line, before a row of it is taken in. Pure.

import type { Diagnostic } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import { mayBecome, parseType } from '@tulle/lake'
import type { DrawnColumn } from '@tulle/sources'
import type { Target } from './types.ts'
import { messages } from './messages.ts'

/** `columns` as the source has them now; nothing is known of a source that says none. */
export function checkDrift({ contract, address }: Target, port: string, columns: readonly DrawnColumn[] | undefined): readonly Diagnostic[] {
  if (columns === undefined || columns.length === 0) return []
  const there = new Map(columns.map(({ name, type }) => [name, type]))
  return contract.columns.flatMap(({ name, type, place }) => {
    const found = there.get(name)
    const told = { port, dataSet: address, column: name }
    if (found === undefined) return [messages['drift-column-missing']({ ...told, hint: didYouMean(name, [...there.keys()]) }, { place })]
    return fits(found, type) ? [] : [messages['drift-column-type']({ ...told, found, wanted: type }, { place })]
  })
}

/** Text takes any scalar, and says by itself what it is not; otherwise only what Iceberg widens, and what holds all values. */
function fits(found: string, wanted: string): boolean {
  if (found === wanted || wanted === 'string' || found === 'string') return true
  const [from, to] = [parseType(found), parseType(wanted)]
  if (!from.ok || !to.ok) return true
  if (typeof from.value !== 'string' || typeof to.value !== 'string') return true
  if (mayBecome(from.value, to.value)) return true
  return /^(?:int|long)$/u.test(found) && /^(?:double|decimal\((?:19|[23]\d), 0\))$/u.test(wanted)
}
