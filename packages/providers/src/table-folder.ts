// Where a product's tables lie in the warehouse. The folder is named by an id that never changes, so a move or a rename
// touches no file; the lake adds a folder per table, `<data set>-<first 8 of the table's uuid>`.

import { fail, isName, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { messages } from './messages.ts'

interface Place { readonly productId: string; readonly product: string; readonly dataSet: string }

/** The folder of a product's tables, as a path of objects. */
export function tableFolder({ productId, product, dataSet }: Place): Result<string> {
  // Saved plans come back from strangers' hands: a name that could climb out of the warehouse stops here.
  if (!isName(dataSet) || !isName(product) || !/^[0-9a-zA-Z][0-9a-zA-Z-]{0,63}$/u.test(productId)) return fail(messages['bad-table-name']({ product, dataSet }))
  return ok(productId)
}
