// The secrets that a document names, read when an expression may see them.

import type { Json } from '@tulle/kernel'
import { fault } from '../errors.ts'
import type { JsonObject } from '../types.ts'
import type { Run } from './run.ts'

/** Members throw where they are read and not there: the names alone say nothing. */
export function secretsOf({ document, host }: Run): Json {
  const found: Record<string, Json> = {}
  for (const name of document.use?.secrets ?? []) {
    const value = host.secret(name)
    if (value !== undefined) found[name] = value
  }
  return found as JsonObject
}

export function secretOf({ document, host }: Run, name: string): Json {
  const value = document.use?.secrets?.includes(name) === true ? host.secret(name) : undefined
  if (value === undefined) throw fault('authorization', `The secret "${name}" is not there for this workflow.`)
  return value
}
