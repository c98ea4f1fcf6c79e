// A shipped capability: what a component of that type may say, and what it adds to its product. One file per type
// declares one; the registry's list in shipped.ts names them all.

import type { z } from 'zod'
import type { Json } from '@tulle/kernel'
import type { Path } from '../yaml/locate.ts'
import type { Contribution } from './contribution.ts'

export interface CapabilityDefinition {
  readonly type: string
  readonly title: string
  readonly description: string
  /** Where a provider makes it real; elsewhere it is described only. */
  readonly targets: readonly string[]
  readonly properties: z.ZodObject
  /** Properties that must be accepted; the first one is printed on the reference page. */
  readonly examples: readonly Readonly<Record<string, Json>>[]
  /** Properties that must be refused, with the code and the place of the refusal. */
  readonly counterexamples: readonly { readonly properties: Readonly<Record<string, Json>>; readonly code: string; readonly at: Path }[]
  /** Properties that fit the schema → what they add to the product. Total and pure. */
  contribute(properties: Readonly<Record<string, Json>>): Contribution
}

/** Declares a capability with its properties typed by their own schema. */
export function defineCapability<S extends z.ZodObject>(
  definition: Omit<CapabilityDefinition, 'properties' | 'contribute'> & { readonly properties: S; readonly contribute: (properties: z.output<S>) => Contribution },
): CapabilityDefinition {
  return { ...definition, contribute: (properties) => definition.contribute(properties as z.output<S>) }
}

/** Where every target can serve a capability. */
export const EVERY_TARGET: readonly string[] = ['embedded', 'lakehouse', 'gcp', 'snowflake', 'kubernetes']
