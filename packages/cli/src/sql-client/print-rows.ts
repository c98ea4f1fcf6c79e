// Rows as they come to text as it goes: an aligned table, JSON or CSV. Keeps at most the rows that decide the widths.

import { pad, widthOf } from '../table.ts'
import { printable } from '../terminal.ts'

export const ROW_FORMATS = ['text', 'json', 'csv'] as const
export type RowFormat = (typeof ROW_FORMATS)[number]

/** A column as PostgreSQL describes it. */
interface RowColumn { readonly name: string; readonly typeOid: number }

export interface RowPrinter {
  columns(columns: readonly RowColumn[]): void
  /** One row; values are PostgreSQL's own text. */
  row(values: readonly (string | null)[]): void
  /** Prints what was held back. `summary` is what PostgreSQL says of a statement without rows, such as `SET`. */
  end(summary: string): void
}

const PRINTERS: Readonly<Record<RowFormat, (write: (line: string) => void) => RowPrinter>> = { text: tablePrinter, json: jsonPrinter, csv: csvPrinter }

/** Lines that are written at once: a write for each would cost more than making it. */
const AT_ONCE = 500

/** Prints one result in a format. `write` gets one or more whole lines, without the last line break. */
export function rowPrinter(format: RowFormat, write: (text: string) => void): RowPrinter {
  let lines: string[] = []
  const flush = (): void => {
    if (lines.length > 0) write(lines.join('\n'))
    lines = []
  }
  const printer = PRINTERS[format]((line) => {
    if (lines.push(line) >= AT_ONCE) flush()
  })
  return {
    ...printer,
    end: (summary) => {
      printer.end(summary)
      flush()
    },
  }
}

// Also those that JavaScript would round: JSON itself has no such limit, and the digits are PostgreSQL's own.
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701, 1700])
const BOOLEAN = 16
const JSONS: ReadonlySet<number> = new Set([114, 3802])

/** How many rows are read before the widths of a table are settled. */
const MEASURED = 2000

function tablePrinter(write: (text: string) => void): RowPrinter {
  let columns: readonly RowColumn[] = []
  let widths: readonly number[] | undefined
  let held: (readonly string[])[] = []
  let count = 0
  const line = (cells: readonly string[]): void =>
    write(cells.map((cell, i) => pad(cell, widths?.[i] ?? 0, NUMBERS.has(columns[i]?.typeOid ?? 0))).join(' │ ').trimEnd())
  const settle = (): void => {
    const titles = columns.map((column) => cellOf(column.name))
    widths = columns.map((_, i) => Math.max(widthOf(titles[i] ?? ''), ...held.map((row) => widthOf(row[i] ?? ''))))
    line(titles)
    write(widths.map((width) => '─'.repeat(width)).join('─┼─'))
    for (const row of held) line(row)
    held = []
  }
  return {
    columns: (found) => {
      columns = found
    },
    row: (values) => {
      count += 1
      const cells = values.map((value) => (value === null ? '∅' : cellOf(value)))
      if (widths !== undefined) line(cells)
      else if (held.push(cells) >= MEASURED) settle()
    },
    end: (summary) => {
      if (columns.length === 0) {
        write(summary)
        return
      }
      if (widths === undefined) settle()
      write(`(${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'})`)
    },
  }
}

// A line break inside a value would break the table.
const cellOf = (value: string): string => printable(value.replaceAll('\n', '⏎').replaceAll('\t', ' '))

function jsonPrinter(write: (text: string) => void): RowPrinter {
  let columns: readonly RowColumn[] = []
  let before = '['
  return {
    columns: (found) => {
      columns = found
    },
    row: (values) => {
      write(`${before}${columns.length === 0 ? '{}' : `{${columns.map((column, i) => `${JSON.stringify(column.name)}:${jsonOf(values[i] ?? null, column.typeOid)}`).join(',')}}`}`)
      before = ','
    },
    end: () => write(before === '[' ? '[]' : ']'),
  }
}

function jsonOf(value: string | null, typeOid: number): string {
  if (value === null) return 'null'
  if (typeOid === BOOLEAN) return String(value === 't')
  if (JSONS.has(typeOid)) return value
  return NUMBERS.has(typeOid) && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? value : JSON.stringify(value)
}

function csvPrinter(write: (text: string) => void): RowPrinter {
  const line = (values: readonly (string | null)[]): void =>
    write(values.map((value) => (value === null ? '' : value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(','))
  return {
    columns: (found) => line(found.map((column) => column.name)),
    row: line,
    end: () => undefined,
  }
}
