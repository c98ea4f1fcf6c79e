// The table of a data set by the product's name and its own, with "did you mean" where there is none.

import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { TableName } from '@tulle/lake'
import { readProductDefinition } from '@tulle/providers'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'

export async function findTableName(house: House, product: string, dataSet: string): Promise<Result<TableName>> {
  const definition = await readProductDefinition(house.db, product)
  if (!definition.ok) return definition
  const { tables } = definition.value
  const applied = Object.hasOwn(tables, dataSet) ? tables[dataSet] : undefined
  return applied === undefined ? fail(messages['unknown-data-set']({ product, dataSet, hint: didYouMean(dataSet, Object.keys(tables)) })) : ok(applied.name)
}
