// The cases that Trino's own plugin is tried by: rows and masks for an admin and for Bob, from policies of this mesh, through the
// answers of the endpoint.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '@tulle/kernel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerTrino } from './answer-trino.ts'
import type { TestMesh } from './testing/policy-authority.ts'
import { policyAuthority } from './testing/policy-authority.ts'
import type { TriedSql } from './testing/try-in-engine.ts'
import { inEngineWords, tryInEngine } from './testing/try-in-engine.ts'
import type { Question } from './types.ts'

interface Case { readonly policy: string; readonly user: string; readonly sql: string; readonly set?: readonly Json[]; readonly columns?: Readonly<Record<string, readonly Json[]>> }
interface Corpus { readonly tables: { readonly rows_in_both_restricted_and_unrestricted: readonly (readonly [string, string])[] }; readonly expect: readonly Case[] }

const FILE = join(import.meta.dirname, '../../../../shared/corpora/trino-opa/cases.json')
const corpus = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Corpus) : undefined
if (corpus === undefined) console.warn("SKIPPED: Trino's cases of OPA: the corpora are not on this machine.")

const COLUMNS = [{ name: 'user_type', type: 'string' }, { name: 'user_name', type: 'string' }, { name: 'user_phone', type: 'int' }]
const NAMES = { custom: { kind: 'custom', sql: `'****' || substring(user_name, -3)` }, null: { kind: 'null' } } as const
const restricted = { products: ['sample_schema'], 'data-sets': ['restricted_table'] }
const others = { except: { users: ['admin'] } }
/** The policies of the corpus in our words. */
const POLICIES: Readonly<Record<string, readonly Readonly<Record<string, Json>>[]>> = {
  'none-configured': [],
  row_filter: [{ name: 'rows', on: restricted, ...others, rows: { where: `user_type <> 'customer'` } }],
  column_mask: [{ name: 'phones', on: { ...restricted, columns: ['user_phone'] }, ...others, mask: NAMES.null }, { name: 'names', on: { ...restricted, columns: ['user_name'] }, ...others, mask: NAMES.custom }],
  both: [{ name: 'rows', ...others, rows: { where: `user_type <> 'customer'` } }, { name: 'names', on: { columns: ['user_name'] }, ...others, mask: NAMES.null }],
}

const meshWith = (policy: string): TestMesh => ({
  catalog: 'sample_catalog',
  people: ['admin', 'bob'].map((name) => ({ id: name, name, kind: 'user', role: 'consumer', teams: ['readers'] })),
  products: [{ id: 'p', name: 'sample_schema', domain: 'd', team: 'readers' }],
  tables: { sample_schema: ['restricted_table', 'unrestricted_table'].map((name) => ({ name, columns: COLUMNS })) },
  grants: [],
  policies: [{ name: 'p', spec: { status: 'enforced', rules: POLICIES[policy] ?? [] } }],
})

describe.skipIf(corpus === undefined)('Trino\'s cases', () => {
  let engine: TriedSql
  beforeAll(async () => { engine = await tryInEngine() })
  afterAll(() => engine.close())
  const rows = `select * from (values ${(corpus?.tables.rows_in_both_restricted_and_unrestricted ?? []).map(([type, name], i) => `('${type}', '${name}', ${i})`).join(', ')}) t(user_type, user_name, user_phone)`

  /** What Trino does with the answers: rows by the filters first, on values as they are, then masks. */
  async function read({ policy, user, sql }: Case): Promise<Readonly<Record<string, readonly Json[]>>> {
    const [, list = '', table = ''] = /^select (.+) from (\w+)$/u.exec(sql) ?? []
    const names = list.split(',')
    const authority = policyAuthority(meshWith(policy))
    const place = { catalogName: 'sample_catalog', schemaName: 'sample_schema', tableName: table }
    const ask = async (question: Question, action: Json): Promise<Json> => {
      const answer = await answerTrino(authority, question, { input: { context: { identity: { user, groups: [] }, queryId: 'q', softwareStack: { trinoVersion: '480' } }, action } })
      if (!answer.ok) throw new Error(answer.diagnostics[0]?.message)
      return answer.value.result
    }
    expect(await ask('allow', { operation: 'SelectFromColumns', resource: { table: { ...place, columns: names } } })).toBe(true)
    const filters = await ask('rowFilters', { operation: 'GetRowFilters', resource: { table: place } }) as readonly { readonly expression: string }[]
    const each = await Promise.all(names.map(async (columnName) => (await ask('columnMask', { operation: 'GetColumnMask', resource: { column: { ...place, columnName, columnType: 'varchar' } } }) as { readonly expression: string } | null)?.expression ?? columnName))
    const many = await ask('batchColumnMasks', { operation: 'GetColumnMask', filterResources: names.map((columnName) => ({ column: { ...place, columnName, columnType: 'varchar' } })) }) as readonly { readonly index: number; readonly viewExpression: { readonly expression: string } }[]
    expect(names.map((name, i) => many.find(({ index }) => index === i)?.viewExpression.expression ?? name)).toEqual(each)
    const found = await engine.rows(`select ${each.map(inEngineWords).join(', ')} from (${rows}) where ${filters.map(({ expression }) => inEngineWords(expression)).join(' and ') || 'true'}`)
    return Object.fromEntries(names.map((name, i) => [name, [...new Set(found.map((row) => row[i] as Json))].toSorted()]))
  }

  it.each(corpus?.expect ?? [])('$policy: $user, $sql', async (one) => {
    const columns = await read(one)
    const wanted = one.columns ?? { [Object.keys(columns)[0] ?? '']: one.set ?? [] }
    expect(columns).toEqual(Object.fromEntries(Object.entries(wanted).map(([name, values]) => [name, [...values].toSorted()])))
  })

  it('are all there', () => expect(corpus?.expect).toHaveLength(12))

  it('would see a policy that is not there', async () => {
    expect(await read({ policy: 'none-configured', user: 'bob', sql: 'select user_name from restricted_table' })).not.toEqual(await read({ policy: 'column_mask', user: 'bob', sql: 'select user_name from restricted_table' }))
  })
})
