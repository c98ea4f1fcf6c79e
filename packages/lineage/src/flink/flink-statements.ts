// A statement that is kept in step → the statements by which Flink keeps its result in step in a topic: a table for each topic that
// it reads, one for the result, and what fills it. Values stay exact: what has no sure equivalent is refused. Pure; docs/decisions/085.

import type { Tree } from '@tulle/sql'
import { nodeOf } from '../statement/node.ts'
import type { TableName } from '../types.ts'
import { quoteName, quoteText } from './print-expression.ts'
import { QueryPrinter, selected } from './print-query.ts'
import { cannot, isFloating, isStored, NotInFlink, sortOf, typeOf } from './sorts.ts'
import type { Refusal } from './sorts.ts'

/** A column of a contract; `primaryKey` is its place in the key, from 1. */
export interface FlinkColumn { readonly name: string; readonly type: string; readonly primaryKey?: number | undefined }

/** A topic with what Flink's connector is told of it: names of options → values. */
export interface FlinkTable { readonly name: string; readonly columns: readonly FlinkColumn[]; readonly options: Readonly<Record<string, string>> }

export interface FlinkOptions {
  readonly result: FlinkTable
  /** Or why there is none. */
  readonly tableOf: (table: TableName) => FlinkTable | Refusal
}

/** What makes a table of a topic: names, types and key, and apart from them what the connector is told. */
export interface FlinkCreate { readonly name: string; readonly head: string; readonly options: Readonly<Record<string, string>> }

export type FlinkStatements = { readonly kind: 'statements'; readonly tables: readonly FlinkCreate[]; readonly insert: string } | ({ readonly kind: 'refused' } & Refusal)

/** In the order in which they are to be run. Equal statements of two exports are of one text. */
export function flinkStatements(model: Tree, { result, tableOf }: FlinkOptions): FlinkStatements {
  try {
    const top = nodeOf(model.statements[0]?.['node'])
    if (top === undefined || model.statements.length !== 1) return cannot('that it is not one statement', 'write it as one SELECT')
    const read = new Map<string, FlinkTable>()
    const printed = new QueryPrinter((schema, name) => {
      const table = tableOf({ schema: schema.toLowerCase(), name: name.toLowerCase() })
      if ('clause' in table) return cannot(table.clause, table.remedy)
      read.set(table.name, table)
      return { name: table.name, columns: table.columns.map((column) => ({ name: column.name, sort: isReadable(column) ? sortOf(column.type) : { kind: 'other', type: `${column.type} or of another name in messages` } })) }
    }).query(top)
    const stored = result.columns.map((column) => {
      const made = printed.columns.find(({ name }) => name.toLowerCase() === column.name.toLowerCase()) ?? cannot(`the column ${column.name} of its contract, which the statement does not give`, 'name it by AS')
      const sort = sortOf(column.type)
      if (sort.kind === 'other' || !isStored(made.sort, sort)) return cannot(`its column ${column.name}: ${made.sort.kind} in a column of the type ${column.type}`, 'give the column of the contract the type of the expression, or cast the expression to it')
      return { made, as: { name: column.name, sort } }
    })
    const tables = [...read.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((table) => createTable(table, (one) => isReadable(one) || one.primaryKey !== undefined))
    const query = selected({ sql: printed.sql, columns: stored.map(({ made }) => made) }, stored.map(({ as }) => as))
    const insert = `INSERT INTO ${quoteName(result.name)}\n${query};`
    if (FILLED_NAME.test(insert)) return cannot('a text or name with $TULLE_ in it', 'write it otherwise: whoever fills in the names of secrets would put one there')
    return { kind: 'statements', tables: [...tables, createTable(result, () => true)], insert }
  } catch (error) {
    if (error instanceof NotInFlink) return { kind: 'refused', ...error.refusal }
    throw error
  }
}

/** What stands for a secret in options of tables. */
const FILLED_NAME = /\$\{?TULLE_/u

const MESSAGE_NAME = /^[A-Za-z_]\w*$/u

/** Others are left out of the table; a statement that reads one is refused. */
const isReadable = ({ name, type }: FlinkColumn): boolean => MESSAGE_NAME.test(name) && sortOf(type).kind !== 'other'

function createTable({ name, columns, options }: FlinkTable, isWanted: (column: FlinkColumn) => boolean): FlinkCreate {
  const key = columns.filter(({ primaryKey }) => primaryKey !== undefined).toSorted((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0))
  if (key.length === 0) return cannot(`${name}, whose contract has no primary key`, 'mark the columns that name a row with primaryKey')
  const lines = columns.filter(isWanted).map((column) => {
    const sort = sortOf(column.type)
    if (!MESSAGE_NAME.test(column.name)) return cannot(`the column ${column.name} of ${name}, which has another name in messages`, 'call it by letters, digits and underscores')
    if (sort.kind === 'other' || (column.primaryKey !== undefined && isFloating(sort))) return cannot(`the column ${column.name} of ${name}, which is ${column.type}`, 'take another key, or cast it in a data set between')
    return `  ${quoteName(column.name)} ${typeOf(sort)}${column.primaryKey === undefined ? '' : ' NOT NULL'}${sort.kind === 'timestamp' ? " COMMENT 'microseconds since 1970, UTC'" : ''}`
  })
  // Temporary: in no catalogue that outlives the session, where others could read what opens the topics.
  return { name, head: `CREATE TEMPORARY TABLE ${quoteName(name)} (\n${[...lines, `  PRIMARY KEY (${key.map((one) => quoteName(one.name)).join(', ')}) NOT ENFORCED`].join(',\n')}\n)`, options }
}

/** The statement. `fill` gives an option its value, where that holds the name of a secret. */
export function printTable({ head, options }: FlinkCreate, fill: (option: string, value: string) => string = (_, value) => value): string {
  const told = Object.entries(options).map(([option, value]) => `  ${quoteText(option)} = ${quoteText(fill(option, value))}`)
  return `${head} WITH (\n${told.join(',\n')}\n);`
}
