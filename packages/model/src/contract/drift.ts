// What a contract wants to become of a source that changes: the custom property `schemaDrift` of the schema object, or of the
// whole contract.

import type { Diagnostic, Json } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { SchemaDrift } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { customOf } from './layout.ts'

const KNOWN = ['refuse', 'quarantine', 'evolve'] as const

/** Of the first of these places that says it. */
export function driftOf(document: YamlDocument, places: readonly Path[], diagnostics: Diagnostic[]): SchemaDrift | undefined {
  for (const at of places) {
    const here = at.reduce<Json | undefined>((value, step) => (value as Readonly<Record<string | number, Json>> | undefined)?.[step], document.value)
    const custom = customOf((here ?? {}) as Readonly<Record<string, Json>>, 'schemaDrift')
    if (custom === undefined) continue
    const known = KNOWN.find((one) => one === custom.value)
    const place = document.place([...at, 'customProperties', custom.index, 'value'])
    if (known === undefined) diagnostics.push(messages['not-one-of']({ name: 'schemaDrift', found: JSON.stringify(custom.value)?.slice(0, 100) ?? 'nothing', known: KNOWN }, { place }))
    return known
  }
  return undefined
}
