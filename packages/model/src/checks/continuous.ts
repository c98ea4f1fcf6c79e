// What a data set needs that is kept in step by the rows that changed: SQL, a key by which its rows are found again, and a workflow
// that hears of what is published. Whether the SQL can be kept so is for the engine to read.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { DataProduct, DataSet } from '../types.ts'

export function checkContinuous(products: ReadonlyMap<string, DataProduct>): readonly Diagnostic[] {
  return [...products.values()].flatMap((product) => product.dataSets.flatMap((dataSet) => (dataSet.refresh === 'continuous' ? checkOne(product, dataSet) : checkOther(product, dataSet))))
}

function checkOne({ name: product, workflow }: DataProduct, { name, model, contract, place }: DataSet): readonly Diagnostic[] {
  const named = { name: `${product}.${name}` }
  const hears = workflow.onInputPublished || (model?.refs ?? []).every((ref) => ref.product === undefined || ref.product === product)
  return [
    ...(model === undefined || model.program !== undefined ? [messages['continuous-without-sql'](named, { place })] : []),
    ...(contract !== undefined && !contract.columns.some(({ primaryKey }) => primaryKey !== undefined) ? [messages['continuous-without-key'](named, { place: contract.place })] : []),
    ...(hears ? [] : [messages['continuous-not-told'](named, { place })]),
  ]
}

const checkOther = (product: DataProduct, { name, flink, place }: DataSet): readonly Diagnostic[] =>
  (flink === undefined ? [] : [messages['flink-without-refresh']({ name: `${product.name}.${name}` }, { place })])
