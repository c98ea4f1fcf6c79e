// Writing a query's rows as an Iceberg data file: the COPY statement, and the statistics that it returns.

import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { WrittenColumn } from '../types.ts'

/** The query stands on lines of its own, so that a comment at its end closes before the parenthesis. */
export const copyStatement = (query: string, path: string, fieldIds: Readonly<Record<string, unknown>>, by: readonly string[] = []): string => {
  const ids = Object.keys(fieldIds).length === 0 ? '' : `, FIELD_IDS ${idsText(fieldIds)}`
  const parts = by.length === 0 ? '' : `, PARTITION_BY (${by.map(quoteIdentifier).join(', ')}), WRITE_PARTITION_COLUMNS false, FILENAME_PATTERN '{uuid}'`
  return `COPY (\n${query.replace(/;\s*$/u, '')}\n) TO ${quoteLiteral(path)} (FORMAT parquet, COMPRESSION zstd${ids}${parts}, RETURN_STATS)`
}

function idsText(ids: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(ids).map(([name, id]) => `${quoteIdentifier(name)}: ${typeof id === 'object' && id !== null ? idsText(id as Record<string, unknown>) : Number(id)}`)
  return `{${members.join(', ')}}`
}

/** Statistics by field id. The engine names a column by its path: `"s"."p"`. */
export function writtenColumns(statistics: Readonly<Record<string, Readonly<Record<string, string>>>>, fieldIds: Readonly<Record<string, unknown>>): readonly WrittenColumn[] {
  return Object.entries(statistics).flatMap(([path, values]) => {
    const fieldId = fieldIdAt(fieldIds, pathOf(path))
    if (fieldId === undefined) return []
    return [{
      fieldId,
      bytes: Number(values['column_size_bytes'] ?? 0),
      ...(values['num_values'] !== undefined && { values: Number(values['num_values']) }),
      ...(values['null_count'] !== undefined && { nulls: Number(values['null_count']) }),
      ...(values['min'] !== undefined && { min: values['min'] }),
      ...(values['max'] !== undefined && { max: values['max'] }),
    }]
  })
}

const pathOf = (text: string): readonly string[] => Array.from(text.matchAll(/"((?:[^"]|"")*)"/gu), (match) => (match[1] as string).replaceAll('""', '"'))

function fieldIdAt(ids: Readonly<Record<string, unknown>>, path: readonly string[]): number | undefined {
  let at: unknown = ids
  for (const name of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined
  if (typeof at === 'number') return at
  const own = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)['__duckdb_field_id'] : undefined
  return typeof own === 'number' ? own : undefined
}
