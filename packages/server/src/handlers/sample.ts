// Some rows of a data set, through the same gate and decision as every port.

import type { Handlers } from '@tulle/api'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { readProductDefinition } from '@tulle/providers'
import { quoteIdentifier } from '@tulle/sql'
import type { Caller } from '../http/callers.ts'
import { firstRows } from '../first-rows.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { servedName } from '../served-name.ts'
import { whoIs } from '../who.ts'
import { findProduct } from './products.ts'

export function sampleHandlers(house: House): Pick<Handlers<Caller>, 'sampleRows'> {
  return {
    sampleRows: async ({ product, dataSet, limit }, caller, signal) => {
      const found = await findProduct(house, product)
      if (!found.ok) return found
      const definition = await readProductDefinition(house.db, product)
      if (!definition.ok) return definition
      const known = Object.keys(definition.value.tables)
      if (!known.includes(dataSet)) return fail(messages['unknown-data-set']({ product, dataSet, hint: didYouMean(dataSet, known) }))
      const served = servedName(definition.value.product, dataSet)
      const rows = await firstRows(house.sql.governor, whoIs(house, caller, found.value.id), `select * from ${quoteIdentifier(served.schema)}.${quoteIdentifier(served.name)} limit ${limit}`, { limit, signal })
      if (!rows.ok) return rows
      const { columns, rows: shown, tables } = rows.value
      const masked = new Set(tables.flatMap((table) => table.columns.flatMap(({ name, mask }) => (mask === undefined ? [] : [name]))))
      return ok({
        columns: columns.map((column) => ({ ...column, ...(masked.has(column.name) && { masked: true }) })), rows: shown,
        ...(tables.some(({ rowFilter }) => rowFilter !== undefined) && { filtered: true }),
      })
    },
  }
}
