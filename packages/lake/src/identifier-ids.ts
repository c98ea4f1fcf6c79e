// The columns that tell rows apart, by their paths, to the ids that a schema keeps of them.

import type { Diagnostic, Result } from '@tulle/kernel'
import { ok, resultOf } from '@tulle/kernel'
import type { Schema } from './types.ts'
import { messages } from './messages.ts'
import { walkFields } from './walk-fields.ts'

/** Undefined where none were named. The format forbids what may be null, repeated, nested or never equal to itself. */
export function identifierIds(paths: readonly string[] | undefined, fields: Schema['fields']): Result<readonly number[] | undefined> {
  if (paths === undefined) return ok(undefined)
  const columns = [...walkFields({ type: 'struct', fields })]
  const diagnostics: Diagnostic[] = []
  const ids = paths.flatMap((path) => {
    const column = columns.find((f) => f.path === path)
    if (column === undefined) {
      diagnostics.push(messages['column-missing']({ column: path, known: columns.map((f) => f.path) }))
      return []
    }
    const optional = columns.find((f) => !f.required && (f.path === path || path.startsWith(`${f.path}.`)))
    const problem = column.repeated ? 'it lies in a list or map' : typeof column.type !== 'string' ? 'it has fields of its own'
      : column.type === 'float' || column.type === 'double' ? `it is ${column.type}` : optional !== undefined ? `"${optional.path}" is optional` : undefined
    if (problem !== undefined) diagnostics.push(messages['identifier-forbidden']({ column: path, problem }))
    return [column.id]
  })
  return resultOf(ids, diagnostics)
}
