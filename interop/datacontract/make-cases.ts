// Writes what the real tool is asked: contracts as we export them, and data files with our verdicts over them, as the tool calls
// its checks. Usage: make-cases.ts <folder>

import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Json, Result } from '@tulle/kernel'
import { exportContract } from '@tulle/contracts'
import { duckdbEngine, duckdbTypeOf } from '@tulle/engine'
import type { EngineProcess } from '@tulle/engine'
import { parseContracts } from '@tulle/model'
import type { DataContract } from '@tulle/model'
import { corpusFiles, readCorpus } from '@tulle/model/testing'
import type { Verdict } from '@tulle/quality'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { testContract } from '../../packages/cli/src/commands/contract-test.ts'
import type { World } from '../../packages/cli/src/types.ts'
import { cases, rules } from './rules.ts'
import type { Row } from './rules.ts'

const [folder = ''] = parseArgs({ allowPositionals: true }).positionals
const root = join(import.meta.dirname, '../..')
mkdirSync(join(folder, 'lint'), { recursive: true })
const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}

// What lint is asked.
const lints: { file: string; what: string; valid: boolean }[] = []
const lint = (what: string, text: string, valid: boolean): void => {
  const file = join(folder, 'lint', `${lints.length}.yaml`)
  writeFileSync(file, text)
  lints.push({ file, what, valid })
}
const isOfItsVersion = ({ ok, diagnostics }: Result<unknown>): boolean => ok && !diagnostics.some(({ code }) => code === 'contract-newer-version')
const meshContracts = globSync('examples/skyline/domains/*/*/contracts/*.yaml', { cwd: root }).toSorted()
const examples = corpusFiles('odcs/docs/examples/**/*.yaml').filter((path) => /^apiVersion: v3/mu.test(readCorpus(path)))
const sources = [...meshContracts.map((path) => [path, readFileSync(join(root, path), 'utf8')] as const), ...examples.map((path) => [path, readCorpus(path)] as const)]
for (const [path, text] of sources) {
  const read = parseContracts(text, path)
  const { document } = valueOf(read)
  // Some examples of the standard declare a version and are of a later one, of which we warn.
  lint(`${path} as ODCS`, valueOf(exportContract(document, 'odcs')), isOfItsVersion(read))
  lint(`${path} as Data Contract Specification`, valueOf(exportContract(document, 'data-contract-specification')), true)
}
for (const path of corpusFiles('datacontract-lint/*.yaml')) {
  const read = parseContracts(readCorpus(path), path)
  lint(path, readCorpus(path), isOfItsVersion(read))
}

// What test is asked.
const engine = duckdbEngine({ folder: join(folder, 'engines'), isolation: 'process' })
const data = join(folder, 'data')
mkdirSync(data, { recursive: true })
const writer = valueOf(await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 512, threads: 1 }))
const world = { folder } as World
const tests: { file: string; what: string; gone?: string; verdicts: Readonly<Record<string, readonly string[]>> }[] = []

async function writeRows(process: EngineProcess, contract: DataContract, rows: readonly Row[], path: string): Promise<void> {
  const columns = contract.columns.filter(({ name }) => rows.length === 0 || rows.some((row) => name in row))
  const cell = (row: Row, name: string, type: string): string => {
    const value = row[name] ?? null
    return Array.isArray(value) ? `[${value.map((item) => (item === null ? 'NULL' : quoteLiteral(String(item)))).join(', ')}]::VARCHAR[]` : `CAST(${value === null ? 'NULL' : quoteLiteral(String(value))} AS ${duckdbTypeOf(type)})`
  }
  const line = (row: Row): string => `SELECT ${columns.map(({ name, type }) => `${cell(row, name, type)} AS ${quoteIdentifier(name)}`).join(', ')}`
  const sql = rows.length === 0 ? `${line({})} WHERE false` : rows.map(line).join(' UNION ALL ')
  valueOf(await process.write(sql, { path, fieldIds: Object.fromEntries(columns.map(({ name }, i) => [name, i + 1])) }))
}

const csvCell = (value: Json | undefined): string => (value === null || value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`)
const csvOf = (contract: DataContract, rows: readonly Row[]): string => [contract.columns.map(({ name }) => name).join(','), ...rows.map((row) => contract.columns.map(({ name }) => csvCell(row[name])).join(','))].join('\n') + '\n'

async function test(what: string, document: Json, rows: readonly Row[], format: 'parquet' | 'csv', gone?: string): Promise<void> {
  const own = join(data, String(tests.length))
  mkdirSync(own)
  const text = valueOf(exportContract({ ...(document as object), servers: [{ server: 'local', type: 'local', path: join(own, `{model}.${format}`), format }] }, 'odcs'))
  const file = join(own, 'contract.yaml')
  writeFileSync(file, text)
  const [object] = valueOf(parseContracts(text, file)).objects
  if (object === undefined) throw new Error(`${what} has no schema`)
  const path = join(own, `${object.name}.${format}`)
  if (format === 'csv') writeFileSync(path, csvOf(object.contract, rows))
  else {
    const made = join(data, `made-${tests.length}.parquet`)
    await writeRows(writer, object.contract, rows, made)
    cpSync(made, path)
  }
  const tested = valueOf(await testContract(world, object.contract, object.name, path))
  tests.push({ file, what: `${what} (${format})`, ...(gone !== undefined && { gone }), verdicts: verdictsOf(object.contract, tested.verdicts) })
}

/** By the tool's type of check and its column, in the order of the contract. */
function verdictsOf(contract: DataContract, verdicts: readonly Verdict[]): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {}
  for (const { check, status } of verdicts) {
    const [, rule = '', column = ''] = /^([\w-]+)(?:\(([^)]*)\))?/u.exec(check) ?? []
    const one = contract.columns.find(({ name }) => name === column)
    const isKey = one?.primaryKey !== undefined
    const [own, ...more] = (TYPES[rule] ?? (() => []))({ required: one?.required === true, unique: one?.unique === true, isKey, isWide: column.includes(',') })
    if (own === undefined) continue
    const key = `${own}:${column.includes(',') ? '' : column}`
    found[key] = [...(found[key] ?? []), status === 'pass' ? 'passed' : 'failed']
    for (const other of more) found[`${key}+${other}`] = []
  }
  return found
}

interface Of { readonly required: boolean; readonly unique: boolean; readonly isKey: boolean; readonly isWide: boolean }
const quality = (type: string) => (): readonly string[] => [type]
const TYPES: Readonly<Record<string, (of: Of) => readonly string[]>> = {
  type: quality('field_is_present'), rowCount: quality('row_count'), nullValues: quality('field_null_values'), missingValues: quality('field_missing_values'), invalidValues: quality('field_invalid_values'),
  duplicateValues: ({ isWide }) => [isWide ? 'model_duplicate_values' : 'field_duplicate_values'],
  required: ({ required }) => [required ? 'field_required' : 'field_primary_key_required'], unique: quality('field_unique'),
  'primary-key': ({ isWide, unique }) => [isWide ? 'primary_key_unique' : unique ? 'field_unique' : 'field_primary_key_unique'],
  minimum: quality('field_minimum'), maximum: quality('field_maximum'), minLength: quality('field_min_length'), maxLength: quality('field_max_length'), pattern: quality('field_regex'), enum: quality('field_enum'),
  minItems: quality('field_min_items'), maxItems: quality('field_max_items'), uniqueItems: quality('field_unique_items'), negatives: quality('model_quality_sql'),
  exclusiveMaximum: () => ['field_maximum', 'field_not_equal'], exclusiveMinimum: () => ['field_minimum', 'field_not_equal'],
}

for (const path of meshContracts) {
  const { document, objects } = valueOf(parseContracts(readFileSync(join(root, path), 'utf8'), path))
  const columns = objects[0]?.contract.columns ?? []
  const good = Array.from({ length: 20 }, (_, i): Row => Object.fromEntries(columns.map(({ name, type }) => [name, sample(type, i)])))
  const name = basename(path)
  await test(`${name}: good rows`, document, good, 'parquet')
  await test(`${name}: good rows`, document, good, 'csv')
  await test(`${name}: no rows`, document, [], 'parquet')
  for (const column of columns.filter(({ required, primaryKey }) => required || primaryKey !== undefined).slice(-1)) await test(`${name}: ${column.name} is empty once`, document, good.map((row, i) => (i === 7 ? { ...row, [column.name]: null } : row)), 'parquet')
  if (columns.some(({ unique, primaryKey }) => unique || primaryKey !== undefined)) await test(`${name}: a row twice`, document, [...good, good[3] ?? {}], 'parquet')
  const gone = columns[0]?.name ?? ''
  await test(`${name}: without ${gone}`, document, good.map(({ [gone]: _gone, ...rest }) => rest), 'parquet', gone)
}
for (const { what, rows, formats = ['parquet', 'csv'] as const } of cases) for (const format of formats) await test(what, rules(format), rows, format)

await engine.close()
writeFileSync(join(folder, 'cases.json'), JSON.stringify({ lints, tests }))
process.exit(0)

function sample(type: string, i: number): Json {
  if (type === 'boolean') return i % 2 === 0
  if (/^(?:int|long|float|double|decimal)/u.test(type)) return i
  if (type === 'date') return `2026-01-${String(i + 1).padStart(2, '0')}`
  if (type.startsWith('timestamp')) return `2026-01-${String(i + 1).padStart(2, '0')} 00:00:00`
  return `value ${i}`
}
