// Unit tests: a model over rows that are given, and the rows that it must make of them.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { ColumnFacts } from '../context/answers.ts'
import { renderWithAnswers } from '../context/answers.ts'
import { quoted, Relation } from '../context/relation.ts'
import { Func, fromJson } from '../jinja/values.ts'
import type { Value } from '../jinja/values.ts'
import { messages } from '../messages.ts'
import { isMap, listOf, textOf } from '../project/read-yaml.ts'
import { idOfReference } from '../project/read-others.ts'
import type { Node, UnitTest } from '../types.ts'
import type { Compiler } from './compile-node.ts'
import { withoutEnd } from './compile-node.ts'
import { parseCsv } from './seed.ts'
import type { TestVerdict } from './run-test.ts'
import type { Address, Warehouse } from './warehouse.ts'

export async function runUnitTest(warehouse: Warehouse, compiler: Compiler, test: UnitTest): Promise<Result<TestVerdict>> {
  const node = compiler.project.nodes.get(test.model)
  const place = { place: { file: test.file, line: 1, column: 1 } }
  if (node === undefined) return fail(messages['dbt-ref-unknown']({ ref: test.modelName, of: `The unit test "${test.name}"`, hint: '' }, place))
  const made: Address[] = []
  const instead = new Map<string, Relation>()
  let self: Relation | undefined
  try {
    for (const [i, given] of test.given.entries()) {
      const id = given.input.trim() === 'this' ? node.id : idOfReference(given.input, test.package, { nodes: compiler.project.nodes, byName: namesOf(compiler.project.nodes) }, compiler.project.sources)
      if (id === undefined) return fail(messages['dbt-ref-unknown']({ ref: given.input, of: `The unit test "${test.name}"`, hint: '' }, place))
      const known = await columnsOf(warehouse, compiler, id)
      const sql = rowsSql(given, known, test)
      if (!sql.ok) return sql
      const address = { schema: node.schema, name: `tulle_unit_${i}` }
      const written = await warehouse.replace(address, 'table', sql.value)
      if (!written.ok) return written
      made.push(address)
      const relation = new Relation({ schema: address.schema, identifier: address.name, kind: 'table' })
      if (id === node.id) self = relation
      else instead.set(id, relation)
    }
    const overrides = new Map<string, Value>(Object.entries(test.overrides.macros).map(([name, value]) => [name.split('.').at(-1) ?? name, new Func(name, () => fromJson(value))]))
    const compiled = await renderWithAnswers(warehouse, (answers) => compiler.compile(node, { answers, instead, overrides, vars: test.overrides.vars, incremental: test.overrides.macros['is_incremental'] === true, ...(self !== undefined && { self }) }))
    if (!compiled.ok) return compiled
    const columns = await warehouse.columnsOf(compiled.value)
    if (!columns.ok) return columns
    const expected = rowsSql({ ...test.expect, input: 'expect' }, columns.value, test)
    if (!expected.ok) return expected
    const wanted = namedIn(test, columns.value)
    const some = wanted.map(({ name, type }) => `cast(${quoted(name)} as ${type}) as ${quoted(name)}`).join(', ')
    const [actual, should] = [`select ${some} from (\n${withoutEnd(compiled.value)}\n) as actual`, `select ${some} from (\n${expected.value}\n) as expected`]
    const differing = await warehouse.query(`select count(*) from ((select * from (${actual}) as a except all select * from (${should}) as b) union all (select * from (${should}) as c except all select * from (${actual}) as d)) as differing`)
    if (!differing.ok) return differing
    const failures = Number(differing.value.rows[0]?.[0] ?? 0)
    return ok({ status: failures === 0 ? 'pass' : 'fail', failures })
  } finally {
    for (const address of made) await warehouse.drop(address)
  }
}

function namesOf(nodes: ReadonlyMap<string, Node>): ReadonlyMap<string, readonly Node[]> {
  const names = new Map<string, Node[]>()
  for (const node of nodes.values()) if (['model', 'seed', 'snapshot'].includes(node.type)) names.set(node.name, [...(names.get(node.name) ?? []), node])
  return names
}

async function columnsOf(warehouse: Warehouse, compiler: Compiler, id: string): Promise<readonly ColumnFacts[]> {
  const node = compiler.project.nodes.get(id)
  const source = compiler.project.sources.get(id)
  if (source !== undefined) return (await warehouse.relation(source.schema, source.identifier))?.columns ?? []
  if (node === undefined) return []
  const relation = await warehouse.relation(node.schema, node.alias)
  if (relation !== undefined || node.config['materialized'] !== 'ephemeral') return relation?.columns ?? []
  const compiled = await renderWithAnswers(warehouse, (answers) => compiler.compile(node, { answers }))
  const columns = compiled.ok ? await warehouse.columnsOf(compiled.value) : compiled
  return columns.ok ? columns.value : []
}

interface GivenRows { readonly rows: Json; readonly format: string; readonly input: string }

/** Columns that are not given are null; with no relation to take types from, values have those that they are written in. */
function rowsSql({ rows, format, input }: GivenRows, known: readonly ColumnFacts[], test: UnitTest): Result<string> {
  if (format === 'sql') return ok(withoutEnd(textOf(rows)))
  const read = rowMaps({ rows, format, input }, test)
  if (!read.ok) return read
  const names = known.length > 0 ? known.map((column) => column.name) : [...new Set(read.value.flatMap((row) => Object.keys(row)))]
  const types = new Map(known.map((column) => [column.name.toLowerCase(), column.type]))
  if (names.length === 0) return fail(messages['dbt-unit-rows']({ test: test.name, input }, { place: { file: test.file, line: 1, column: 1 } }))
  const lower = (row: Readonly<Record<string, Json>>): ReadonlyMap<string, Json> => new Map(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value]))
  const cell = (row: ReadonlyMap<string, Json>, name: string): string => {
    const [value, type] = [row.get(name.toLowerCase()), types.get(name.toLowerCase())]
    const literal = value === undefined || value === null ? 'null' : typeof value === 'number' || typeof value === 'boolean' ? String(value) : `'${textOf(value, JSON.stringify(value)).replaceAll("'", "''")}'`
    return `${type === undefined ? literal : `cast(${literal} as ${type})`} as ${quoted(name)}`
  }
  if (read.value.length === 0) return ok(`select ${names.map((name) => cell(new Map(), name)).join(', ')} where false`)
  return ok(read.value.map((row) => `select ${names.map((name) => cell(lower(row), name)).join(', ')}`).join('\nunion all\n'))
}

function rowMaps({ rows, format, input }: GivenRows, test: UnitTest): Result<readonly Readonly<Record<string, Json>>[]> {
  if (format !== 'csv' && typeof rows !== 'string') return ok(listOf(rows).filter(isMap))
  const parsed = parseCsv(textOf(rows).trim().split('\n').map((line) => line.trim()).join('\n'), ',', test.file)
  if (!parsed.ok) return fail(messages['dbt-unit-rows']({ test: test.name, input }, { place: { file: test.file, line: 1, column: 1 } }))
  const [header = [], ...body] = parsed.value
  return ok(body.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] === '' || row[i] === undefined ? null : row[i]]))))
}

/** The columns that `expect` names; all where it names none. */
function namedIn(test: UnitTest, columns: readonly ColumnFacts[]): readonly ColumnFacts[] {
  const read = test.expect.format === 'sql' ? undefined : rowMaps({ ...test.expect, input: 'expect' }, test)
  const names = new Set(read?.ok === true ? read.value.flatMap((row) => Object.keys(row).map((name) => name.toLowerCase())) : [])
  return names.size === 0 ? columns : columns.filter((column) => names.has(column.name.toLowerCase()))
}
