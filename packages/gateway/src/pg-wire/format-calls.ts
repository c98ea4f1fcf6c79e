// Rewrites the calls of PostgreSQL that read or write times by a pattern (`to_timestamp(text, pattern)`, `to_date`, `to_char`) as the
// engine's own, whose patterns are spelt otherwise. A call stays as it is where its pattern is no literal, or has a part that means
// something else there or nothing: the engine then says that it knows no such function. What is rewritten passes the gate like any text.

import { quoteLiteral } from '@tulle/sql'
import type { TextEdit } from '../edit-text.ts'
import { editText } from '../edit-text.ts'
import { splitStatements } from '../statement-text.ts'
import type { StatementText, Token } from '../types.ts'

/** The very same statement where nothing is to be rewritten. */
export function withFormatCalls(statement: StatementText): StatementText {
  const edits = statement.tokens.flatMap((_, i) => editsOf(statement.tokens, i))
  if (edits.length === 0) return statement
  const again = splitStatements(editText(statement.text, edits).text)
  const [rewritten] = again.ok ? again.value : []
  return rewritten === undefined ? statement : { ...rewritten, offset: statement.offset }
}

/** What stands in the place of the name, and behind the engine's call. */
interface Written { readonly name: string; readonly behind: string }

const CALLS: ReadonlyMap<string, Written> = new Map([
  ['to_timestamp', { name: 'cast(strptime', behind: ') as timestamptz)' }],
  ['to_date', { name: 'cast(strptime', behind: ') as date)' }],
  ['to_char', { name: 'strftime', behind: ')' }],
])

function editsOf(tokens: readonly Token[], i: number): readonly TextEdit[] {
  const name = tokens[i] as Token
  const written = name.kind === 'word' ? CALLS.get(name.value) : undefined
  if (written === undefined || tokens[i + 1]?.value !== '(' || tokens[i - 1]?.value === '.') return []
  const end = endOfCall(tokens, i + 1)
  const [comma, pattern, close] = [tokens[end - 2], tokens[end - 1], tokens[end]]
  // An argument before it, and the pattern alone behind its comma.
  if (end < i + 5 || close === undefined || pattern?.kind !== 'string' || comma?.value !== ',') return []
  const format = enginePattern(pattern.value, name.value === 'to_char')
  if (format === undefined) return []
  return [{ start: name.start, end: name.end, text: written.name }, { start: pattern.start, end: pattern.end, text: quoteLiteral(format) }, { start: close.start, end: close.end, text: written.behind }]
}

/** Where the parenthesis that opens at `open` closes, if its second argument is its last; 0 where not. */
function endOfCall(tokens: readonly Token[], open: number): number {
  let commas = 0
  for (let at = open, depth = 0; at < tokens.length; at += 1) {
    const { kind, value } = tokens[at] as Token
    if (kind !== 'symbol') continue
    if (value === '(' || value === '[' || value === '{') depth += 1
    else if (value === ')' || value === ']' || value === '}') depth -= 1
    else if (value === ',' && depth === 1) commas += 1
    if (depth === 0) return commas === 1 ? at : 0
  }
  return 0
}

/** Parts of PostgreSQL's patterns, the longer ones first, that mean the same to the engine. Names are padded there unless FM stands before them. */
const PARTS: readonly (readonly [part: string, engine: string])[] = [
  ['YYYY', '%Y'], ['IYYY', '%G'], ['HH24', '%H'], ['HH12', '%I'], ['FMMonth', '%B'], ['FMDay', '%A'], ['DDD', '%j'], ['Mon', '%b'], ['MM', '%m'], ['MI', '%M'], ['MS', '%g'],
  ['DD', '%d'], ['Dy', '%a'], ['HH', '%I'], ['IW', '%V'], ['SS', '%S'], ['US', '%f'], ['YY', '%y'], ['AM', '%p'], ['PM', '%p'],
]
/** Of what is read, weeks and days of years say too little or are read otherwise. */
const ONLY_WRITTEN: ReadonlySet<string> = new Set(['IYYY', 'IW', 'DDD', 'FMDay', 'Dy', 'YY', 'MS'])

function enginePattern(pattern: string, isWritten: boolean): string | undefined {
  let out = ''
  for (let at = 0; at < pattern.length;) {
    const quoted = /^"([^"\\]*)"/u.exec(pattern.slice(at))
    const part = PARTS.find(([one]) => pattern.startsWith(one, at))
    if (part !== undefined && !isWritten && ONLY_WRITTEN.has(part[0])) return undefined
    const text = part?.[1] ?? (quoted?.[1] ?? (/^[^A-Za-z0-9"\\]/u.test(pattern[at] ?? '') ? pattern[at] : undefined))?.replaceAll('%', '%%')
    if (text === undefined) return undefined
    out += text
    at += part?.[0].length ?? quoted?.[0].length ?? 1
  }
  return out === '' ? undefined : out
}
