// Rows as CSV by RFC 4180. What a spreadsheet would take for a formula stays a text.

import type { QueryAnswer } from '@tulle/api'

export const toCsv = ({ columns, rows }: Pick<QueryAnswer, 'columns' | 'rows'>): string =>
  [columns.map(({ name }) => name), ...rows].map((row) => row.map(field).join(',')).join('\r\n') + '\r\n'

function field(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const harmless = /^[=+@\t\r]|^-(?![\d.]+(?:e[+-]?\d+)?$)/iu.test(text) ? `'${text}` : text
  return /[",\r\n]/u.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
