// What a model gives, held against what its contract promises. A column too few, one too many, or a type that would have to
// be bent is told by name, before a row is read. Pure.

import type { Diagnostic, Result } from '@tulle/kernel'
import { didYouMean, resultOf } from '@tulle/kernel'
import type { ResultColumn } from '@tulle/engine'
import { duckdbTypeOf } from '@tulle/engine'
import { quoteIdentifier } from '@tulle/sql'
import type { Target } from './types.ts'
import { messages } from './messages.ts'

/** A query shaped to the contract's columns in their order and types. */
export function shapeToContract(target: Target, query: string, given: readonly ResultColumn[]): Result<string> {
  const { address, contract, dataSet } = target
  const place = (dataSet.model ?? contract).place
  const from = dataSet.model === undefined ? 'source' : 'model'
  const diagnostics: Diagnostic[] = []
  const byName = new Map(given.map((column) => [column.name, column]))
  const promised = new Set(contract.columns.map((column) => column.name))
  const extra = given.filter((column) => !promised.has(column.name)).map((column) => column.name)
  const missing = contract.columns.filter((column) => !byName.has(column.name)).map((column) => column.name)
  for (const column of missing) diagnostics.push(messages['model-column-missing']({ dataSet: address, from, column, hint: didYouMean(column, extra) }, { place }))
  for (const column of extra) diagnostics.push(messages['model-column-extra']({ dataSet: address, column, hint: didYouMean(column, missing) }, { place }))
  const shaped = contract.columns.map((column) => {
    const wanted = duckdbTypeOf(column.type)
    const actual = byName.get(column.name)?.type ?? wanted
    if (loses(actual, wanted)) diagnostics.push(messages['model-column-type']({ dataSet: address, from, column: column.name, actual, wanted }, { place }))
    const name = quoteIdentifier(column.name)
    return actual === wanted ? name : `CAST(${name} AS ${wanted}) AS ${name}`
  })
  return resultOf(`SELECT ${shaped.join(', ')} FROM (${query}\n) AS model`, diagnostics)
}

const FRACTIONS = /^(?:DOUBLE|FLOAT|DECIMAL)/u
const INTEGERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/u
const TIMES = /^(?:DATE|TIME|TIMESTAMP)/u

/** True where a cast would round, cut or guess, or there is none. Casts that only widen, or fail on the first value too large, are no loss. */
function loses(actual: string, wanted: string): boolean {
  if (actual === wanted || actual === '"NULL"') return false
  if (FRACTIONS.test(actual) && INTEGERS.test(wanted)) return true
  if (actual === 'VARCHAR') return true
  const isNumber = (type: string): boolean => FRACTIONS.test(type) || INTEGERS.test(type)
  if ((TIMES.test(actual) && isNumber(wanted)) || (isNumber(actual) && TIMES.test(wanted))) return true
  if (actual.startsWith('TIMESTAMP') && (wanted === 'DATE' || wanted === 'TIME')) return true
  return wanted === 'BOOLEAN'
}
