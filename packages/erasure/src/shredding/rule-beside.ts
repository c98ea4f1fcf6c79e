// Rows of a data set lie in tables beside it as well: those that were set aside, with the text of what could not be read, and those that were
// archived. What its contract has enciphered is enciphered there too, under keys of that table.

import type { TableName } from '@tulle/lake'
import { RAW, SIDE } from '../archived-tables.ts'
import type { ShreddingOptions, ShreddingRule } from './types.ts'

const ARCHIVE = '@archive'

/** What holds for a table, by what its data set's contract asks for. */
export const ruleBeside = (ruleOf: ShreddingOptions['ruleOf']): ShreddingOptions['ruleOf'] => async ({ namespace, name }: TableName): Promise<ShreddingRule | undefined> => {
  const beside = [SIDE, ARCHIVE].find((suffix) => name.endsWith(suffix)) ?? ''
  const rule = await ruleOf({ namespace, name: name.slice(0, name.length - beside.length) })
  return rule === undefined || beside !== SIDE ? rule : { ...rule, columns: [...rule.columns, RAW] }
}
