// Of a column that is not there: which ones are, and how others are asked for. It says the same whether the data set has such
// a column that the asker may not see, or has none.

import type { Diagnostic, Failure } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import type { VisibleTable } from './types.ts'

/** So many names are read at a glance. */
const NAMES = 12

/** Leaves every other failure as it is. */
export function withColumns(failure: Failure, tables: readonly VisibleTable[]): Failure {
  return { ...failure, diagnostics: failure.diagnostics.map((one) => (one.code === 'engine-undefined-column' && one.help === undefined && tables.length > 0 ? { ...one, help: helpOf(one, tables) } : one)) }
}

function helpOf({ message }: Diagnostic, tables: readonly VisibleTable[]): string {
  const wrong = /"([^"]+)"/u.exec(message)?.[1] ?? ''
  const meant = didYouMean(wrong, tables.flatMap(({ columns }) => columns.map(({ name }) => name))).trim()
  const shown = tables.map(({ product, dataSet, columns }) => {
    const left = columns.length - NAMES
    return `${product.schema}.${dataSet.name} shows you ${columns.slice(0, NAMES).map(({ name }) => name).join(', ')}${left > 0 ? ` and ${left} more` : ''}.`
  })
  return [meant, ...shown, `Others are asked for: tulle access request ${tables[0]?.product.name ?? ''} --columns <columns> --because "<why>"`].filter((part) => part !== '').join(' ')
}
