// A statement's text → the tables that it reads, at which version, and how its columns are called, or why it may not run:
// the engine's own tree under the gate. The answer depends on the text alone, so it is remembered.

import type { Result } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import type { FoundConditions, Tree } from '@tulle/sql'
import { createHash } from 'node:crypto'
import { fail, ok } from '@tulle/kernel'
import { ALLOWED_FUNCTIONS, checkStatement, checkText, findConditions, sameStatement } from '@tulle/sql'
import type { NamedTable } from './authorize.ts'
import type { EditedText } from './edit-text.ts'
import type { OutputNames } from './output-names.ts'
import type { ReadPlace } from './table-reads.ts'
import type { TableVersion } from './types.ts'
import type { BlankedText } from './version-clauses.ts'
import { editText } from './edit-text.ts'
import { messages } from './messages.ts'
import { outputNamesOf } from './output-names.ts'
import { findTableReads, namesColumnsWhole, READS } from './table-reads.ts'
import { readTableVersion } from './table-version.ts'
import { blankVersionClauses } from './version-clauses.ts'

export interface ReadStatement {
  /** Each table once. */
  readonly tables: readonly NamedTable[]
  /** Those of them that are read whole and as they are now, under their own names. */
  readonly whole: ReadonlySet<NamedTable>
  /** Other reads, each of a relation of its own. */
  readonly parts: readonly ReadPart[]
  readonly names: OutputNames
  /** What is run, where the parts are called so. */
  textWith(names: readonly string[]): EditedText
}

/** At least one of both is there: a version, or what the statement demands of the rows. */
export interface ReadPart { readonly table: NamedTable; readonly version?: TableVersion; readonly conditions?: FoundConditions }

export interface StatementReader {
  /** What is remembered of this text. */
  known(sql: string): Result<ReadStatement> | undefined
  read(process: EngineProcess, sql: string): Promise<Result<ReadStatement>>
}

const REMEMBERED = 2000
const LONGEST_REMEMBERED = 20_000
// What the engine says of itself may differ the next time; what the gate says of a text does not.
const PERMANENT = /^(?:sql-|(?:bad-)?version)/

export function createStatementReader(): StatementReader {
  const memory = new Map<string, Result<ReadStatement>>()
  return {
    known(sql) {
      const found = memory.get(sql)
      if (found !== undefined) {
        memory.delete(sql)
        memory.set(sql, found)
      }
      return found
    },
    async read(process, sql) {
      const read = await check(process, sql)
      if (sql.length > LONGEST_REMEMBERED || (!read.ok && !PERMANENT.test(read.diagnostics[0]?.code ?? ''))) return read
      memory.set(sql, read)
      for (const oldest of memory.keys()) {
        if (memory.size <= REMEMBERED) break
        memory.delete(oldest)
      }
      return read
    },
  }
}

async function check(process: EngineProcess, sql: string): Promise<Result<ReadStatement>> {
  const text = checkText(sql)
  if (!text.ok) return text
  const blanked = blankVersionClauses(sql)
  if (!blanked.ok) return blanked
  const { back } = editText(blanked.value.text, [], sql)
  const tree = back(await process.parse(blanked.value.text))
  if (!tree.ok) return tree
  // Which tables may be read is asked of the policy, for each asker and each time; here only what may stand in a statement.
  const checked = back(checkStatement(tree.value, { tables: () => true, functions: ALLOWED_FUNCTIONS, versions: true }))
  if (!checked.ok) return checked
  const places = findTableReads(blanked.value, checked.value.references)
  if (!places.ok) return places
  const found = { sql, blanked: blanked.value, tables: checked.value.tables, places: places.value, names: outputNamesOf(tree.value) }
  // Conditions only spare files; where a text cannot be cut for them, the tables are read whole.
  const spared = namesColumnsWhole(blanked.value, checked.value.references) ? NO_CONDITIONS : findConditions(tree.value)
  for (const conditions of new Set([spared, NO_CONDITIONS])) {
    const read = readOf(found, conditions)
    if (!read.ok) return read
    if (read.value.cut.length === 0 || (await isSame(process, tree.value, read.value))) return ok(read.value.statement)
  }
  return fail(messages['version-misplaced']({}))
}

const NO_CONDITIONS: ReadonlyMap<number, FoundConditions> = new Map()

interface Found { readonly sql: string; readonly blanked: BlankedText; readonly tables: readonly NamedTable[]; readonly places: readonly ReadPlace[]; readonly names: OutputNames }
interface Read { readonly statement: ReadStatement; readonly cut: readonly (ReadPlace & Required<Pick<ReadPlace, 'edits'>>)[] }

function readOf({ sql, blanked, tables, places, names }: Found, conditionsAt: ReadonlyMap<number, FoundConditions>): Result<Read> {
  const keyOf = ({ schema, name }: NamedTable): string => JSON.stringify([schema, name])
  const byKey = new Map(tables.map((table) => [keyOf(table), table]))
  const cut: Read['cut'][number][] = []
  const parts: ReadPart[] = []
  const whole = new Set<NamedTable>()
  for (const place of places) {
    const table = byKey.get(keyOf(place.reference)) as NamedTable
    const version = place.version === undefined ? undefined : readTableVersion(place.version)
    if (version?.ok === false) return version
    const conditions = conditionsAt.get(place.reference.offset)
    const { edits } = place
    if (version !== undefined && edits === undefined) return fail(messages['version-misplaced']({}))
    if (edits === undefined || (version === undefined && conditions === undefined)) whole.add(table)
    else {
      cut.push({ ...place, edits })
      parts.push({ table, ...(version !== undefined && { version: version.value }), ...(conditions !== undefined && { conditions }) })
    }
  }
  const textWith = (given: readonly string[]): EditedText => editText(blanked.text, cut.flatMap((place, i) => place.edits(given[i] as string)), sql)
  return ok({ cut, statement: { tables, whole, parts, names, textWith } })
}

// INVARIANT: the names of parts are as long and as plain as these, so what holds for them holds for any.
async function isSame(process: EngineProcess, tree: Tree, { statement, cut }: Read): Promise<boolean> {
  const names = cut.map((_, i) => partName(String(i)))
  const parsed = await process.parse(statement.textWith(names).text)
  if (!parsed.ok || !sameStatement(tree, parsed.value, cut.map(({ reference }, i) => ({ reference, by: { schema: READS, name: names[i] as string } })))) return false
  const known = new Set(names)
  return checkStatement(parsed.value, { tables: (schema, name) => schema !== READS || known.has(name), functions: ALLOWED_FUNCTIONS }).ok
}

/** The name of a part's relation, by what it is: nothing else is ever called so, and it never means anything else. */
export const partName = (identity: string): string => `r${createHash('sha256').update(identity).digest('hex').slice(0, 40)}`
