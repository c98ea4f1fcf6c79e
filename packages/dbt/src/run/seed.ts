// A CSV file to the rows of a seed. A column's type is the narrowest that all its values have, or what `column_types` says.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { quoted } from '../context/relation.ts'
import { messages } from '../messages.ts'
import { mapOf, textOf } from '../project/read-yaml.ts'
import type { Node } from '../types.ts'
import { addressOf } from './materialise.ts'
import type { Warehouse, Written } from './warehouse.ts'

const NEW = 'tulle_new'
const MOST_CELLS = 5_000_000

export async function writeSeed(warehouse: Warehouse, node: Node, text: string): Promise<Result<Written>> {
  const parsed = parseCsv(text, textOf(node.config['delimiter'], ','), node.file)
  if (!parsed.ok) return parsed
  const [header = [], ...rows] = parsed.value
  const given = new Map(Object.entries(mapOf(node.config['column_types'])).map(([name, type]) => [name.toLowerCase(), textOf(type)]))
  const types = header.map((name, i) => given.get(name.toLowerCase()) ?? typeOf(rows.map((row) => row[i] ?? '')))
  const names = header.map((_, i) => `c${i}`)
  const columns = header.map((name, i) => `cast(${quoted(names[i] ?? '')} as ${types[i] ?? 'VARCHAR'}) as ${quoted(name)}`).join(', ')
  const value = (cell: string, type: string): string | undefined => (cell === '' || (type === 'VARCHAR' ? cell : cell.trim()).toLowerCase() === 'null' ? undefined : cell)
  const { schema, name } = addressOf(node)
  // Texts go past the gate, so their types are given to them by a query that goes through it.
  const texts = { schema, name: `${name}__${NEW}` }
  try {
    const filled = await warehouse.keepTexts(texts, names, rows.map((row) => header.map((_, i) => value(row[i] ?? '', types[i] ?? ''))))
    return filled.ok ? await warehouse.replace({ schema, name }, 'table', `select ${columns} from ${quoted(texts.schema)}.${quoted(texts.name)}`) : filled
  } finally {
    await warehouse.drop(texts)
  }
}

const KINDS: readonly (readonly [type: string, fits: (cell: string) => boolean])[] = [
  ['INTEGER', (cell) => /^[-+]?\d{1,10}$/u.test(cell) && Math.abs(Number(cell)) <= 2_147_483_647],
  ['BIGINT', (cell) => /^[-+]?\d{1,18}$/u.test(cell)],
  ['DOUBLE', (cell) => /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/u.test(cell)],
  ['DATE', (cell) => /^\d{4}-\d{1,2}-\d{1,2}$/u.test(cell)],
  ['TIMESTAMP', (cell) => /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?$/u.test(cell)],
  ['BOOLEAN', (cell) => /^(?:true|false)$/iu.test(cell)],
]

/** A column without any value is one of whole numbers, as dbt has it. */
export function typeOf(cells: readonly string[]): string {
  const filled = cells.map((cell) => cell.trim()).filter((cell) => cell !== '' && cell.toLowerCase() !== 'null')
  return KINDS.find(([, fits]) => filled.every(fits))?.[0] ?? 'VARCHAR'
}

export function parseCsv(text: string, delimiter: string, file: string): Result<readonly (readonly string[])[]> {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  const rows: string[][] = []
  let row: string[] = []
  let cells = 0
  let at = 0
  const end = (): void => {
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  while (at < bare.length) {
    let cell: string
    if (bare[at] === '"') {
      let close = at + 1
      for (;;) {
        close = bare.indexOf('"', close)
        if (close === -1) return fail(messages['dbt-seed']({ detail: 'a quoted value has no end' }, { place: { file, line: rows.length + 1, column: 1 } }))
        if (bare[close + 1] !== '"') break
        close += 2
      }
      cell = bare.slice(at + 1, close).replaceAll('""', '"')
      at = close + 1
    } else {
      let close = at
      while (close < bare.length && bare[close] !== delimiter && bare[close] !== '\n' && bare[close] !== '\r') close += 1
      cell = bare.slice(at, close)
      at = close
    }
    row.push(cell)
    if ((cells += 1) > MOST_CELLS) return fail(messages['dbt-file-limit']({ file, limit: 'values of a seed', most: MOST_CELLS }))
    if (bare[at] === delimiter) {
      at += 1
      if (at === bare.length || bare[at] === '\n' || bare[at] === '\r') row.push('')
    }
    if (bare[at] === '\r') at += 1
    if (bare[at] === '\n' || at >= bare.length) {
      at += 1
      end()
    }
  }
  if (row.length > 0) end()
  const width = rows[0]?.length ?? 0
  if (width === 0) return fail(messages['dbt-seed']({ detail: 'it has no header' }, { place: { file, line: 1, column: 1 } }))
  const odd = rows.findIndex((one) => one.length !== width)
  return odd === -1 ? ok(rows) : fail(messages['dbt-seed']({ detail: `row ${odd + 1} has ${rows[odd]?.length ?? 0} values, the header ${width}` }, { place: { file, line: odd + 1, column: 1 } }))
}
