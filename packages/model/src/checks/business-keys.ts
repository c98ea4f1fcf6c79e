// A business key has one type in the whole mesh: the one that mesh.yaml gives it. Columns are shredded by keys of persons alone.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { suggestions } from '../suggestions.ts'
import type { BusinessKey, DataProduct } from '../types.ts'

export function checkBusinessKeys(products: Iterable<DataProduct>, keys: ReadonlyMap<string, BusinessKey>): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const persons = [...keys.values()].flatMap(({ name, identifies }) => (identifies === 'person' ? [name] : []))
  const likeKey = suggestions(() => keys.keys())
  for (const product of products) {
    for (const dataSet of product.dataSets) {
      const { columns = [], shredding } = dataSet.contract ?? {}
      for (const column of columns) {
        if (column.businessKey === undefined) continue
        const key = keys.get(column.businessKey)
        if (key === undefined) diagnostics.push(messages['unknown-business-key']({ name: column.businessKey, known: likeKey(column.businessKey) }, { place: column.place }))
        // A key whose own type is refused holds nobody to it.
        else if (key.type !== '' && key.type !== column.type) {
          diagnostics.push(messages['business-key-type']({ key: key.name, column: column.name, type: column.type, expected: key.type }, { place: column.place }))
        }
        if (key !== undefined && key.identifies !== 'person' && shredding?.key === column.name) {
          diagnostics.push(messages['shredding-key-of-nobody']({ column: column.name, key: key.name, known: persons }, { place: column.place }))
        }
      }
    }
  }
  return diagnostics
}
