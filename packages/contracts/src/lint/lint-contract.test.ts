// What is found in contracts: those of the standard are good, those of attackers are not.

import { describe, expect, it } from 'vitest'
import { corpusFiles, findingsOf, readCorpus } from '@tulle/model/testing'
import { attackStatements, duckdbParser } from '@tulle/sql/testing'
import { lintContract } from './lint-contract.ts'
import { lintMesh } from './lint-mesh.ts'

const contractOf = (properties: string, more = ''): string => `apiVersion: v3.1.0
kind: DataContract
id: c
version: 1.0.0
status: active
${more}schema:
  - name: t
    properties:
${properties}`

const parser = await duckdbParser()
const lintAs = async (text: string, file: string): Promise<readonly string[]> => findingsOf(await lintContract(text, file, (sql) => parser.parse(sql)))
const lint = (text: string): Promise<readonly string[]> => lintAs(text, 'c.yaml')

const WRONG: readonly (readonly [what: string, text: string, findings: readonly string[]])[] = [
  ['a reference to a file', contractOf('      - { name: a, logicalType: object, customProperties: [{ property: p, value: { $ref: "file:///etc/passwd" } }] }\n'), ['c.yaml:9:91 error contract-outside-reference: "$ref" leads out of this contract, to file:///etc/passwd; nothing outside it is read.']],
  ['a reference to an inner address', contractOf('      - { name: a, logicalType: string }\n', 'customProperties: [{ property: p, value: { $ref: "http://169.254.169.254/latest" } }]\n'), ['c.yaml:6:51 error contract-outside-reference: "$ref" leads out of this contract, to http://169.254.169.254/latest; nothing outside it is read.']],
  ['a reference by a relative path', contractOf('      - { name: a, logicalType: string }\n', 'customProperties: [{ property: p, value: { $ref: ../../secrets.yaml } }]\n'), ['c.yaml:6:50 error contract-outside-reference: "$ref" leads out of this contract, to ../../secrets.yaml; nothing outside it is read.']],
  ['two data sets of one name', contractOf('      - { name: a, logicalType: string }\n  - name: T\n    properties: [{ name: a, logicalType: string }]\n'), ['c.yaml:10:11 error contract-duplicate-table: Two data sets of the contract are called "T".']],
  ['two columns of one name, in the second data set', contractOf('      - { name: a, logicalType: string }\n  - name: u\n    properties: [{ name: a, logicalType: string }, { name: A, logicalType: string }]\n'), ['c.yaml:11:60 error duplicate-column']],
  ['two members of one name', contractOf('      - { name: a, logicalType: object, properties: [{ name: x, logicalType: string }, { name: X, logicalType: string }] }\n'), ['c.yaml:9:96 error contract-duplicate-member: "X" is here twice.']],
  ['an empty range', contractOf('      - { name: a, logicalType: integer, logicalTypeOptions: { minimum: 9, maximum: 1 } }\n'), ['c.yaml:9:73 error contract-empty-range: No value can keep this: minimum 9 is above maximum 1.']],
  ['an empty range of lengths', contractOf('      - { name: a, logicalType: string, logicalTypeOptions: { minLength: 3, maxLength: 2 } }\n'), ['c.yaml:9:74 error contract-empty-range: No value can keep this: minLength 3 is above maxLength 2.']],
  ['a relationship to nothing', contractOf('      - { name: a, logicalType: string, relationships: [{ to: t.aa }] }\n'), ['c.yaml:9:63 error contract-unknown-target: The relationship leads to "t.aa", which the contract does not describe. Did you mean "t.a"?']],
  ['a pattern of a size that nobody writes', contractOf(`      - { name: a, logicalType: string, logicalTypeOptions: { pattern: "${'(a+)+'.repeat(300)}" } }\n`), ['c.yaml:9:63 error contract-long-pattern: The pattern has more than 1000 characters.']],
  ['aliases that grow', `a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [${'*a, '.repeat(10)}]\nc: &c [${'*b, '.repeat(10)}]\nd: &d [${'*c, '.repeat(10)}]\ne: [${'*d, '.repeat(10)}]\n`, ['c.yaml:1:4 error yaml-bomb']],
  ['an alias that holds itself', 'schema: &s [ { name: t, properties: *s } ]\n', ['c.yaml:1:9 error yaml-bomb']],
  ['a depth without end', `schema: ${'['.repeat(500)}${']'.repeat(500)}\n`, ['error too-deep']],
  ['a local tag', contractOf('      - !!python/object/apply:os.system ["id"]\n'), ['c.yaml:9:9 error bad-yaml']],
  ['no YAML at all', '\u0007', ['c.yaml:1:1 error unprintable-character']],
]

describe('a contract', () => {
  it('that is good is passed', async () => {
    expect(await lint(contractOf('      - { name: a, logicalType: string, relationships: [{ to: t.b }] }\n      - { name: b, logicalType: integer, logicalTypeOptions: { minimum: 1, maximum: 1 } }\n'))).toEqual([])
  })

  it.each(WRONG)('with %s is refused at its place', async (_what, text, findings) => {
    const found = await lint(text)
    expect(found).toHaveLength(findings.length)
    findings.forEach((finding, i) => expect(found[i]).toContain(finding))
    expect(found.some((finding) => finding.includes(' error '))).toBe(true)
  })

  it('may have ten thousand columns, and not one more', async () => {
    const columns = (count: number): string => contractOf(Array.from({ length: count }, (_, i) => `      - { name: c${i}, logicalType: string }\n`).join(''))
    expect(await lint(columns(10_000))).toEqual([])
    expect(await lint(columns(10_001))).toEqual(['c.yaml:10009:9 error contract-too-large: The contract has more than 10000 columns, nested ones counted.'])
  })

  it('may name columns as prototypes are named, and harms nobody', async () => {
    expect(await lint(contractOf('      - { name: __proto__, logicalType: string }\n      - { name: constructor, logicalType: string, customProperties: [{ property: __proto__, value: { polluted: true } }] }\n'))).toEqual([])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

const ruled = (query: string): string => contractOf(`      - { name: a, logicalType: string, quality: [{ type: sql, mustBe: 0, query: ${JSON.stringify(query)} }] }\n`)

describe('a query of a quality rule', () => {
  it.each([
    'select count(*) from t where a is null',
    'SELECT COUNT(*) FROM ${object} WHERE ${property} IS NULL',
    'select count(*) from {model} as m join t on m.a = t.a where {field} > 0',
    'with w as (select a from t) select count(*) from w',
  ])('%s may be asked', async (query) => {
    expect(await lint(ruled(query))).toEqual([])
  })

  it.each([
    ['DROP TABLE t', 'contract-sql-refused: The query of this rule is refused: Only SELECT statements are allowed here.'],
    ['select 1; drop table t', 'contract-sql-refused: The query of this rule is refused: '],
    ["COPY t TO '/tmp/x'", 'contract-sql-refused: The query of this rule is refused: '],
    ["ATTACH '/etc/x' as x", 'contract-sql-refused: The query of this rule is refused: '],
    ['INSTALL httpfs', 'contract-sql-refused: The query of this rule is refused: '],
    ["select count(*) from read_csv('/etc/passwd')", 'contract-sql-refused: The query of this rule is refused: '],
    ["select count(*) from '/etc/passwd'", 'contract-sql-refused: The query of this rule is refused: There is no table "/etc/passwd" that you may read.'],
    ["select count(*) from 'http://169.254.169.254/latest'", 'contract-sql-refused: The query of this rule is refused: There is no table'],
    ["select getenv('AWS_SECRET_ACCESS_KEY')", 'contract-sql-refused: The query of this rule is refused: The function "getenv" is not allowed here.'],
    ['select count(*) from information_schema.tables', 'contract-sql-refused: The query of this rule is refused: There is no table'],
    ['select ${secret} from t', 'contract-unknown-placeholder: The query has a placeholder "${secret}", which stands for nothing here.'],
    [`select ${'abs('.repeat(300)}1${')'.repeat(300)}`, 'contract-sql-refused: The query of this rule is refused: '],
  ])('%s is refused at its place', async (query, finding) => {
    const found = await lint(ruled(query))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^c\.yaml:9:83 error /u)
    expect(found[0]).toContain(finding)
  })

  it('that reads a table of another contract is told, since others write such contracts', async () => {
    expect(await lint(ruled('select count(*) from t join salaries on true'))).toEqual(['c.yaml:9:83 warning contract-sql-other-table: The query of this rule reads salaries, which the contract does not describe.'])
  })

  it('that attacks the gate in any known way is refused, or reads a table that the contract has not', async () => {
    const passed: string[] = []
    for (const { note, sql } of attackStatements()) if ((await lint(ruled(sql).replace('name: t', 'name: a_name_that_no_attack_uses'))).length === 0) passed.push(note)
    expect(passed).toEqual([])
    expect(attackStatements().length).toBeGreaterThan(50)
  })

  it('gets names in quotes, so that a name is no statement', async () => {
    const text = contractOf('      - { name: a, logicalType: string }\n').replace('name: t', `name: 't" union select 1 from "salaries'\n    quality: [{ type: sql, mustBe: 0, query: 'select count(*) from \${object}' }]`)
    expect(await lint(text)).toEqual([])
  })

  it('costs the work of a parser, and no more than a thousand of them', async () => {
    const rules = (count: number): string => contractOf(`      - name: a\n        logicalType: string\n        quality:\n${'          - { type: sql, mustBe: 0, query: select 1 from t }\n'.repeat(count)}`)
    expect(await lint(rules(1_001))).toEqual(['c.yaml:1012:44 error contract-too-large: The contract has more than 1000 rules of type sql.'])
  })
})

describe('the contracts of a mesh folder', () => {
  const files = new Map([
    ['domains/a/b/contracts/bad.odcs.yaml', ruled("select count(*) from read_csv('/etc/passwd')")],
    ['domains/a/b/contracts/good.odcs.yaml', ruled('select count(*) from t')],
    ['domains/a/b/notes.yaml', ruled('drop table t')],
  ])

  it('are judged, each at its place, and other files are not', async () => {
    expect((await lintMesh(files, (sql) => parser.parse(sql))).map(({ code, place }) => `${place?.file}:${place?.line}:${place?.column} ${code}`)).toEqual(['domains/a/b/contracts/bad.odcs.yaml:9:83 contract-sql-refused'])
  })

  it('are judged once, as long as they do not change', async () => {
    let asked = 0
    const memory = new Map()
    const parse = (sql: string) => ((asked += 1), parser.parse(sql))
    const first = await lintMesh(files, parse, memory)
    expect([asked, await lintMesh(files, parse, memory), asked]).toEqual([2, first, 2])
    await lintMesh(new Map([...files, ['domains/a/b/contracts/good.odcs.yaml', ruled('select 1 from t')]]), parse, memory)
    expect(asked).toBe(3)
  })
})

const examples = corpusFiles('odcs/docs/examples/**/*.yaml')

describe.skipIf(examples.length === 0)('the examples of the standard', () => {
  it.each(examples.map((path) => [path]))('%s has no errors', async (path) => {
    expect((await lintAs(readCorpus(path), path)).filter((finding) => finding.includes(' error '))).toEqual([])
  })
})

const INVALID: readonly (readonly [string, readonly string[]])[] = [
  ['invalid.odcs.yaml', ['invalid.odcs.yaml:1:1 error missing-key: "status" is missing.']],
  ['invalid_multiple_errors.odcs.yaml', ['invalid_multiple_errors.odcs.yaml:1:1 error missing-key: "version" is missing.', 'invalid_multiple_errors.odcs.yaml:1:1 error missing-key: "status" is missing.']],
  ['invalid_multiple_schema_errors.odcs.yaml', ['invalid_multiple_schema_errors.odcs.yaml:10:5 error wrong-type: "description" must be a text, but is empty.']],
]

describe.skipIf(corpusFiles('datacontract-lint/*.yaml').length === 0)('the files of another linter', () => {
  it.each([['valid.odcs.yaml'], ['valid-3.1.0.odcs.yaml']])('%s has no errors', async (file) => {
    expect((await lintAs(readCorpus(`datacontract-lint/${file}`), file)).filter((finding) => finding.includes(' error '))).toEqual([])
  })

  it.each(INVALID)('%s is refused at the same fault', async (file, findings) => {
    expect(await lintAs(readCorpus(`datacontract-lint/${file}`), file)).toEqual(findings)
  })
})
