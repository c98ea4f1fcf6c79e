// A condition that somebody wrote for the rows of one table → the columns that it reads, or why it may not stand in a grant.
// It will be put between parentheses into SQL of Tulle's own, so it must be one expression over the row and nothing else:
// no table, no query, no parameter, nothing that another moment would answer otherwise.

import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { AGGREGATE_FUNCTIONS, ALLOWED_FUNCTIONS } from './allowed-functions.ts'
import { checkStatement } from './check-statement.ts'
import { messages } from './messages.ts'
import { isNode } from './parse-tree.ts'
import { placeAt } from './place-at.ts'
import type { Tree, TreeNode, TreeValue } from './types.ts'

const CONDITION_LIMIT = 2_000

// Without parentheses: what closes them and opens others is then no expression, and would widen what stands beside it.
const BEFORE = 'SELECT\n'

/** What the engine is to parse for a condition; `checkCondition` reads the tree of it. */
export function conditionProbe(condition: string): Result<string> {
  if (condition.trim() === '') return fail(messages['condition-empty']({}))
  if (condition.length > CONDITION_LIMIT) return fail(messages['condition-too-long']({ limit: CONDITION_LIMIT }))
  // A comment could swallow what is put behind it. Where a text ends is the engine's business, so the signs are refused within texts too.
  const comment = /--|\/\*|\$|\0/u.exec(condition)
  if (comment !== null) return fail(messages['condition-sign']({ sign: comment[0] === '\0' ? 'NUL' : comment[0] }))
  return ok(`${BEFORE}${condition}`)
}

/** `tree` is the engine's of the probe. Answers which of the columns it reads, as the table spells them. Pure. */
export function checkCondition(tree: Tree, columns: readonly string[]): Result<readonly string[]> {
  const gate = checkStatement(tree, { tables: () => false, functions: CONDITION_FUNCTIONS })
  if (!gate.ok) return fail(...gate.diagnostics.map((d) => (d.code === 'sql-unknown-table' ? messages['condition-reads-table']({}) : relocated(d))))
  const root = expressionOf(tree)
  if (root === undefined) return fail(messages['condition-not-one-expression']({}))
  const spelled = new Map(columns.map((name) => [name.toLowerCase(), name]))
  const read = new Set<string>()
  const refused = refusal(root, tree.text, (name) => {
    const found = spelled.get(name.toLowerCase())
    if (found !== undefined) read.add(found)
    return found !== undefined
  }, columns)
  return refused === undefined ? ok(columns.filter((name) => read.has(name))) : fail(refused)
}

// The moment and chance would make a slice that was cut once differ from the row that is asked about later.
const FLEETING: ReadonlySet<string> = new Set([
  'random', 'uuid', 'uuidv4', 'uuidv7', 'gen_random_uuid', 'now', 'today', 'ago', 'current_date', 'current_localtime', 'current_localtimestamp',
  'get_current_time', 'get_current_timestamp', 'transaction_timestamp', 'unnest', 'typeof',
])
const CONDITION_FUNCTIONS: ReadonlySet<string> = new Set([...ALLOWED_FUNCTIONS].filter((name) => !FLEETING.has(name) && !AGGREGATE_FUNCTIONS.has(name)))

const CLASSES: ReadonlySet<string> = new Set(['COLUMN_REF', 'CONSTANT', 'FUNCTION', 'COMPARISON', 'CONJUNCTION', 'OPERATOR', 'CAST', 'CASE', 'BETWEEN'])

/** The one expression of `SELECT …` that reads nothing, orders nothing, names nothing. */
function expressionOf(tree: Tree): TreeNode | undefined {
  const node = tree.statements[0]?.['node']
  if (!isNode(node) || node['type'] !== 'SELECT_NODE') return undefined
  const [only, ...others] = listOf(node['select_list'])
  const from = node['from_table']
  const bare = isNode(from) && from['type'] === 'EMPTY' && node['where_clause'] === null && node['having'] === null && node['qualify'] === null
    && node['sample'] === null && listOf(node['group_expressions']).length === 0 && listOf(node['modifiers']).length === 0
    && listOf(isNode(node['cte_map']) ? node['cte_map']['map'] : []).length === 0
  return bare && others.length === 0 && isNode(only) && only['alias'] === '' ? only : undefined
}

function refusal(node: TreeNode, text: string, isColumn: (name: string) => boolean, columns: readonly string[]): ReturnType<typeof messages['condition-not-allowed']> | undefined {
  const kind = node['class']
  const offset = Number(String(node['query_location'] ?? NaN))
  const where = Number.isSafeInteger(offset) && offset >= BEFORE.length ? { place: movedPlace(placeAt(text, offset)) } : {}
  if (typeof kind === 'string') {
    if (!CLASSES.has(kind)) return messages['condition-not-allowed']({ what: FORMS[kind] ?? `An expression of the kind ${kind.toLowerCase()}` }, where)
    if (kind === 'FUNCTION' && (node['distinct'] === true || node['filter'] !== null)) return messages['condition-not-allowed']({ what: 'An aggregate' }, where)
    if (kind === 'COLUMN_REF') {
      const [name, ...members] = listOf(node['column_names']).map(String)
      // `row.member` and `table.column` look alike; only what begins with a column of the table is its member.
      if (name === undefined || !isColumn(name)) return messages['condition-unknown-column']({ column: [name, ...members].join('.').slice(0, 200), hint: didYouMean(name ?? '', columns), known: columns }, where)
    }
  }
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? (value as readonly TreeValue[]) : [value]) {
      const found = isNode(item) ? refusal(item, text, isColumn, columns) : undefined
      if (found !== undefined) return found
    }
  }
  return undefined
}

const FORMS: Readonly<Record<string, string>> = {
  SUBQUERY: 'A query', PARAMETER: 'A parameter', STAR: 'A star', WINDOW: 'A window', LAMBDA: 'A function of elements', POSITIONAL_REFERENCE: 'A column by its number', COLLATE: 'A collation',
}

const listOf = (value: TreeValue | undefined): readonly TreeValue[] => (Array.isArray(value) ? (value as readonly TreeValue[]) : [])

// The writer sees the condition alone, from its own first line.
const movedPlace = <T extends { readonly line: number }>(place: T): T => ({ ...place, line: Math.max(1, place.line - 1) })
const relocated = <T extends { readonly place?: { readonly line: number } }>(diagnostic: T): T =>
  (diagnostic.place === undefined ? diagnostic : { ...diagnostic, place: movedPlace(diagnostic.place) })
