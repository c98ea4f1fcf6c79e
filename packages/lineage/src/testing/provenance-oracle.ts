// The oracle of provenance: the model is run again over the rows that were named, and nothing else; the rows that were asked about
// must come out, each as often as before.

import { printTree } from '@tulle/sql'
import type { Tree, TreeNode } from '@tulle/sql'
import type { DuckdbParser } from '@tulle/sql/testing'
import { duckdbParser } from '@tulle/sql/testing'
import { influence } from '../provenance/influence.ts'
import { narrow } from '../provenance/narrow.ts'
import type { Narrowed } from '../provenance/narrow.ts'
import type { NarrowOptions } from '../provenance/types.ts'
import { MODEL_ROWS, MODEL_TABLES } from './random-models.ts'

export interface OracleTables {
  /** Types by column, of each table. */
  readonly tables: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** A query for the rows of each. */
  readonly rows: Readonly<Record<string, string>>
}

export interface Judged {
  /** What was promised and does not hold. */
  readonly violation?: string
  readonly refused?: string
  /** The engine itself could not run a query, and the table's own conditions stood in for it. */
  readonly widened?: boolean
  /** Rows that were named, and rows that there are, of the tables that were read. */
  readonly named: number
  readonly all: number
}

export interface ProvenanceOracle {
  readonly parser: DuckdbParser
  /** Rows of the model's result, as objects. */
  rowsOf(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  ask(model: string, condition: string): Promise<Narrowed>
  /** `spoil` plants a mistake. */
  judge(model: string, condition: string, spoil?: (narrowed: Narrowed) => Narrowed): Promise<Judged>
  /** The other way: the rows that some rows of a table had a part in are those whose provenance they are among, asked one by one. */
  judgeInfluence(model: string, table: string, condition: string, spoil?: (narrowed: Narrowed) => Narrowed): Promise<Judged>
}

export async function provenanceOracle({ tables, rows }: OracleTables = { tables: MODEL_TABLES, rows: MODEL_ROWS }): Promise<ProvenanceOracle> {
  const parser = await duckdbParser()
  await parser.texts('SET threads = 1')
  // As the engine's processes have it.
  await parser.texts("SET disabled_optimizers = 'common_subplan'")
  const sizes: Record<string, number> = {}
  for (const [table, query] of Object.entries(rows)) {
    await parser.texts(`CREATE TABLE ${table} AS ${query}`)
    sizes[table] = Number((await parser.texts(`SELECT CAST(count(*) AS VARCHAR) FROM ${table}`))[0])
  }
  const names = new RegExp(`\\b(?:${Object.keys(tables).join('|')})\\b`, 'gu')
  const texts = async (sql: string): Promise<readonly string[]> => JSON.parse((await parser.texts(`SELECT coalesce(CAST(to_json(list(CAST(to_json(q) AS VARCHAR))) AS VARCHAR), '[]') FROM (${sql}) q`))[0] ?? '[]') as readonly string[]
  const print = async (statement: TreeNode): Promise<string> => (await parser.texts(`SELECT json_deserialize_sql(CAST('${printTree(statement).replaceAll("'", "''")}' AS JSON))`))[0] ?? ''

  const parsed = async (sql: string): Promise<Tree> => {
    const tree = await parser.parse(sql)
    if (!tree.ok) throw new Error(`It does not parse: ${sql}`)
    return tree.value
  }
  const conditionOf = async (text: string): Promise<TreeNode> => (((await parsed(`SELECT 1 WHERE ${text}`)).statements[0] as TreeNode)['node'] as TreeNode)['where_clause'] as TreeNode
  const options: NarrowOptions = { columnsOf: ({ name }) => (tables[name] === undefined ? undefined : Object.keys(tables[name]).map((one) => ({ name: one }))), versionOf: () => undefined }

  const ask = async (model: string, condition: string): Promise<Narrowed> => {
    return narrow(await parsed(model), await conditionOf(condition), options)
  }

  const judge = async (model: string, condition: string, spoil = (narrowed: Narrowed): Narrowed => narrowed): Promise<Judged> => {
    const narrowed = spoil(await ask(model, condition))
    if (narrowed.kind === 'refused') return { refused: narrowed.code, named: 0, all: 0 }
    let [named, all] = [0, 0]
    let widened = false
    for (const table of Object.keys(tables)) {
      const read = narrowed.reads.find((one) => one.table.name === table)
      const keep = async (query: string): Promise<readonly string[]> => {
        await parser.texts(`CREATE OR REPLACE TABLE kept_${table} AS ${query}`)
        return texts(`FROM kept_${table}`)
      }
      if (read === undefined) {
        await keep(`SELECT * FROM ${table} WHERE false`)
        continue
      }
      const alone = read.alone === undefined ? undefined : await texts(await print(read.alone.statement))
      const more = await print(read.statement).then(keep).catch(async (error: unknown) => {
        if (read.alone === undefined) throw error
        widened = true
        return keep(await print(read.alone.statement))
      })
      named += more.length
      all += sizes[table] ?? 0
      if (alone !== undefined && more.some((one) => !alone.includes(one))) return { violation: `${model} where ${condition}: a row of ${table} is not among those that conditions on it alone give`, named, all }
    }
    const asked = (sql: string): string => `SELECT * FROM (${sql}) WHERE ${condition}`
    const [wanted, remade] = [counted(await texts(asked(model))), counted(await texts(asked(model.replaceAll(names, 'kept_$&'))))]
    const wrong = [...wanted].find(([one, times]) => remade.get(one) !== times)
    return { named, all, widened, ...(wrong !== undefined && { violation: `${model}\n  where ${condition}: ${wrong[0]} was there ${wrong[1]} times, and is ${remade.get(wrong[0]) ?? 0} times` }) }
  }
  const judgeInfluence = async (model: string, table: string, condition: string, spoil = (narrowed: Narrowed): Narrowed => narrowed): Promise<Judged> => {
    await parser.texts(`CREATE OR REPLACE TABLE made AS ${model}`)
    const made = [...new Set(await texts('FROM made'))]
    const narrowed = spoil(influence(await parsed(model), { table: { schema: '', name: table }, condition: await conditionOf(condition), output: { schema: 'main', name: 'made' } }, options))
    if (narrowed.kind === 'refused') return { refused: narrowed.code, named: 0, all: made.length }
    const [read] = narrowed.reads
    if (read === undefined) throw new Error('It asks for nothing.')
    let widened = false
    const said = new Set(await texts(await print(read.statement)).catch(async (error: unknown) => {
      if (read.alone === undefined) throw error
      widened = true
      return texts(await print(read.alone.statement))
    }))
    for (const row of made) {
      const object = JSON.parse(row) as Readonly<Record<string, unknown>>
      const own = await ask(model, conditionFor(object, Object.keys(object)))
      const inputs = own.kind === 'refused' ? undefined : own.reads.find((one) => one.table.name === table)
      const among = async (statement: TreeNode): Promise<boolean> => (await texts(`SELECT 1 FROM (${await print(statement)}) read WHERE ${condition} LIMIT 1`)).length > 0
      let isAlone = widened
      const isMeant = inputs !== undefined && (await among(widened && inputs.alone !== undefined ? inputs.alone.statement : inputs.statement).catch(async (error: unknown) => {
        if (inputs.alone === undefined) throw error
        isAlone = true
        return among(inputs.alone.statement)
      }))
      if (isMeant === said.has(row) || isMeant !== said.has(row) && isAlone && !widened && !said.has(row)) continue
      return { violation: `${model}\n  rows of ${table} where ${condition}: ${row} is ${said.has(row) ? 'named, and they are not among its provenance' : 'not named, and they are among its provenance'}`, named: said.size, all: made.length, widened }
    }
    return { named: said.size, all: made.length, widened }
  }
  return { parser, ask, judge, judgeInfluence, rowsOf: async (sql) => (await texts(sql)).map((one) => JSON.parse(one) as Readonly<Record<string, unknown>>) }
}

function counted(all: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1)
  return counts
}

/** A condition that holds of this row, by some of its columns. */
export function conditionFor(row: Readonly<Record<string, unknown>>, columns: readonly string[]): string {
  const literal = (value: unknown): string => (value === null || value === undefined ? 'NULL' : typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`)
  return columns.map((name) => (row[name] === null ? `"${name}" IS NULL` : `"${name}" = ${literal(row[name])}`)).join(' AND ')
}
