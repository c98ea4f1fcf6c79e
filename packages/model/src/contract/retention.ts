// How long a data set keeps its rows: the custom property `retention` of the schema object, `{column: flight_date, for: 400d}`, and
// which rows at all, `{where: {status: [closed, void]}}`; with both, both have to hold.
// `action: archive` has them moved into the cold store; without it they are deleted.

import type { Diagnostic, Json } from '@tulle/kernel'
import { millisecondsOf } from '../kinds/written-units.ts'
import { messages } from '../messages.ts'
import type { RowRetention } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { customOf } from './layout.ts'

const SPAN = /^[1-9]\d{0,4}[dw]$/u
const TIMES = /^(?:date|timestamp|timestamptz)$/u
/** Types whose values have one spelling: a decimal has several, and a row that is meant would stay. */
const SPELLED = /^(?:string|boolean|int|long|uuid|date)$/u
const MOST_VALUES = 100

/** Undefined where nothing is said, or what is said is refused with its place: no row goes by a guess. */
export function retentionOf(document: YamlDocument, at: Path, columns: readonly { readonly name: string; readonly type: string }[], diagnostics: Diagnostic[]): RowRetention | undefined {
  const here = at.reduce<Json | undefined>((value, step) => (value as Readonly<Record<string | number, Json>> | undefined)?.[step], document.value)
  const custom = customOf((here ?? {}) as Readonly<Record<string, Json>>, 'retention')
  if (custom === undefined) return undefined
  const place = document.place([...at, 'customProperties', custom.index, 'value'])
  const { column, for: span, where, action = 'delete', ...unknown } = members(custom.value)
  const refuse = (): undefined => {
    diagnostics.push(messages['bad-retention']({ columns: columns.filter(({ type }) => TIMES.test(type)).map(({ name }) => name), valued: columns.filter(({ type }) => SPELLED.test(type)).map(({ name }) => name) }, { place }))
  }
  const byAge = column !== undefined || span !== undefined
  if (Object.keys(unknown).length > 0 || (action !== 'delete' && action !== 'archive') || (!byAge && where === undefined)) return refuse()
  const found = columns.find(({ name, type }) => name === column && TIMES.test(type))
  if (byAge && (found === undefined || typeof span !== 'string' || !SPAN.test(span))) return refuse()
  const conditions = where === undefined ? [] : conditionsOf(where, columns)
  if (conditions === undefined) return refuse()
  return {
    ...(found !== undefined && { column: found.name, milliseconds: millisecondsOf(String(span)) }),
    ...(conditions.length > 0 && { where: conditions }),
    ...(action === 'archive' && { action }),
  }
}

const members = (value: Json | undefined): Readonly<Record<string, Json>> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}) as Readonly<Record<string, Json>>

function conditionsOf(where: Json, columns: readonly { readonly name: string; readonly type: string }[]): NonNullable<RowRetention['where']> | undefined {
  const written = Object.entries(members(where))
  const conditions = written.flatMap(([column, value]) => {
    const values = Array.isArray(value) ? value : [value]
    const isKnown = columns.some(({ name, type }) => name === column && SPELLED.test(type))
    const isSound = values.length > 0 && values.length <= MOST_VALUES && values.every((one) => ['string', 'number', 'boolean'].includes(typeof one))
    return isKnown && isSound ? [{ column, values: values.map(String) }] : []
  })
  return written.length > 0 && conditions.length === written.length ? conditions : undefined
}
