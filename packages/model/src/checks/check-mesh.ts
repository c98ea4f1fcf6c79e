// Every check that needs more than one product at hand, in the order in which a person would look.

import type { Diagnostic } from '@tulle/kernel'
import type { MeshPolicy } from '../governance.ts'
import type { MeshFacts, Organisation } from '../read-organisation.ts'
import type { ParseCache } from '../parse-cache.ts'
import type { DataProduct } from '../types.ts'
import { checkBusinessKeys } from './business-keys.ts'
import { checkCircles } from './circles.ts'
import { checkClassifications } from './classifications.ts'
import { checkCollections } from './collections.ts'
import { checkConnectedPorts } from './connected-ports.ts'
import { checkContinuous } from './continuous.ts'
import { checkDemoUsers } from './demo-users.ts'
import { checkEnvironment } from './environment.ts'
import { checkInputPurposes } from './input-purposes.ts'
import { checkModelReads } from './model-reads.ts'
import { checkPolicies } from './policies.ts'
import { checkStandards } from './standards.ts'
import { checkUsageReaders } from './usage-readers.ts'
import { checkVersions } from './versions.ts'

export interface MeshParts {
  readonly facts: MeshFacts
  readonly organisation: Organisation
  readonly products: ReadonlyMap<string, DataProduct>
  readonly policies: ReadonlyMap<string, MeshPolicy>
  /** Products left out for mistakes of their own. */
  readonly refused: ReadonlySet<string>
  readonly cache: ParseCache
  /** Which one it is loaded for; undefined: for none in particular. */
  readonly environment: string | undefined
}

export function checkMesh({ facts, organisation, products, policies, refused, cache, environment }: MeshParts): readonly Diagnostic[] {
  const between = [...checkModelReads(products, refused), ...checkCircles(products), ...checkCollections(products), ...checkConnectedPorts(products), ...checkContinuous(products), ...checkVersions(products)]
  // Without a readable mesh.yaml, every word of it would be reported as unknown.
  if (facts.document === undefined) return between
  return [
    ...between,
    ...checkEnvironment(environment, facts),
    ...checkWords(products, facts, cache),
    ...checkUsageReaders(products, facts.usage),
    ...checkInputPurposes(products.values(), facts.purposes),
    ...checkPolicies({ policies, facts, organisation, products, refused }),
    ...checkStandards(policies, products),
    ...checkDemoUsers({ ...organisation, users: facts.demoUsers, document: facts.document, purposes: facts.purposes, products, refused }),
  ]
}

/** The words that columns take from mesh.yaml. A product that used them rightly is not looked at again until they change. */
function checkWords(products: ReadonlyMap<string, DataProduct>, { businessKeys, classifications }: MeshFacts, { passed }: ParseCache): readonly Diagnostic[] {
  const words = JSON.stringify([[...businessKeys.values()].map(({ name, type, identifies }) => [name, type, identifies ?? null]), classifications])
  if (passed !== undefined && passed.words !== words) {
    passed.words = words
    passed.products = new WeakSet()
  }
  const open = [...products.values()].filter((product) => passed?.products.has(product) !== true)
  const findings = [...checkBusinessKeys(open, businessKeys), ...checkClassifications(open, classifications)]
  if (findings.length === 0) for (const product of open) passed?.products.add(product)
  return findings
}
