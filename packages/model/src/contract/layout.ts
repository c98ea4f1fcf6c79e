// How a contract wants the files of a data set laid out: `partitioned` with `partitionKeyPosition` as the standard has them,
// and what it has no key for as custom properties (`partitionTransform`, `sortKeyPosition`, `sortDirection`).

import type { Diagnostic, Json } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { ContractColumn, DataLayout } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'

type Obj = Readonly<Record<string, Json>>

/** A column with its property as written and where it stands. */
export interface PlacedColumn { readonly column: Pick<ContractColumn, 'name' | 'type'>; readonly property: Obj; readonly path: Path }

const TRANSFORMS = ['identity', 'year', 'month', 'day', 'hour', 'bucket[16]', 'truncate[4]'] as const
const DIRECTIONS = ['asc', 'desc'] as const

/** Columns without a position follow those with one, as they stand. */
export function layoutOf(document: YamlDocument, columns: readonly PlacedColumn[], diagnostics: Diagnostic[]): DataLayout {
  const partitioning = inOrder(columns.filter(({ property }) => property['partitioned'] === true || customOf(property, 'partitionTransform') !== undefined), ({ property }) => property['partitionKeyPosition'])
    .flatMap((placed) => {
      const transform = transformOf(document, placed, diagnostics)
      return transform === undefined ? [] : [{ column: placed.column.name, transform }]
    })
  const sortOrder = inOrder(columns.filter(({ property }) => customOf(property, 'sortKeyPosition') !== undefined), ({ property }) => customOf(property, 'sortKeyPosition')?.value)
    .flatMap((placed) => {
      const direction = directionOf(document, placed, diagnostics)
      return direction === undefined ? [] : [{ column: placed.column.name, direction }]
    })
  return { ...(partitioning.length > 0 && { partitioning }), ...(sortOrder.length > 0 && { sortOrder }) }
}

function inOrder(columns: readonly PlacedColumn[], positionOf: (placed: PlacedColumn) => Json | undefined): readonly PlacedColumn[] {
  const rank = (placed: PlacedColumn): number => {
    const position = positionOf(placed)
    return typeof position === 'number' && position >= 1 ? position : Number.MAX_SAFE_INTEGER
  }
  return columns.toSorted((a, b) => rank(a) - rank(b))
}

function transformOf(document: YamlDocument, { column, property, path }: PlacedColumn, diagnostics: Diagnostic[]): string | undefined {
  const custom = customOf(property, 'partitionTransform')
  const at = custom === undefined ? [...path, 'partitioned'] : [...path, 'customProperties', custom.index, 'value']
  const spelled = custom === undefined ? 'identity' : String(custom.value)
  const { kind, counted } = TRANSFORM.exec(spelled)?.groups ?? {}
  const known = kind ?? counted
  if (known === undefined) {
    diagnostics.push(messages['unknown-transform']({ name: spelled.slice(0, 100), known: TRANSFORMS }, { place: document.place(at) }))
    return undefined
  }
  if (TYPES[known]?.test(column.type) === true) return spelled
  diagnostics.push(messages['transform-of-type']({ column: column.name, type: column.type, transform: spelled }, { place: document.place(at) }))
  return undefined
}

const TRANSFORM = /^(?:(?<kind>identity|year|month|day|hour)|(?<counted>bucket|truncate)\[[1-9]\d{0,8}\])$/u
/** Which types the format lets a transform be of. */
const TYPES: Readonly<Record<string, RegExp>> = {
  identity: /^[a-z]+(?:\(\d+, ?\d+\)|\[\d+\])?$/u,
  year: /^(?:date|timestamp|timestamptz)$/u,
  month: /^(?:date|timestamp|timestamptz)$/u,
  day: /^(?:date|timestamp|timestamptz)$/u,
  hour: /^(?:timestamp|timestamptz)$/u,
  bucket: /^(?:int|long|decimal\(.*\)|date|time|timestamp|timestamptz|string|uuid|fixed\[\d+\]|binary)$/u,
  truncate: /^(?:int|long|decimal\(.*\)|string|binary)$/u,
}

function directionOf(document: YamlDocument, { property, path }: PlacedColumn, diagnostics: Diagnostic[]): 'asc' | 'desc' | undefined {
  const custom = customOf(property, 'sortDirection')
  if (custom === undefined) return 'asc'
  const known = DIRECTIONS.find((direction) => direction === custom.value)
  if (known === undefined) {
    diagnostics.push(messages['not-one-of']({ name: 'sortDirection', found: JSON.stringify(custom.value), known: DIRECTIONS }, { place: document.place([...path, 'customProperties', custom.index, 'value']) }))
  }
  return known
}

export function customOf(property: Obj, name: string): { readonly index: number; readonly value: Json | undefined } | undefined {
  const all = property['customProperties']
  if (!Array.isArray(all)) return undefined
  const index = (all as readonly Json[]).findIndex((one) => one !== null && typeof one === 'object' && !Array.isArray(one) && (one as Obj)['property'] === name)
  return index === -1 ? undefined : { index, value: (all as readonly Obj[])[index]?.['value'] }
}
