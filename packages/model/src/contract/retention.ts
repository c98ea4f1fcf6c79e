// How long a data set keeps its rows: the custom property `retention` of the schema object, `{column: flight_date, for: 400d}`.

import type { Diagnostic, Json } from '@tulle/kernel'
import { millisecondsOf } from '../kinds/written-units.ts'
import { messages } from '../messages.ts'
import type { RowRetention } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { customOf } from './layout.ts'

const SPAN = /^[1-9]\d{0,4}[dw]$/u
const TIMES = /^(?:date|timestamp|timestamptz)$/u

/** Undefined where nothing is said, or what is said is refused with its place: no row goes by a guess. */
export function retentionOf(document: YamlDocument, at: Path, columns: readonly { readonly name: string; readonly type: string }[], diagnostics: Diagnostic[]): RowRetention | undefined {
  const here = at.reduce<Json | undefined>((value, step) => (value as Readonly<Record<string | number, Json>> | undefined)?.[step], document.value)
  const custom = customOf((here ?? {}) as Readonly<Record<string, Json>>, 'retention')
  if (custom === undefined) return undefined
  const place = document.place([...at, 'customProperties', custom.index, 'value'])
  const { column, for: span } = (typeof custom.value === 'object' && custom.value !== null && !Array.isArray(custom.value) ? custom.value : {}) as { readonly column?: Json; readonly for?: Json }
  const found = columns.find(({ name, type }) => name === column && TIMES.test(type))
  if (found === undefined || typeof span !== 'string' || !SPAN.test(span)) {
    diagnostics.push(messages['bad-retention']({ columns: columns.filter(({ type }) => TIMES.test(type)).map(({ name }) => name) }, { place }))
    return undefined
  }
  return { column: found.name, milliseconds: millisecondsOf(span) }
}
