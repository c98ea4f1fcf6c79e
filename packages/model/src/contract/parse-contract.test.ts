// Contracts of the Open Data Contract Standard: accepted by the standard's own rule, read as columns, kept whole.

import { describe, expect, it } from 'vitest'
import { load } from 'js-yaml'
import { corpusFiles, readCorpus } from '../testing/corpora.ts'
import { findingsOf } from '../testing/index.ts'
import type { DataContract } from '../types.ts'
import { parseContract } from './parse-contract.ts'

const contractOf = (columns: string, more = ''): string => `apiVersion: v3.1.0
kind: DataContract
id: c
version: 1.2.3
status: active
${more}schema:
  - name: t
    properties:
${columns}`

const read = (text: string, schema?: string): DataContract => {
  const parsed = parseContract(text, 'c.yaml', schema === undefined ? {} : { schema })
  if (!parsed.ok) throw new Error(findingsOf(parsed).join('\n'))
  return parsed.value
}

describe('the type of a column', () => {
  it.each([
    ['{ logicalType: string }', 'string'],
    ['{ logicalType: date }', 'date'],
    ['{ logicalType: timestamp }', 'timestamp'],
    ['{ logicalType: timestamp, logicalTypeOptions: { timezone: true } }', 'timestamptz'],
    ['{ logicalType: time }', 'time'],
    ['{ logicalType: number }', 'double'],
    ['{ logicalType: number, logicalTypeOptions: { format: f32 } }', 'float'],
    ['{ logicalType: integer }', 'long'],
    ['{ logicalType: integer, logicalTypeOptions: { format: i32 } }', 'int'],
    ['{ logicalType: integer, logicalTypeOptions: { format: u64 } }', 'decimal(20, 0)'],
    ['{ logicalType: boolean }', 'boolean'],
    ['{ logicalType: object }', 'string'],
    ['{ logicalType: array }', 'list<string>'],
    ['{ logicalType: array, items: { logicalType: integer, required: true } }', 'list<long not null>'],
    ['{ logicalType: object, properties: [{ name: a, logicalType: date }, { name: "b c", logicalType: number, required: true }] }', 'struct<a: date, "b c": double not null>'],
    ['{ logicalType: array, items: { logicalType: object, properties: [{ name: id, physicalType: VARCHAR(40) }] } }', 'list<struct<id: string>>'],
    ['{ logicalType: number, physicalType: "DECIMAL(9,2)" }', 'decimal(9, 2)'],
    ['{ logicalType: number, physicalType: numeric(5) }', 'decimal(5, 0)'],
    ['{ logicalType: integer, physicalType: INT }', 'int'],
    ['{ logicalType: integer, physicalType: bigint }', 'long'],
    ['{ logicalType: date, physicalType: timestamp_tz }', 'timestamptz'],
    ['{ physicalType: timestamp with time zone }', 'timestamptz'],
    ['{ physicalType: timestamp(6) with time zone }', 'timestamptz'],
    ['{ physicalType: varchar(18) }', 'string'],
    ['{ physicalType: character varying(18) }', 'string'],
    ['{ logicalType: string, physicalType: uuid }', 'uuid'],
    ['{ logicalType: integer, physicalType: no_such_type }', 'long'],
    ['{ logicalType: number, physicalType: "decimal(99, 2)" }', 'double'],
  ])('%s is stored as %s', (property, type) => {
    expect(read(contractOf(`      - { name: x, ${property.slice(2)}`)).columns[0]?.type).toBe(type)
  })
})

describe('a contract', () => {
  it('is read as columns with their rules', () => {
    const contract = read(contractOf(`      - name: id
        logicalType: integer
        required: true
        unique: true
        primaryKey: true
        primaryKeyPosition: 2
        quality:
          - { metric: nullValues, mustBe: 0 }
          - { type: sql, query: select 1, mustBe: 1 }
      - name: part
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        classification: restricted
        description: The part
        customProperties: [{ property: businessKey, value: part_id }]
`))
    expect(contract).toMatchObject({
      id: 'c',
      version: '1.2.3',
      major: 1,
      columns: [
        { name: 'id', type: 'long', required: true, unique: true, primaryKey: 2, quality: [{ metric: 'nullValues', rule: { mustBe: 0 } }, { rule: { type: 'sql' } }] },
        { name: 'part', required: false, unique: false, primaryKey: 1, classification: 'restricted', description: 'The part', businessKey: 'part_id', quality: [] },
      ],
    })
    expect(contract.columns[0]?.quality[1]?.metric).toBeUndefined()
  })

  it('numbers the columns of a key that gives no positions', () => {
    const contract = read(contractOf('      - { name: a, logicalType: string, primaryKey: true }\n      - { name: b, logicalType: string }\n      - { name: c, logicalType: string, primaryKey: true }\n'))
    expect(contract.columns.map((c) => c.primaryKey)).toEqual([1, undefined, 2])
  })

  it('is kept whole, with what the standard does not know', () => {
    const text = contractOf('      - { name: a, logicalType: string, ourExtension: { x: [1] } }\n', 'ownKey: 1\n')
    const parsed = parseContract(text, 'c.yaml')
    expect(findingsOf(parsed)).toEqual([
      'c.yaml:6:1 warning contract-unknown-key: The standard has no key "ownKey" here; it is kept, but nothing acts on it.',
      'c.yaml:10:41 warning contract-unknown-key: The standard has no key "ourExtension" here; it is kept, but nothing acts on it.',
    ])
    expect(parsed.ok && parsed.value.document).toEqual(load(text))
  })

  it('of several tables gives the one that is asked for, by name or physical name', () => {
    const text = 'apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\nschema:\n  - { name: one, properties: [{ name: a, logicalType: string }] }\n  - { name: two, physicalName: tbl_2, properties: [{ name: b, logicalType: string }] }\n'
    expect(read(text, 'two').columns[0]?.name).toBe('b')
    expect(read(text, 'tbl_2').columns[0]?.name).toBe('b')
    expect(findingsOf(parseContract(text, 'c.yaml', { schema: 'tree' }))).toEqual(['c.yaml:6:1 error which-schema-object: None of the contract\'s schema objects is called "tree".'])
  })

  it('of the 2.2 line is read as well', () => {
    const contract = read(`apiVersion: v2.2.2
kind: DataContract
uuid: u-1
type: tables
status: current
version: 1.1.0
datasetName: my_dataset
quantumName: my quantum
dataset:
  - table: tbl
    columns:
      - { column: id, logicalType: string, physicalType: varchar(18), isPrimaryKey: true, isNullable: false, isUnique: true }
      - { column: day, logicalType: date, physicalType: date }
`)
    expect(contract).toMatchObject({ id: 'u-1', columns: [{ name: 'id', type: 'string', required: true, unique: true, primaryKey: 1 }, { name: 'day', type: 'date', required: false }] })
  })

  const WRONG: readonly (readonly [string, string, readonly string[]])[] = [
    ['an unknown version', contractOf('      - { name: a }\n').replace('v3.1.0', 'v4.0.0'), ['c.yaml:1:13 error not-one-of: "apiVersion" may not be "v4.0.0". Did you mean "v3.0.0"?']],
    ['a wrong type', contractOf('      - { name: 1, logicalType: string }\n'), ['c.yaml:9:17 error wrong-type: "name" must be a text, but is 1.']],
    ['an unknown logical type', contractOf('      - { name: a, logicalType: strin }\n'), ['c.yaml:9:33 error not-one-of: "logicalType" may not be "strin". Did you mean "string"?']],
    ['a mistake deep in a nested shape', contractOf('      - { name: a, logicalType: object, properties: [{ name: b, logicalType: array, items: { logicalType: tex } }] }\n'), ['c.yaml:9:107 error not-one-of: "logicalType" may not be "tex".']],
    ['a check without a bound', contractOf('      - { name: a, logicalType: string, quality: [{ metric: nullValues }] }\n'), ['c.yaml:9:51 error bad-value: "quality[0]" must have exactly one of mustBe, mustNotBe, mustBeGreaterThan, mustBeGreaterOrEqualTo, mustBeLessThan, mustBeLessOrEqualTo, mustBeBetween, mustNotBeBetween, but is an object.']],
    ['a check by SQL without SQL', contractOf('      - { name: a, logicalType: string, quality: [{ type: sql, mustBe: 0 }] }\n'), ['c.yaml:9:51 error missing-key: "query" is missing.']],
    ['a server that lacks its address', `${contractOf('      - { name: a }\n')}servers:\n  - { server: s, type: snowflake, database: d }\n`, ['c.yaml:11:5 error missing-key: "account" is missing.', 'c.yaml:11:5 error missing-key: "schema" is missing.']],
  ]
  it.each(WRONG)('is refused for %s', (_, text, findings) => {
    const parsed = parseContract(text, 'c.yaml')
    expect(findingsOf(parsed).filter((finding) => finding.includes(' error '))).toEqual(findings)
    expect(parsed.ok).toBe(false)
  })
})

describe.skipIf(corpusFiles('odcs/docs/**/*.yaml').length === 0)('the examples of the standard', () => {
  // These three say v3.0.2 and use what came with 3.1: they are read by the newest version, with a warning.
  const ONLY_NEWEST = ['odcs/docs/examples/data-types/all-data-types.odcs.yaml', 'odcs/docs/examples/quality/column-completeness.odcs.yaml', 'odcs/docs/examples/stakeholders/basic-four-dpo.odcs.yaml']
  it.each(corpusFiles('odcs/docs/**/*.yaml').map((path) => [path]))('%s is accepted and kept whole', (path) => {
    const text = readCorpus(path)
    const parsed = parseContract(text, path)
    expect(parsed.diagnostics.map((d) => d.code)).toEqual(ONLY_NEWEST.includes(path) ? ['contract-newer-version'] : [])
    expect(parsed.ok && parsed.value.document).toEqual(load(text))
  })
})

describe.skipIf(corpusFiles('datacontract-lint/*.yaml').length === 0)('the files of a linter of contracts', () => {
  const VERDICTS: readonly (readonly [string, readonly string[]])[] = [
    ['valid.odcs.yaml', ['valid.odcs.yaml:1:14 warning contract-newer-version: The contract declares v3.0.2, but is valid only as v3.1.0; it is read as such.']],
    ['valid-3.1.0.odcs.yaml', []],
    ['invalid.odcs.yaml', ['invalid.odcs.yaml:1:1 error missing-key: "status" is missing.']],
    ['invalid_multiple_errors.odcs.yaml', ['invalid_multiple_errors.odcs.yaml:1:1 error missing-key: "version" is missing.', 'invalid_multiple_errors.odcs.yaml:1:1 error missing-key: "status" is missing.']],
    ['invalid_multiple_schema_errors.odcs.yaml', ['invalid_multiple_schema_errors.odcs.yaml:10:5 error wrong-type: "description" must be a text, but is empty.']],
  ]
  it.each(VERDICTS)('%s has exactly these findings', (file, findings) => {
    expect(findingsOf(parseContract(readCorpus(`datacontract-lint/${file}`), file))).toEqual(findings)
  })
})

describe('the layout that a contract wants', () => {
  const custom = (more: Readonly<Record<string, unknown>>): string => `customProperties: [${Object.entries(more).map(([property, value]) => `{ property: ${property}, value: ${JSON.stringify(value)} }`).join(', ')}]`

  it('is read from its partition keys and sort keys, in the order of their positions', () => {
    const text = contractOf(`      - { name: carrier, logicalType: string, partitioned: true, partitionKeyPosition: 2, ${custom({ partitionTransform: 'bucket[16]', sortKeyPosition: 2 })} }
      - { name: flown_on, logicalType: date, partitioned: true, partitionKeyPosition: 1, ${custom({ partitionTransform: 'month', sortKeyPosition: 1, sortDirection: 'desc' })} }
      - { name: origin, logicalType: string, partitioned: true }
      - { name: note, logicalType: string, partitioned: false, partitionKeyPosition: -1 }`)
    expect(read(text).layout).toEqual({
      partitioning: [{ column: 'flown_on', transform: 'month' }, { column: 'carrier', transform: 'bucket[16]' }, { column: 'origin', transform: 'identity' }],
      sortOrder: [{ column: 'flown_on', direction: 'desc' }, { column: 'carrier', direction: 'asc' }],
    })
  })

  it('is none where the contract says nothing of it', () => {
    expect(read(contractOf('      - { name: x, logicalType: string, partitionKeyPosition: -1 }'))).not.toHaveProperty('layout')
  })

  it.each([
    ['a misspelt transform', { partitionTransform: 'mont' }, 'error unknown-transform: "mont" is no transform to partition by. Did you mean "month"?'],
    ['a transform without its number', { partitionTransform: 'bucket' }, 'error unknown-transform: "bucket" is no transform to partition by.'],
    ['a bucket count of zero', { partitionTransform: 'bucket[0]' }, 'error unknown-transform: "bucket[0]" is no transform to partition by.'],
    ['a transform that its type does not take', { partitionTransform: 'hour' }, 'warning transform-of-type: "x" is date, which cannot be partitioned by hour; it is not.'],
    ['a direction that is none', { sortKeyPosition: 1, sortDirection: 'down' }, 'error not-one-of: "sortDirection" may not be "down".'],
  ])('with %s is told where it stands', (_what, more, finding) => {
    const found = findingsOf(parseContract(contractOf(`      - { name: x, logicalType: date, ${custom(more)} }`), 'c.yaml', {}))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(/^c\.yaml:9:\d+ /u)
    expect(found[0]?.replace(/^\S+ /u, '')).toContain(finding)
  })

  it('that partitions by what has no order and no value of its own is a warning, since others write such contracts', () => {
    expect(findingsOf(parseContract(contractOf('      - { name: x, logicalType: array, partitioned: true }'), 'c.yaml', {}))).toEqual([
      'c.yaml:9:53 warning transform-of-type: "x" is list<string>, which cannot be partitioned by identity; it is not.',
    ])
  })
})

describe('what a contract wants to become of a source that changes', () => {
  const drifting = (object: string, whole = ''): string => `apiVersion: v3.1.0\nkind: DataContract\nid: a\nname: a\nversion: 1.0.0\nstatus: active\n${whole}schema:\n  - name: a\n${object}    properties:\n      - { name: id, logicalType: integer }\n`
  const of = (value: string): string => `customProperties: [{ property: schemaDrift, value: ${value} }]\n`
  it.each<[string, string, string | undefined, readonly string[]]>([
    ['nothing, unless told', drifting(''), undefined, []],
    ['of the object', drifting(`    ${of('evolve')}`), 'evolve', []],
    ['of the whole contract', drifting('', of('refuse')), 'refuse', []],
    ['of the object before the contract', drifting(`    ${of('refuse')}`, of('evolve')), 'refuse', []],
    ['something else', drifting(`    ${of('evolv')}`), undefined, ['a.yaml:9:56 error not-one-of']],
    ['rows that are set aside', drifting('', of('quarantine')), 'quarantine', []],
  ])('%s', (_, text, drift, findings) => {
    const parsed = parseContract(text, 'a.yaml')
    expect([parsed.ok ? parsed.value.drift : undefined, parsed.diagnostics.map(({ place, severity, code }) => `${place?.file}:${place?.line}:${place?.column} ${severity} ${code}`)]).toEqual([drift, findings])
  })
})
