// A data set that is filled from an input port of the format "files" is a collection of files. Its rows are made by the
// platform, so its contract promises exactly what they hold.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { DataProduct, DataSet } from '../types.ts'

/** What the platform says of each file. */
const COLUMNS: Readonly<Record<string, { readonly type: string; readonly needed: boolean }>> = {
  path: { type: 'string', needed: true },
  sha256: { type: 'string', needed: true },
  bytes: { type: 'long', needed: true },
  media_type: { type: 'string', needed: false },
}

export function checkCollections(products: ReadonlyMap<string, DataProduct>): readonly Diagnostic[] {
  return [...products.values()].flatMap((product) => product.dataSets.filter((dataSet) => isCollection(product, dataSet)).flatMap((dataSet) => checkColumns(product, dataSet)))
}

/** Whether a data set is a collection of files. */
export function isCollection({ inputPorts }: Pick<DataProduct, 'inputPorts'>, { from, model }: Pick<DataSet, 'from' | 'model'>): boolean {
  const port = inputPorts.find(({ name }) => name === from)
  return model === undefined && port?.kind === 'file' && port.format === 'files'
}

function checkColumns(product: DataProduct, { name, contract }: DataSet): readonly Diagnostic[] {
  if (contract === undefined) return []
  const wrong = (problem: string, place = contract.place): Diagnostic => messages['collection-columns']({ name: `${product.name}.${name}`, problem }, { place })
  const declared = new Set(contract.columns.map((column) => column.name))
  const missing = Object.entries(COLUMNS).filter(([column, { needed }]) => needed && !declared.has(column)).map(([column]) => wrong(`its contract has no column ${column}`))
  const others = contract.columns.flatMap((column) => {
    const known = COLUMNS[column.name]
    if (known === undefined) return [wrong(`nothing is known of files that could fill its column ${column.name}`, column.place)]
    return column.type === known.type ? [] : [wrong(`its column ${column.name} is ${column.type} instead of ${known.type}`, column.place)]
  })
  return [...missing, ...others]
}
