// A statement's text → the tables that it reads and how its columns are called, or why it may not run: the engine's own
// tree under the gate. The answer depends on the text alone, so it is remembered.

import type { Result } from '@tulle/kernel'
import type { EngineProcess } from '@tulle/engine'
import { ok } from '@tulle/kernel'
import { ALLOWED_FUNCTIONS, checkStatement, checkText } from '@tulle/sql'
import type { NamedTable } from './authorize.ts'
import type { OutputNames } from './output-names.ts'
import { outputNamesOf } from './output-names.ts'

export interface ReadStatement { readonly tables: readonly NamedTable[]; readonly names: OutputNames }

export interface StatementReader {
  /** What is remembered of this text. */
  known(sql: string): Result<ReadStatement> | undefined
  read(process: EngineProcess, sql: string): Promise<Result<ReadStatement>>
}

const REMEMBERED = 2000
const LONGEST_REMEMBERED = 20_000
// What the engine says of itself may differ the next time; what the gate says of a text does not.
const PERMANENT = /^sql-/

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
  const tree = await process.parse(sql)
  if (!tree.ok) return tree
  // Which tables may be read is asked of the policy, for each asker and each time; here only what may stand in a statement.
  const checked = checkStatement(tree.value, { tables: () => true, functions: ALLOWED_FUNCTIONS })
  return checked.ok ? ok({ tables: checked.value.tables, names: outputNamesOf(tree.value) }) : checked
}
