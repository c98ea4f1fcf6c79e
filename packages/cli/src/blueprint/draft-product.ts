// What a CSV file's look becomes in a product's files: the contract's columns, the port's options, and, where the names
// in the file are no words for SQL, a model that renames them. Pure.

import { YAML_KEYWORDS } from './fill-template.ts'
import type { CsvColumn, CsvDraft, CsvType, Values } from './types.ts'

// ODCS's logical type, the physical one where the logical leaves it open, and the table's own.
const TYPES: Readonly<Record<CsvType, { readonly logical: string; readonly physical?: string; readonly table: string }>> = {
  integer: { logical: 'integer', physical: 'bigint', table: 'long' },
  number: { logical: 'number', physical: 'double', table: 'double' },
  boolean: { logical: 'boolean', table: 'boolean' },
  date: { logical: 'date', table: 'date' },
  timestamp: { logical: 'timestamp', physical: 'timestamp', table: 'timestamp' },
  timestamptz: { logical: 'timestamp', physical: 'timestamptz', table: 'timestamptz' },
  string: { logical: 'string', table: 'string' },
}

/** Values for a blueprint's templates: `columns`, `csv_options`, `from` (or `model` in its place). */
export function draftProduct(draft: CsvDraft, port: string): Values {
  const names = namesOf(draft.columns)
  const renamed = draft.columns.some((column, i) => column.header !== names[i])
  return {
    columns: draft.columns.map((column, i) => contractColumn(column, names[i] ?? '', draft, i)).join('\n'),
    csv_options: [...(draft.delimiter === ',' ? [] : [`delimiter: ${JSON.stringify(draft.delimiter)}`]), ...(renamed ? declaredColumns(draft.columns) : [])].join('\n'),
    from: renamed ? '' : `from: ${port}`,
    model: renamed ? renamingModel(draft.columns, names, port) : '',
  }
}

/** A contract types the columns of a file by their names; a model's file has names of its own, so the port types them. */
const declaredColumns = (columns: readonly CsvColumn[]): readonly string[] =>
  ['columns:', ...columns.map(({ header, type }) => `  ${JSON.stringify(header)}: ${TYPES[type].table}`)]

function contractColumn(column: CsvColumn, name: string, draft: CsvDraft, i: number): string {
  const { logical, physical } = TYPES[column.type]
  const isKey = draft.whole && i === 0 && column.unique && /(^|_)(id|key|code|no|number)$/.test(name)
  return [
    `- name: ${YAML_KEYWORDS.has(name) ? `"${name}"` : name}`,
    `  logicalType: ${logical}`,
    ...(physical === undefined ? [] : [`  physicalType: ${physical}`]),
    // A column with a gap beyond the rows that were read would stop the first run, so a part of a file promises nothing.
    ...(draft.whole && column.filled ? ['  required: true'] : []),
    ...(isKey ? ['  primaryKey: true', '  primaryKeyPosition: 1'] : []),
  ].join('\n')
}

/** `Order ID` → `order_id`; names that would meet get a number. */
function namesOf(columns: readonly CsvColumn[]): readonly string[] {
  const taken = new Set<string>()
  return columns.map(({ header }) => {
    const words = header.replaceAll('ß', 'ss').normalize('NFKD').replace(/\p{M}/gu, '').replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
    const base = (/^[a-z]/.test(words) ? words : `column_${words}`.replace(/_$/, '')).slice(0, 58)
    let name = base
    for (let n = 2; taken.has(name); n += 1) name = `${base}_${n}`
    taken.add(name)
    return name
  })
}

function renamingModel(columns: readonly CsvColumn[], names: readonly string[], port: string): string {
  const lines = columns.map((column, i) => `  "${column.header.replaceAll('"', '""')}" as ${names[i] ?? ''}`)
  return `-- The file's own column names become words that need no quotes in SQL.\nselect\n${lines.join(',\n')}\nfrom {{ source('${port}') }}`
}
