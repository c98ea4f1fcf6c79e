// A statement's tree to its column lineage. Pure; the tree is the engine's own, so nothing is seen that the engine would not run.

import type { Tree, TreeNode } from '@tulle/sql'
import type { DirectSource, IndirectSource, KnownColumn, MacroBody, StatementLineage, TableName } from '../types.ts'
import type { Flow } from './flow.ts'
import { Columns, DIRECTNESS, INFLUENCES, NOTHING } from './flow.ts'
import { nodeOf } from './node.ts'
import { readExpression } from './read-expression.ts'
import { readQuery } from './read-query.ts'
import { readTable } from './read-table.ts'
import type { From, Reading, Rows, Scope } from './scope.ts'
import { NO_FROM } from './scope.ts'

export interface StatementOptions {
  /** In the order of the table; undefined where nobody knows them. Names come in lower case. */
  readonly columnsOf: (table: TableName) => readonly KnownColumn[] | undefined
  /** What the engine calls the columns of the result; what the statement says of itself where absent. */
  readonly outputs?: readonly string[]
  readonly macros?: ReadonlyMap<string, MacroBody & { readonly tree: Tree }>
}

/** Deeper than any statement that passes the gate. */
const DEPTH_LIMIT = 300

export function lineageOf(tree: Tree, options: StatementOptions): StatementLineage {
  const reading = readingOf(options)
  const [statement] = tree.statements
  const { columns, rows } = reading.query(nodeOf(statement?.['node']) ?? {}, { from: NO_FROM, ctes: new Map() })
  const names = options.outputs !== undefined && options.outputs.length === columns.length ? options.outputs : columns.map(({ name }) => name)
  if (options.outputs !== undefined && options.outputs.length !== columns.length) reading.guesses.add(`The result has ${options.outputs.length} columns, and ${columns.length} were read.`)
  return {
    columns: columns.map(({ flow }, i) => ({ name: names[i] ?? '', direct: directOf(reading, flow), indirect: indirectOf(reading, flow) })),
    rows: indirectOf(reading, rows),
    tables: [...reading.tables.values()],
    guesses: [...reading.guesses],
  }
}

function readingOf({ columnsOf, macros }: StatementOptions): Reading {
  let depth = 0
  const guesses = new Set<string>()
  const within = <T>(nothing: T, read: () => T): T => {
    if (depth > DEPTH_LIMIT) {
      guesses.add('The statement is nested too deeply to be read whole.')
      return nothing
    }
    depth += 1
    try {
      return read()
    } finally {
      depth -= 1
    }
  }
  const reading: Reading = {
    columns: new Columns(), columnsOf, tables: new Map(), guesses, stars: new Map(),
    macros: new Map([...macros ?? []].map(([name, macro]) => [name.toLowerCase(), { ...macro, tree: nodeOf(macro.tree.statements[0]?.['node']) ?? {} }])),
    query: (node: TreeNode, scope: Scope): Rows => within({ columns: [], rows: NOTHING }, () => readQuery(reading, node, scope)),
    expression: (node: TreeNode, scope: Scope): Flow => within(NOTHING, () => readExpression(reading, node, scope)),
    table: (node: TreeNode, scope: Scope): From => within(NO_FROM, () => readTable(reading, node, scope)),
  }
  return reading
}

const directOf = ({ columns }: Reading, { direct }: Flow): readonly DirectSource[] =>
  [...direct].map(([id, rank]) => ({ ...columns.of(id), how: DIRECTNESS[rank] ?? 'transformation' })).toSorted(byName)

const indirectOf = ({ columns }: Reading, { indirect }: Flow): readonly IndirectSource[] =>
  [...indirect].map(([id, bits]) => ({ ...columns.of(id), by: INFLUENCES.filter((_, bit) => (bits & (1 << bit)) !== 0) })).toSorted(byName)

const keyOf = ({ schema, name, column }: DirectSource | IndirectSource): string => `${schema}\u0000${name}\u0000${column}`
const byName = (a: DirectSource | IndirectSource, b: DirectSource | IndirectSource): number => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0)
