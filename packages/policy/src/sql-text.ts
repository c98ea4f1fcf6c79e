// Conditions and masks that people write in SQL → parts that can be printed over a row. Nothing is parsed in depth here:
// the text is cut into tokens, and every token must be of a kind that can neither reach another table, nor call what is
// not on the list, nor leave its brackets. What the engine then makes of it can only be an expression or an error.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { ALLOWED_FUNCTIONS, quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { messages } from './messages.ts'

export type SqlPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'value'; readonly name: string; readonly afterIn: boolean }

/** An expression over a row, with places for columns and for values of the question. */
export interface SqlTemplate {
  readonly parts: readonly SqlPart[]
  /** As written, each once. */
  readonly columns: readonly string[]
  /** `purpose`, `subject.region`. */
  readonly values: readonly string[]
}

const LENGTH_LIMIT = 2_000
const DEPTH_LIMIT = 20
const SYMBOLS = new Set('(),.+-*/%=<>!|&~^:[]')
const KEYWORDS = new Set([
  'and', 'or', 'not', 'is', 'null', 'true', 'false', 'in', 'between', 'like', 'ilike', 'similar', 'to', 'escape', 'case', 'when', 'then', 'else', 'end', 'cast', 'try_cast',
  'as', 'distinct', 'interval', 'date', 'timestamp', 'timestamptz', 'time', 'extract', 'at', 'zone', 'glob', 'collate', 'isnull', 'notnull', 'symmetric',
])
const UNITS = new Set(['year', 'years', 'quarter', 'month', 'months', 'week', 'weeks', 'day', 'days', 'hour', 'hours', 'minute', 'minutes', 'second', 'seconds', 'decade', 'dow', 'doy', 'isodow', 'epoch'])
const TYPES = new Set([
  'varchar', 'text', 'string', 'boolean', 'bool', 'tinyint', 'smallint', 'integer', 'int', 'bigint', 'hugeint', 'utinyint', 'usmallint', 'uinteger', 'ubigint', 'float', 'real', 'double',
  'decimal', 'numeric', 'date', 'time', 'timestamp', 'timestamptz', 'interval', 'uuid', 'blob',
])
/** Keywords that an opening bracket may follow without a call. */
const BEFORE_BRACKET = new Set(['and', 'or', 'not', 'in', 'between', 'like', 'ilike', 'when', 'then', 'else', 'case', 'cast', 'try_cast', 'extract', 'is', 'from', 'to', 'as', 'escape', 'glob'])
/** What begins a query or belongs to one, and what names the engine's own things. */
const QUERY_WORDS = new Set([
  'select', 'with', 'from', 'where', 'having', 'group', 'order', 'limit', 'offset', 'union', 'intersect', 'except', 'join', 'values', 'table', 'pivot', 'unpivot', 'describe', 'desc', 'show', 'summarize',
  'call', 'execute', 'prepare', 'set', 'reset', 'attach', 'detach', 'copy', 'pragma', 'create', 'drop', 'insert', 'update', 'delete', 'exists', 'lateral', 'over', 'filter', 'window', 'columns', 'exclude',
  'replace_columns', 'rowid', 'lambda', 'default', 'using', 'qualify', 'sample', 'tablesample', 'row', 'array', 'map', 'struct', 'exec', 'install', 'load', 'unnest',
])
/** Their result can be made as large as one likes. */
const SIZING = ['repeat', 'lpad', 'rpad', 'bar', 'format', 'printf', 'list_resize', 'array_resize', 'generate_series', 'range', 'factorial'] as const
/** Another moment would answer otherwise, but the rows that a subject may see are kept until the snapshot changes. */
const FLEETING = [
  'random', 'uuid', 'uuidv4', 'uuidv7', 'gen_random_uuid', 'now', 'today', 'ago', 'age', 'current_date', 'current_localtime', 'current_localtimestamp', 'current_timestamp', 'localtime', 'localtimestamp',
  'get_current_time', 'get_current_timestamp', 'transaction_timestamp', 'typeof', 'nextval',
] as const
const REFUSED_FUNCTIONS: ReadonlySet<string> = new Set([...SIZING, ...FLEETING])
/** Some need no brackets to be called. */
const FLEETING_WORDS: ReadonlySet<string> = new Set(['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp', 'user', 'current_user', 'session_user', 'current_role', 'current_schema', 'current_catalog'])

interface Token { readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'value'; readonly text: string; readonly start: number; readonly end: number }

/** Reads an expression. `values` says whether `{purpose}` and `{subject.…}` may stand in it. */
export function parseSqlTemplate(text: string, { values: allowsValues }: { readonly values: boolean } = { values: true }): Result<SqlTemplate> {
  const tokens = tokensOf(text)
  if (typeof tokens === 'string') return fail(messages['condition-refused']({ what: tokens }))
  const problem = bracketProblem(tokens)
  if (problem !== undefined) return fail(messages['condition-refused']({ what: problem }))
  const parts: SqlPart[] = []
  let at = 0
  for (const [i, token] of tokens.entries()) {
    const judged = judge(token, tokens, i, allowsValues)
    if (typeof judged === 'string') return fail(messages['condition-refused']({ what: judged }))
    if (judged === undefined) continue
    parts.push({ kind: 'text', text: text.slice(at, token.start) }, judged)
    at = token.end
  }
  parts.push({ kind: 'text', text: text.slice(at) })
  const namesOf = (kind: 'column' | 'value'): readonly string[] => [...new Set(parts.flatMap((part) => (part.kind === kind ? [part.name] : [])))]
  return ok({ parts, columns: namesOf('column'), values: namesOf('value') })
}

// A word in the answer is what is wrong; a part stands in for the token; nothing leaves it as it is.
function judge(token: Token, tokens: readonly Token[], i: number, allowsValues: boolean): SqlPart | string | undefined {
  const [before, after] = [tokens[i - 1], tokens[i + 1]]
  const calls = after?.text === '(' && after.kind === 'symbol'
  const isMember = before?.kind === 'symbol' && before.text === '.'
  switch (token.kind) {
    case 'value':
      return allowsValues ? { kind: 'value', name: token.text, afterIn: before?.kind === 'word' && before.text.toLowerCase() === 'in' } : 'values in braces'
    case 'quoted':
      if (calls) return 'a call by a quoted name'
      return isMember ? undefined : { kind: 'column', name: token.text }
    case 'word': {
      const word = token.text.toLowerCase()
      const isUnit = UNITS.has(word) && (before?.kind === 'string' || before?.kind === 'number' || isExtracted(tokens, i))
      if (word === 'from' && (before?.text.toLowerCase() === 'distinct' || isExtracted(tokens, i - 1))) return undefined
      if (QUERY_WORDS.has(word)) return `the word ${word.toUpperCase()}`
      if (calls && !BEFORE_BRACKET.has(word) && !(TYPES.has(word) && isTypePlace(before))) return ALLOWED_FUNCTIONS.has(word) && !REFUSED_FUNCTIONS.has(word) ? undefined : `the function ${word.slice(0, 60)}`
      if (isUnit || KEYWORDS.has(word) || isMember) return undefined
      if (FLEETING_WORDS.has(word)) return `the word ${word.toUpperCase()}`
      if (isTypePlace(before)) return TYPES.has(word) ? undefined : `the type ${word.slice(0, 60)}`
      return { kind: 'column', name: token.text }
    }
    case 'string': case 'number': case 'symbol':
      return undefined
  }
}

const isTypePlace = (before: Token | undefined): boolean => before?.text === '::' || before?.text.toLowerCase() === 'as'
const isExtracted = (tokens: readonly Token[], i: number): boolean => tokens[i - 1]?.text === '(' && tokens[i - 2]?.text.toLowerCase() === 'extract'

function bracketProblem(tokens: readonly Token[]): string | undefined {
  const open: string[] = []
  for (const { kind, text } of tokens) {
    if (kind !== 'symbol') continue
    if (text === '(' || text === '[') open.push(text)
    if (text === ')' && open.pop() !== '(') return 'brackets that do not match'
    if (text === ']' && open.pop() !== '[') return 'brackets that do not match'
    if (open.length > DEPTH_LIMIT) return `brackets more than ${DEPTH_LIMIT} deep`
  }
  if (tokens.length === 0) return 'an empty text'
  return open.length > 0 ? 'brackets that do not match' : undefined
}

function tokensOf(text: string): readonly Token[] | string {
  if (text.length > LENGTH_LIMIT) return `more than ${LENGTH_LIMIT} characters`
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    if (/[ \t\r\n]/u.test(char)) {
      at += 1
      continue
    }
    const token = tokenAt(text, at)
    if (typeof token === 'string') return token
    const last = tokens.at(-1)
    // E'…', x"…" and the like mean something else to the engine than their parts.
    if (last !== undefined && last.end === token.start && sticks(last, token)) return `"${text.slice(last.start, Math.min(token.end, last.start + 30))}"`
    tokens.push(token)
    at = token.end
  }
  return tokens
}

const TWO = ['::', '<=', '>=', '<>', '!=', '||', '==', '//', '**', '!~', '~~', '@>', '<@']
const STICKY: ReadonlySet<Token['kind']> = new Set(['word', 'quoted', 'string', 'number', 'value'])
const sticks = (a: Token, b: Token): boolean => STICKY.has(a.kind) && STICKY.has(b.kind)

function tokenAt(text: string, start: number): Token | string {
  const char = text[start] ?? ''
  if (char === "'" || char === '"') {
    let end = start + 1
    while (end < text.length && (text[end] !== char || text[end + 1] === char)) end += text[end] === char ? 2 : 1
    if (end >= text.length) return 'a quote without its end'
    const inside = text.slice(start + 1, end)
    if (inside.includes('\0')) return 'the character U+0000'
    return { kind: char === '"' ? 'quoted' : 'string', text: char === '"' ? inside.replaceAll('""', '"') : inside, start, end: end + 1 }
  }
  if (char === '{') {
    const [found, name] = /^\{(purpose|subject\.[a-z][a-z0-9_]{0,62})\}/u.exec(text.slice(start, start + 100)) ?? []
    return found === undefined || name === undefined ? 'braces that hold neither purpose nor subject.<attribute>' : { kind: 'value', text: name, start, end: start + found.length }
  }
  const rest = text.slice(start, start + 500)
  const [word] = /^[A-Za-z_][A-Za-z0-9_]*/u.exec(rest) ?? []
  if (word !== undefined) return { kind: 'word', text: word, start, end: start + word.length }
  const [number] = /^\d+(\.\d+)?(e[+-]?\d+)?/iu.exec(rest) ?? []
  if (number !== undefined) return { kind: 'number', text: number, start, end: start + number.length }
  if (!SYMBOLS.has(char)) return `the character ${JSON.stringify(char)}`
  const two = rest.slice(0, 2)
  // Looked for behind the first character too: the engine finds a comment's start in the middle of an operator.
  const [mark] = /--|\/\*|->|=>|:=/u.exec(rest.slice(0, TWO.includes(two) ? 3 : 2)) ?? []
  if (mark !== undefined) return `"${mark}"`
  return { kind: 'symbol', text: TWO.includes(two) ? two : char, start, end: start + (TWO.includes(two) ? 2 : 1) }
}

/** Where columns and values of a template come from; undefined: there is no such thing. */
export interface SqlScope {
  readonly column: (name: string) => string | undefined
  readonly value: (name: string) => Json | undefined
}

/** Prints a template in brackets. What is missing is named instead. */
export function printSql(template: SqlTemplate, scope: SqlScope): { readonly sql: string } | { readonly missing: string } {
  let sql = ''
  for (const part of template.parts) {
    const printed = part.kind === 'text' ? part.text : part.kind === 'column' ? scope.column(part.name) : part.afterIn ? sqlTuple(scope.value(part.name)) : sqlLiteral(scope.value(part.name))
    if (printed === undefined) return { missing: part.kind === 'column' ? `the column ${part.name}` : part.kind === 'value' ? part.name : '' }
    sql += printed
  }
  return { sql: `(${sql})` }
}

/** Finds a column as SQL does, whatever the case, and prints its own name. */
export const columnScope = (columns: readonly { readonly name: string }[]) => {
  const byName = new Map(columns.map(({ name }) => [name.toLowerCase(), quoteIdentifier(name)]))
  return (name: string): string | undefined => byName.get(name.toLowerCase())
}

const LONGEST_VALUE = 1_000

/** A value as a literal that can be nothing else; undefined for what has none. */
export function sqlLiteral(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value.length <= LONGEST_VALUE ? quoteLiteral(value) : undefined
  // Negative ones in brackets: a minus before them would begin a comment.
  if (typeof value === 'number') return !Number.isFinite(value) ? undefined : value < 0 || Object.is(value, -0) ? `(${String(value)})` : String(value)
  if (typeof value === 'boolean') return String(value)
  if (!Array.isArray(value) || value.length > LONGEST_VALUE) return undefined
  const items = (value as readonly Json[]).map((item) => (Array.isArray(item) ? undefined : sqlLiteral(item)))
  if (items.some((item) => item === undefined)) return undefined
  return items.length === 0 ? 'CAST([] AS VARCHAR[])' : `[${items.join(', ')}]`
}

/** What stands behind IN: nothing is in an empty list, and a single value is a list of one. */
function sqlTuple(value: Json | undefined): string | undefined {
  if (!Array.isArray(value)) return value === undefined || value === null ? undefined : sqlTuple([value])
  if (value.length > LONGEST_VALUE) return undefined
  const items = (value as readonly Json[]).map((item) => (Array.isArray(item) ? undefined : sqlLiteral(item)))
  return items.some((item) => item === undefined) ? undefined : items.length === 0 ? '(NULL)' : `(${items.join(', ')})`
}
