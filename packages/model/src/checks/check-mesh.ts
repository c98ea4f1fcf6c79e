// Every check that needs more than one product at hand, in the order in which a person would look.

import type { Diagnostic } from '@tulle/kernel'
import type { MeshFacts, Organisation } from '../read-organisation.ts'
import type { DataProduct } from '../types.ts'
import { checkBusinessKeys } from './business-keys.ts'
import { checkCircles } from './circles.ts'
import { checkClassifications } from './classifications.ts'
import { checkDemoUsers } from './demo-users.ts'
import { checkModelReads } from './model-reads.ts'

export interface MeshParts {
  readonly facts: MeshFacts
  readonly organisation: Organisation
  readonly products: ReadonlyMap<string, DataProduct>
  /** Products left out for mistakes of their own. */
  readonly refused: ReadonlySet<string>
}

export function checkMesh({ facts, organisation, products, refused }: MeshParts): readonly Diagnostic[] {
  const between = [...checkModelReads(products, refused), ...checkCircles(products)]
  // Without a readable mesh.yaml, every word of it would be reported as unknown.
  if (facts.document === undefined) return between
  return [
    ...between,
    ...checkBusinessKeys(products.values(), facts.businessKeys),
    ...checkClassifications(products.values(), facts.classifications),
    ...checkDemoUsers({ ...organisation, users: facts.demoUsers, document: facts.document, purposes: facts.purposes, products, refused }),
  ]
}
