// The parameters of a workflow: what it is given over what its schema has for whoever gives nothing, held against that schema.

import type { Json } from '@tulle/kernel'
import type { CompiledSchema } from '../capabilities/compile-schema.ts'
import { compileSchema } from '../capabilities/compile-schema.ts'
import type { Path } from '../yaml/locate.ts'

type Parameters = Readonly<Record<string, Json>>

export interface BoundParameters {
  readonly parameters: Parameters
  /** What does not fit, as ends of sentences about a parameter. */
  readonly faults: readonly { readonly path: Path; readonly why: string }[]
}

/** What the schema of a workflow's input has for whoever gives nothing. */
export function usualParameters(schema: Json | undefined): Parameters {
  const { properties } = (schema ?? {}) as { properties?: Readonly<Record<string, Json>> }
  return Object.fromEntries(Object.entries(properties ?? {}).flatMap(([name, one]) => {
    const value = (one as { default?: Json } | null)?.default
    return value === undefined ? [] : [[name, value] as const]
  }))
}

/** A workflow without a schema takes any parameters. */
export function bindParameters(definition: Json, given: Parameters, compiled?: Map<string, CompiledSchema>): BoundParameters {
  const schema = (definition as { input?: { schema?: { document?: Json } } } | null)?.input?.schema?.document
  if (schema === undefined || schema === null || typeof schema !== 'object') return { parameters: given, faults: [] }
  const parameters = { ...usualParameters(schema as Json), ...given }
  const check = compileSchema(schema as Json, compiled)
  if ('reason' in check) return { parameters, faults: [{ path: [], why: `cannot be checked: its schema is wrong (${check.reason})` }] }
  return { parameters, faults: check.check(parameters).map(({ path, reason }) => ({ path, why: reason })) }
}
