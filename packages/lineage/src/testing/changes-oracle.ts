// The oracle of what is kept in step: tables change at random, and the result before, without the rows that are told to be gone and
// with those that have come, is the result of the whole statement after. Rows are counted.

import { printTree } from '@tulle/sql'
import type { TreeNode } from '@tulle/sql'
import { duckdbParser } from '@tulle/sql/testing'
import { changedRows } from '../changes/changed-rows.ts'
import type { Version } from '../changes/types.ts'
import type { TableName } from '../types.ts'
import { MODEL_ROWS, MODEL_TABLES } from './random-models.ts'
import type { Random } from './random-models.ts'

/** A history that has grown beyond is begun anew. */
const MOST_ROWS = 30

export interface ChangesOracle {
  /** Another history of the tables: some rows of each go, some change, some come; what is in them stays alike. */
  change(random: Random): Promise<void>
  /** `spoil` plants a mistake: what the engine calls a version of a table. */
  judge(model: string, spoil?: (table: string, version: Version) => Version | 'none', narrow?: 'right' | 'too far'): Promise<ChangesJudged>
}
export interface ChangesJudged { readonly violation?: string; readonly refused?: string; /** Rows that were told to be gone or to have come. */ readonly touched: number; /** Parts of the statement that were asked for some rows of a table alone. */ readonly narrowed?: number }

export async function changesOracle({ keyed = false }: { readonly keyed?: boolean } = {}): Promise<ChangesOracle> {
  const parser = await duckdbParser()
  await parser.texts('SET threads = 1')
  const tables = Object.keys(MODEL_TABLES)
  const still = new Set<string>()
  for (const [table, query] of Object.entries(MODEL_ROWS)) {
    await parser.texts(`CREATE TABLE is_${table} AS ${query}`)
    await parser.texts(`CREATE TABLE none_${table} AS FROM is_${table} WHERE false`)
  }
  const names = new RegExp(`\\b(?:${tables.join('|')})\\b`, 'gu')
  const print = async (statement: TreeNode): Promise<string> => (await parser.texts(`SELECT json_deserialize_sql(CAST('${printTree(statement).replaceAll("'", "''")}' AS JSON))`))[0] ?? ''
  const count = async (sql: string): Promise<number> => Number((await parser.texts(`SELECT CAST(count(*) AS VARCHAR) FROM (${sql})`))[0])

  return {
    async change(random) {
      for (const table of tables) {
        const share = (random() < 0.35 ? 0 : random() < 0.2 ? 0.6 : 0.12).toString()
        const [salt, column] = [Math.floor(random() * 1e9), Object.keys(MODEL_TABLES[table] ?? {}).filter((name) => name !== 'tags')]
        const chance = (n: number): string => `(hash(rowid + ${salt + n}) % 1000) / 1000.0 < ${share}`
        const isLarge = await count(`FROM is_${table}`) > MOST_ROWS
        await parser.texts(`CREATE OR REPLACE TABLE was_${table} AS ${isLarge ? MODEL_ROWS[table] ?? '' : `FROM is_${table}`}`)
        const one = column[Math.floor(random() * column.length)] ?? ''
        // A value that changes is one that another row has.
        const changed = `(SELECT ${one} FROM was_${table} AS o ORDER BY hash(o.rowid + ${salt}) LIMIT 1)`
        await parser.texts(`CREATE OR REPLACE TABLE is_${table} AS SELECT * REPLACE (CASE WHEN ${chance(1)} THEN ${changed} ELSE ${one} END AS ${one}) FROM was_${table} WHERE NOT (${chance(2)}) UNION ALL FROM was_${table} WHERE ${chance(3)} UNION ALL (${MODEL_ROWS[table] ?? ''} ORDER BY ALL LIMIT ${share !== '0' && random() < 0.4 ? 1 : 0} OFFSET ${Math.floor(random() * 6)})`)
        await parser.texts(`CREATE OR REPLACE TABLE gone_${table} AS FROM was_${table} EXCEPT ALL FROM is_${table}`)
        await parser.texts(`CREATE OR REPLACE TABLE come_${table} AS FROM is_${table} EXCEPT ALL FROM was_${table}`)
        if (await count(`FROM gone_${table} UNION ALL FROM come_${table}`) === 0) still.add(table)
        else still.delete(table)
      }
    },
    async judge(model, spoil = (_table, version) => version, narrow = 'right') {
      let narrowed = 0
      const tree = await parser.parse(model)
      if (!tree.ok) throw new Error(`It does not parse: ${model}`)
      const changes = changedRows(tree.value, {
        columnsOf: ({ name }) => (MODEL_TABLES[name] === undefined ? undefined : Object.keys(MODEL_TABLES[name]).map((one) => ({ name: one }))),
        isUnchanged: ({ name }) => still.has(name),
        ...(keyed && { keyOf: ({ name }: TableName) => ({ flights: ['id'], airports: ['code'] })[name] }),
        addressOf: ({ name }, version, narrowed) => ({ schema: '', name: `${narrowed === undefined ? '' : `only_${narrowed}_`}${spoil(name, version)}_${name}` }),
      })
      if (changes.kind === 'refused') return { refused: changes.clause, touched: 0 }
      for (const { number, table: { name }, columns, ranges } of changes.narrowings) {
        const [among, only] = [columns.map(({ name: column, like }, i) => (like !== undefined && MODEL_TABLES[like.table.name]?.[like.name] !== MODEL_TABLES[name]?.[column] ? 'true' : `(t.${column} BETWEEN r.least${i} AND r.most${i} OR (t.${column} IS NULL AND r.least${i} IS NULL))`)).join(' AND '), `only_${number}_`]
        await parser.texts(`CREATE OR REPLACE TABLE ${only}is_${name} AS SELECT t.* FROM is_${name} t WHERE EXISTS (SELECT 1 FROM (${await print(ranges)}) r WHERE ${among})${narrow === 'too far' ? ' AND hash(t) % 2 = 0' : ''}`)
        await parser.texts(`CREATE OR REPLACE TABLE ${only}was_${name} AS (FROM ${only}is_${name} EXCEPT ALL FROM come_${name}) UNION ALL FROM gone_${name}`)
        narrowed += 1
      }
      const [was, is] = [await print(changes.was), await print(changes.is)]
      const at = (version: Version): string => `(${model.replaceAll(names, `${version}_$&`)})`
      // A run builds the whole where the engine does not have it.
      const lacking = await count(`FROM (${was}) UNION ALL FROM (${is})`).then(() => undefined, (error: unknown) => String(error))
      if (lacking?.includes('Not implemented Error') === true) return { refused: lacking, touched: 0 }
      await parser.texts(`CREATE OR REPLACE TABLE kept AS FROM ${at('was')} EXCEPT ALL FROM (${was})`)
      await parser.texts(`CREATE OR REPLACE TABLE come_of_it AS FROM (${is})`)
      const kept = '(FROM kept UNION ALL FROM come_of_it)'
      const touched = await count('FROM come_of_it') + await count(`FROM (${was})`)
      const [missing, extra] = [await count(`FROM ${at('is')} EXCEPT ALL FROM ${kept}`), await count(`FROM ${kept} EXCEPT ALL FROM ${at('is')}`)]
      // What is told to be gone was there.
      const invented = await count(`FROM (${was}) EXCEPT ALL FROM ${at('was')}`)
      return { touched, narrowed, ...(missing + extra + invented > 0 && { violation: `${model}\n${missing} rows are missing, ${extra} should not be there, ${invented} never were\n  was: ${was}\n  is: ${is}` }) }
    },
  }
}
