// Contracts classify columns with the words of mesh.yaml; other words of other people's contracts are warnings.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { suggestions } from '../suggestions.ts'
import type { DataProduct } from '../types.ts'

export function checkClassifications(products: Iterable<DataProduct>, classifications: readonly string[]): readonly Diagnostic[] {
  if (classifications.length === 0) return []
  const known = new Set(classifications)
  const like = suggestions(() => known)
  const diagnostics: Diagnostic[] = []
  for (const product of products) {
    for (const dataSet of product.dataSets) {
      for (const column of dataSet.contract?.columns ?? []) {
        if (column.classification === undefined || known.has(column.classification)) continue
        diagnostics.push(messages['unknown-classification']({ name: column.classification, known: like(column.classification) }, { place: column.place }))
      }
    }
  }
  return diagnostics
}
