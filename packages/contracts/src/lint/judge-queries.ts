// Queries of quality rules, judged without being run: one SELECT over tables, with functions that are allowed; other tables than
// the contract's own are a warning. Whoever posts a contract could else read files, change data, or never end.

import type { Diagnostic, Result } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import { ALLOWED_FUNCTIONS, checkStatement, checkText, quoteIdentifier } from '@tulle/sql'
import type { Tree } from '@tulle/sql'
import { textOf } from '../document.ts'
import { messages } from './messages.ts'
import { itemsOf, partsOf } from './walk.ts'
import type { Part, Path } from './walk.ts'

/** Reads a statement's tree, as the engine that would run it reads it. */
export type ParseSql = (sql: string) => Promise<Result<Tree>>

const MOST_RULES = 1_000

interface Query { readonly text: string; readonly at: Path; readonly owner: Part }

/** What is wrong with the queries of a contract that has no more columns than may be. `parse` is asked only where there is a query. */
export async function judgeQueries(document: YamlDocument, mostColumns: number, parse: ParseSql): Promise<readonly Diagnostic[]> {
  const { tables, columns } = partsOf(document.value, mostColumns)
  const queries = [...tables, ...columns].flatMap(queriesOf)
  const first = queries[MOST_RULES]
  if (first !== undefined) return [messages['contract-too-large']({ what: 'rules of type sql', most: MOST_RULES }, { place: document.place(first.at) })]
  const known = new Set(tables.flatMap(({ node, table }) => [table, textOf(node['physicalName']) ?? table]).map((name) => name.toLowerCase()))
  const found: Diagnostic[] = []
  for (const query of queries) {
    const place = document.place(query.at)
    const filled = fillPlaceholders(query)
    if (!filled.ok) found.push(messages['contract-unknown-placeholder']({ name: filled.name }, { place }))
    else {
      const others = new Set<string>()
      const judged = await judge(filled.sql, known, others, parse)
      if (!judged.ok) found.push(messages['contract-sql-refused']({ why: judged.diagnostics[0]?.message ?? 'it cannot be read.' }, { place }))
      else if (others.size > 0) found.push(messages['contract-sql-other-table']({ names: [...others] }, { place }))
    }
  }
  return found
}

const queriesOf = (owner: Part): readonly Query[] =>
  itemsOf(owner.node['quality']).flatMap(([rule, i]) => {
    const text = textOf(rule['query'])
    return text === undefined ? [] : [{ text, at: [...owner.at, 'quality', i, 'query'], owner }]
  })

// What a person calls a table. A path, an address or a catalogue of the engine is none.
const PLAIN = /^[a-z_]\w{0,62}$/u

/** `others` gets the tables that the contract does not describe, which another one may. */
async function judge(sql: string, known: ReadonlySet<string>, others: Set<string>, parse: ParseSql): Promise<Result<unknown>> {
  const text = checkText(sql)
  if (!text.ok) return text
  const tree = await parse(sql)
  // A name with a schema is the physical one: `warehouse.orders`.
  const tables = (schema: string, name: string): boolean => {
    if (known.has(schema === '' ? name : `${schema}.${name}`)) return true
    if (schema !== '' || !PLAIN.test(name)) return false
    others.add(name)
    return true
  }
  return tree.ok ? checkStatement(tree.value, { functions: ALLOWED_FUNCTIONS, tables }) : tree
}

const PLACEHOLDER = /\$?\{\s*([A-Za-z_.]{1,40})\s*\}/gu

/** The standard's placeholders, quoted as names, so that a name cannot become a statement. */
function fillPlaceholders({ text, owner }: Query): { readonly ok: true; readonly sql: string } | { readonly ok: false; readonly name: string } {
  let unknown: string | undefined
  const sql = text.replaceAll(PLACEHOLDER, (whole, name: string) => {
    if (['object', 'table', 'model'].includes(name)) return quoteIdentifier(owner.table)
    if (['property', 'column', 'field'].includes(name) && owner.column !== undefined) return quoteIdentifier(owner.column)
    unknown ??= whole
    return whole
  })
  return unknown === undefined ? { ok: true, sql } : { ok: false, name: unknown }
}
