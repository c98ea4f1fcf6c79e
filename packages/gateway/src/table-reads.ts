// The places where a statement reads a table otherwise than whole and as it is now: with what stands there cut out, so
// that a relation of that read alone can take its place. What comes of it is held against DuckDB's own trees before it
// runs; here nothing is decided but where a name ends.

import type { Result } from '@tulle/kernel'
import type { TableReference, VersionLiteral } from '@tulle/sql'
import { fail, ok } from '@tulle/kernel'
import { quoteIdentifier } from '@tulle/sql'
import type { TextEdit } from './edit-text.ts'
import type { Token } from './types.ts'
import type { BlankedText } from './version-clauses.ts'
import { messages } from './messages.ts'

/** The schema of relations of single reads. No product is called so, and nobody may name it. */
export const READS = '@reads'

export interface ReadPlace {
  readonly reference: TableReference
  readonly version?: VersionLiteral
  /** Puts the relation of that name in the place of the table; absent where it is not plain what to cut out. */
  readonly edits?: (name: string) => readonly TextEdit[]
}

/** Every reference with its version. A version that stands behind no table is refused. */
export function findTableReads({ text, clauses, tokens }: BlankedText, references: readonly TableReference[]): Result<readonly ReadPlace[]> {
  const bytes = Buffer.from(text, 'utf8')
  const index = new Map(tokens.map((token, i) => [token.start, i]))
  const reads: ReadPlace[] = []
  const claimed = new Set<number>()
  for (const reference of references) {
    const first = index.get(bytes.subarray(0, reference.offset).toString('utf8').length)
    const last = first === undefined ? undefined : endOfName(tokens, first)
    if (first === undefined || last === undefined) {
      reads.push({ reference, ...(reference.at !== undefined && { version: reference.at }) })
      continue
    }
    const [start, end, next] = [(tokens[first] as Token).start, (tokens[last] as Token).end, tokens[last + 1]?.start ?? text.length + 1]
    const clause = clauses.find((one) => one.start >= end && one.start < next)
    if (clause !== undefined) claimed.add(clause.start)
    const asked = reference.at === undefined ? undefined : atClause(tokens, last + 1)
    if (clause !== undefined && reference.at !== undefined) return fail(messages['version-misplaced']({}, { place: clause.place }))
    const version = clause?.literal ?? reference.at
    const named = reference.alias === '' ? ` AS ${quoteIdentifier(reference.spelled)}` : ''
    reads.push({
      reference,
      ...(version !== undefined && { version }),
      edits: (name) => [
        { start, end, text: `${quoteIdentifier(READS)}.${quoteIdentifier(name)}${named}` },
        ...(asked === undefined ? [] : [{ ...asked, text: ' ' }]),
      ],
    })
  }
  const stray = clauses.find((clause) => !claimed.has(clause.start))
  return stray === undefined ? ok(reads) : fail(messages['version-misplaced']({}, { place: stray.place }))
}

/** True where a column is named by its schema and table, which finds nothing any more when the table is cut out. */
export const namesColumnsWhole = ({ tokens }: BlankedText, references: readonly TableReference[]): boolean => {
  const tables = new Set(references.map(({ schema, name }) => JSON.stringify([schema, name])))
  const lower = (at: number): string => (tokens[at]?.value ?? '').toLowerCase()
  return tokens.some((token, i) => isName(token) && isSymbol(tokens[i + 1], '.') && isName(tokens[i + 2]) && isSymbol(tokens[i + 3], '.') && tables.has(JSON.stringify([lower(i), lower(i + 2)])))
}

const isName = (token: Token | undefined): boolean => token?.kind === 'word' || token?.kind === 'identifier'
const isSymbol = (token: Token | undefined, value: string): boolean => token?.kind === 'symbol' && token.value === value

function endOfName(tokens: readonly Token[], first: number): number | undefined {
  if (!isName(tokens[first])) return undefined
  let last = first
  while (isSymbol(tokens[last + 1], '.') && isName(tokens[last + 2])) last += 2
  return last
}

// `AT ( … )`, perhaps behind an alias.
function atClause(tokens: readonly Token[], from: number): { readonly start: number; readonly end: number } | undefined {
  for (let i = from; i < Math.min(tokens.length, from + ALIAS_TOKENS); i += 1) {
    const [at, open] = [tokens[i], tokens[i + 1]]
    if (at?.kind !== 'word' || at.value !== 'at' || !isSymbol(open, '(')) continue
    const close = tokens.findIndex((token, k) => k > i + 1 && isSymbol(token, ')'))
    return close < 0 ? undefined : { start: at.start, end: (tokens[close] as Token).end }
  }
  return undefined
}

/** AS and the alias. */
const ALIAS_TOKENS = 3
