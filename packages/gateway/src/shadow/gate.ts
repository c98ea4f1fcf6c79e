// Decides whether a statement is a question to the catalogue and whether it may be asked, on PostgreSQL's own tree.
// Denies by default: a node, relation or function that is not listed is refused.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { StatementText } from '../types.ts'
import { foreignDiagnostic } from '../sqlstate.ts'
import { messages } from '../messages.ts'
import { CATALOGUE_FUNCTIONS, CATALOGUE_RELATIONS, CATALOGUE_TYPES, INFORMATION_FUNCTIONS, INFORMATION_RELATIONS, PLAIN_FUNCTIONS, TELLTALES } from './allowlist.ts'

/** The text to ask, or undefined where the statement is not one for the catalogue. */
export async function catalogueQuestion(statement: StatementText): Promise<Result<string | undefined>> {
  if (!statement.tokens.some((token) => (token.kind === 'word' || token.kind === 'identifier') && (token.value.startsWith('pg_') || TELLTALES.has(token.value)))) return ok(undefined)
  // Longer ones are nobody's catalogue query, and the parser's stack is not endless.
  if (statement.tokens.length > MOST_TOKENS) return ok(undefined)
  const tree = await parse(statement.text)
  if (tree === undefined || isDeep(tree)) return ok(undefined)
  const found = inspect(tree)
  if (!found.asksCatalogue) return ok(undefined)
  if (found.refused !== undefined) return fail(messages['catalogue-refused']({ what: found.refused }))
  if (found.data.length > 0) return found.relations > 0 ? fail(messages['catalogue-mixed']({})) : ok(undefined)
  const asked = withFunctionsForKeywords(statement.text, found.keywords)
  // What was written into the text is looked at like what stood there.
  const again = found.keywords.length === 0 ? tree : await parse(asked)
  const checked = again === undefined ? undefined : inspect(again)
  if (checked === undefined || checked.refused !== undefined || checked.keywords.length > 0) return fail(foreignDiagnostic('0A000', 'This form of a catalogue query is not offered.'))
  return ok(asked)
}

const MOST_TOKENS = 6000
const DEEPEST = 600

// Loaded at the first catalogue query: most sessions of programs never ask one.
async function parse(text: string): Promise<unknown> {
  const parser = await import('libpg-query')
  await parser.loadModule()
  try {
    return parser.parseSync(text)
  } catch {
    return undefined
  }
}

/** Deeper than anybody writes by hand, and than a walk should follow. */
function isDeep(tree: unknown): boolean {
  let level: readonly unknown[] = [tree]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true
    level = level.flatMap((value): readonly unknown[] => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}

interface Found {
  asksCatalogue: boolean
  /** Relations of the catalogue. */
  relations: number
  /** Relations that are none of the catalogue's. */
  readonly data: string[]
  /** The first thing that is not allowed. */
  refused: string | undefined
  /** Where `current_user` and its like stand, in bytes. */
  readonly keywords: { readonly at: number; readonly keyword: string }[]
}

const NODES: ReadonlySet<string> = new Set([
  'A_ArrayExpr', 'A_Const', 'A_Expr', 'A_Indices', 'A_Indirection', 'A_Star', 'BitString', 'BoolExpr', 'Boolean', 'BooleanTest', 'CaseExpr', 'CaseWhen', 'CoalesceExpr',
  'CollateClause', 'ColumnDef', 'ColumnRef', 'CommonTableExpr', 'Float', 'FuncCall', 'GroupingFunc', 'GroupingSet', 'Integer', 'JoinExpr', 'List', 'MinMaxExpr', 'NamedArgExpr',
  'NullTest', 'ParamRef', 'RangeFunction', 'RangeSubselect', 'RangeVar', 'ResTarget', 'RowExpr', 'SQLValueFunction', 'SelectStmt', 'SortBy', 'String', 'SubLink', 'TypeCast',
  'TypeName', 'WindowDef', 'WithClause',
])
// Keywords that PostgreSQL answers from the connection to the shadow, which is not the asker's.
const KEYWORDS: Readonly<Record<string, string>> = {
  SVFOP_CURRENT_USER: 'current_user', SVFOP_SESSION_USER: 'session_user', SVFOP_USER: 'user', SVFOP_CURRENT_ROLE: 'current_role', SVFOP_CURRENT_CATALOG: 'current_catalog',
}

type Node = Readonly<Record<string, unknown>>

function inspect(tree: unknown): Found {
  const found: Found = { asksCatalogue: false, relations: 0, data: [], refused: undefined, keywords: [] }
  const refuse = (what: string): void => {
    found.refused ??= what
  }
  const statements = (tree as { stmts?: readonly { stmt?: Node }[] }).stmts ?? []
  const [only] = statements
  if (statements.length !== 1 || only?.stmt?.['SelectStmt'] === undefined) return found
  const ctes = cteNames(only.stmt)

  const onRelation = (node: Node): void => {
    const name = textOf(node['relname'])
    const schema = textOf(node['schemaname'])
    if (schema === '' && ctes.has(name)) return
    const system = schema === 'pg_catalog' || schema === 'information_schema' || (schema === '' && name.startsWith('pg_'))
    if (!system) return void found.data.push(name)
    found.relations += 1
    found.asksCatalogue = true
    const listed = schema === 'information_schema' ? INFORMATION_RELATIONS : CATALOGUE_RELATIONS
    if (!listed.has(name) || textOf(node['catalogname']) !== '') refuse(`table ${name}`)
  }
  const onFunction = (node: Node): void => {
    const parts = stringsOf(node['funcname'])
    const name = parts.at(-1) ?? ''
    const schema = parts.length > 1 ? parts.slice(0, -1).join('.') : ''
    const known = schema === 'information_schema' ? INFORMATION_FUNCTIONS.has(name) : (schema === '' || schema === 'pg_catalog') && (CATALOGUE_FUNCTIONS.has(name) || PLAIN_FUNCTIONS.has(name))
    if (!known || (name === 'format' && !isPlainFormat(node['args']))) refuse(`function ${name}`)
    if (schema !== '' || CATALOGUE_FUNCTIONS.has(name) || name.startsWith('pg_')) found.asksCatalogue = true
  }
  const onType = (node: Node): void => {
    const parts = stringsOf(node['names'])
    if (parts.some((part) => CATALOGUE_TYPES.has(part)) || (parts[0] === 'pg_catalog' && PLAIN_TYPES.has(parts[1] ?? '') === false)) found.asksCatalogue = true
  }
  const onKeyword = (node: Node): void => {
    const keyword = KEYWORDS[textOf(node['op'])]
    if (keyword === undefined) return
    found.asksCatalogue = true
    found.keywords.push({ at: typeof node['location'] === 'number' ? node['location'] : 0, keyword })
  }

  const walk = (value: unknown, key: string): void => {
    if (Array.isArray(value)) return void value.forEach((item) => walk(item, key))
    if (value === null || typeof value !== 'object') return
    const node = value as Node
    if (key === 'intoClause' || key === 'lockingClause') return refuse('writing')
    if (key === 'RangeVar') onRelation(node)
    else if (key === 'FuncCall') onFunction(node)
    else if (key === 'typeName' || key === 'TypeName') onType(node)
    else if (key === 'SQLValueFunction') onKeyword(node)
    else if (key === 'CommonTableExpr' && textOf(node['ctename']).startsWith('pg_')) refuse(`CTE ${textOf(node['ctename'])}`)
    for (const [name, child] of Object.entries(node)) {
      if (/^[A-Z]/.test(name) && !NODES.has(name)) refuse(`this use of ${name}`)
      walk(child, name)
    }
  }
  walk(only.stmt, '')
  return found
}

// The parser spells `int` and its like with their schema, so the schema alone tells nothing.
const PLAIN_TYPES: ReadonlySet<string> = new Set(['bit', 'bool', 'bpchar', 'float4', 'float8', 'int2', 'int4', 'int8', 'interval', 'numeric', 'time', 'timestamp', 'timestamptz', 'timetz', 'varbit', 'varchar'])

function cteNames(tree: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (value === null || typeof value !== 'object') return
    const cte = (value as Node)['CommonTableExpr'] as Node | undefined
    if (cte !== undefined) names.add(textOf(cte['ctename']))
    Object.values(value).forEach(walk)
  }
  walk(tree)
  return names
}

// A width makes a value as long as it says.
function isPlainFormat(args: unknown): boolean {
  const [first] = Array.isArray(args) ? (args as readonly { A_Const?: { sval?: { sval?: unknown } } }[]) : []
  return /^(?:[^%]|%%|%(?:\d{1,3}\$)?[sIL])*$/u.test(typeof first?.A_Const?.sval?.sval === 'string' ? first.A_Const.sval.sval : '%')
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
const stringsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map((item: { String?: { sval?: string } }) => item.String?.sval ?? '') : [])

/** `current_user` → a call of the function of that name, which the shadow answers with the asker's. */
function withFunctionsForKeywords(text: string, keywords: Found['keywords']): string {
  let bytes = Buffer.from(text)
  for (const { at, keyword } of keywords.toSorted((a, b) => b.at - a.at)) {
    const there = bytes.subarray(at, at + keyword.length).toString('latin1').toLowerCase()
    if (there !== keyword) continue
    bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(`pg_catalog."${keyword}"()`), bytes.subarray(at + keyword.length)])
  }
  return bytes.toString('utf8')
}
