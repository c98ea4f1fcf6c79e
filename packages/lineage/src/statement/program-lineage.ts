// A program instead of a statement: nobody looks into it, so a column comes from where its author says, or else from everything
// that it reads; and everything that it reads may decide which rows there are. What is only claimed is said.

import type { DirectSource, SourceColumn, StatementLineage, TableName } from '../types.ts'

export interface ProgramFacts extends TableName {
  readonly columns: readonly string[]
  readonly reads: readonly (TableName & { readonly input: string })[]
  /** By column, where its author says so. */
  readonly declared: Readonly<Record<string, readonly { readonly input: string; readonly column: string }[]>>
}

/** Pure. `columnsOf` answers undefined for a table whose columns nobody knows. */
export function lineageOfProgram({ name, columns, reads, declared }: ProgramFacts, columnsOf: (table: TableName) => readonly { readonly name: string }[] | undefined): StatementLineage {
  const everything: readonly SourceColumn[] = reads.flatMap(({ schema, name: table }) => (columnsOf({ schema, name: table }) ?? [{ name: '*' }]).map((column) => ({ schema, name: table, column: column.name })))
  const said = (column: string): readonly DirectSource[] | undefined => {
    const sources = Object.hasOwn(declared, column) ? declared[column] : undefined
    return sources?.flatMap(({ input, column: from }) => reads.filter((read) => read.input === input).map((read): DirectSource => ({ schema: read.schema, name: read.name, column: from, how: 'transformation' })))
  }
  const untold = columns.filter((column) => said(column) === undefined)
  return {
    columns: columns.map((column) => ({ name: column, direct: said(column) ?? everything.map((source): DirectSource => ({ ...source, how: 'transformation' })), indirect: [] })),
    rows: everything.map((source) => ({ ...source, by: ['filter'] })),
    tables: reads.map(({ schema, name: table }) => ({ schema, name: table })),
    guesses: [
      ...(untold.length === 0 ? [] : [`"${name}" is made by a program that does not say where ${untold.join(', ')} come${untold.length === 1 ? 's' : ''} from: taken to be everything that it reads.`]),
      ...(reads.length === 0 ? [] : [`"${name}" is made by a program: which columns decide its rows is not known, so all that it reads are taken to.`]),
    ],
  }
}
