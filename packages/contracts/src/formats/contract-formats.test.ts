import fc from 'fast-check'
import { Type } from 'avsc'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import { parseContracts } from '@tulle/model'
import { corpusFiles, readCorpus } from '@tulle/model/testing'
import { exportContract, exportFormats, importContract, importFormats } from './contract-formats.ts'
import { applyPatch, patchFrom } from './patch.ts'

const exported = (contract: Json, format: string): string => {
  const result = exportContract(contract, format)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}
const imported = (text: string, format: string): Json => {
  const result = importContract(text, `contract.${format}`, format)
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}
const read = (text: string, file: string): Json => {
  const result = parseContracts(text, file)
  if (!result.ok) throw new Error(`${file}: ${JSON.stringify(result.diagnostics)}`)
  return result.value.document
}
const codesOf = (text: string, format: string): readonly string[] => {
  const result = importContract(text, 'given', format)
  return result.ok ? [] : result.diagnostics.map(({ code, place }) => `${place?.line}:${place?.column} ${code}`)
}

const examples = [...corpusFiles('odcs/docs/examples/**/*.yaml'), ...corpusFiles('datacontract-lint/valid*.yaml')]
const rich: Json = {
  apiVersion: 'v3.1.0', kind: 'DataContract', id: 'o', name: 'Orders', version: '1.2.3', status: 'active', tenant: 'shop', 'x-own': { a: [1, null] },
  servers: [{ server: 'prod', type: 'postgresql', host: 'db', port: 5432, database: 'd', schema: 's' }],
  schema: [{ name: 'orders', description: 'All orders', properties: [
    { name: 'id', logicalType: 'integer', required: true, primaryKey: true, primaryKeyPosition: 1 },
    { name: 'paid on', logicalType: 'timestamp', logicalTypeOptions: { timezone: true }, tags: ['t'] },
    { name: 'price', logicalType: 'number', physicalType: 'decimal(9,2)', classification: 'public', quality: [{ metric: 'nullValues', mustBe: 0 }] },
    { name: 'who', logicalType: 'object', properties: [{ name: 'mail', logicalType: 'string', unique: true, logicalTypeOptions: { maxLength: 80 } }] },
    { name: 'lines', logicalType: 'array', items: { logicalType: 'object', properties: [{ name: 'sku', logicalType: 'string', relationships: [{ to: 'goods.sku' }] }] } },
  ] }, { name: 'goods', properties: [{ name: 'sku', logicalType: 'string', relationships: [{ to: 'orders.id' }] }] }],
}

/** Those with a place for what they have no word for. */
const carrying = importFormats.filter((format) => !['iceberg', 'sql', 'protobuf'].includes(format))

describe('a draft from an Iceberg schema', () => {
  it('has the columns, types, keys and comments of the schema, and gives the same schema again', () => {
    for (const contract of [rich, read(exported({ ...rich, schema: [{ name: 'data', properties: [{ name: 'a', logicalType: 'timestamp' }, { name: 'b', logicalType: 'number' }, { name: 'c', logicalType: 'boolean', required: true, description: 'Whether' }] }] }, 'odcs'), 'c.yaml')]) {
      const schema = exported(contract, 'iceberg')
      expect(exported(imported(schema, 'iceberg'), 'iceberg')).toBe(schema)
      expect(parseContracts(exported(imported(schema, 'iceberg'), 'odcs'), 'c.yaml').ok).toBe(true)
    }
  })

  it("is of the current schema, where a table's metadata is given", () => {
    const metadata = { 'format-version': 2, 'current-schema-id': 1, schemas: [{ 'schema-id': 0, type: 'struct', fields: [] }, { 'schema-id': 1, type: 'struct', fields: [{ id: 7, name: 'x', required: false, type: 'fixed[16]' }, { id: 8, name: 'm', required: true, type: { type: 'map', 'key-id': 9, key: 'string', 'value-id': 10, value: 'int', 'value-required': false } }] }] }
    expect(imported(JSON.stringify(metadata), 'iceberg')).toMatchObject({ schema: [{ name: 'data', properties: [{ name: 'x', logicalType: 'string', physicalType: 'binary' }, { name: 'm', logicalType: 'object', required: true }] }] })
    expect(codesOf('{"type":"record"}', 'iceberg')).toEqual(['1:1 not-this-format'])
  })
})

describe('a contract through the formats of others', () => {
  it.each(carrying)('comes back from %s as it was', (format) => {
    expect(imported(exported(rich, format), format)).toEqual(rich)
  })

  describe.skipIf(examples.length === 0)('the examples of the standard', () => {
    it.each(examples)('%s is accepted, and exported equal', (path) => {
      const document = read(readCorpus(path), path)
      expect(read(exported(document, 'odcs'), path)).toEqual(document)
      for (const format of carrying) expect(imported(exported(document, format), format)).toEqual(document)
      for (const format of exportFormats) expect(exported(document, format).length).toBeGreaterThan(0)
    })
  })

  it.each<[string, string]>([
    ['json-schema', JSON.stringify({ $id: 'https://x.y/z', title: 'person', type: 'object', 'x-mine': 1, properties: { name: { type: ['string', 'null'], minLength: 1, const: 'x' }, inner: { $ref: '#/$defs/Inner' } }, required: ['name'], $defs: { Inner: { type: 'object', properties: { a: { type: 'integer', deprecated: true } } } } })],
    ['avro', JSON.stringify({ type: 'record', name: 'Trip', namespace: 'a.b', fields: [{ name: 'x', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] }, aliases: ['y'] }, { name: 'u', type: ['null', 'int', 'string'], default: null }, { name: 'm', type: { type: 'map', values: 'long' } }] })],
    ['data-contract-specification', 'dataContractSpecification: 1.1.0\nid: orders\ninfo: {title: Orders, version: 2.0.1, owner: sales, contact: {name: Jo}}\nservers: {prod: {type: s3, location: "s3://b/o/*.json", format: json}}\nterms: {usage: any}\nmodels:\n  orders:\n    description: All\n    type: table\n    fields:\n      id: {type: text, required: true, primaryKey: true, pii: true}\n      price: {type: decimal, precision: 9, scale: 2, quality: [{type: sql, query: select 1, mustBe: 1}]}\n      who: {type: record, fields: {mail: {type: string, format: email, maxLength: 80}}}\n      lines: {type: array, items: {type: string}}\ndefinitions: {order_id: {type: text}}\nservicelevels: {retention: {period: P1Y}}\n'],
    ['dbt', 'version: 2\nmodels:\n  - name: a\n    meta: {owner: me}\n    columns:\n      - {name: x, data_type: int, tests: [not_null, {accepted_values: {values: [1]}}]}\nsources: [{name: s}]\n'],
  ])('a document of %s comes back with what a contract has no word for', (format, text) => {
    const back = exported(imported(text, format), format)
    expect(imported(back, format)).toEqual(imported(text, format))
    if (format === 'data-contract-specification') {
      expect(back).toContain('retention')
      expect(back).toContain('select 1')
    }
    const original = format === 'dbt' || format === 'data-contract-specification' ? imported(text, format) : (JSON.parse(text) as Json)
    if (format === 'data-contract-specification') return
    if (format !== 'dbt') expect(JSON.parse(back)).toMatchObject(original as object)
    else expect(back).toContain('accepted_values')
  })

  it('what is imported is a contract of the standard', () => {
    const contract = imported(JSON.stringify({ title: 'p', properties: { a: { type: 'integer' } } }), 'json-schema')
    expect(parseContracts(exported(contract, 'odcs'), 'p.yaml').ok).toBe(true)
  })

  it("Avro's own reader and a validator of JSON Schema accept what is written", () => {
    const { fields } = JSON.parse(exported(rich, 'avro')) as { fields: readonly { type: object }[] }
    const order = Type.forSchema(fields[0]?.type as Parameters<typeof Type.forSchema>[0])
    expect(order.isValid({ id: 1, paid_on: null, price: null, who: null, lines: { array: [] } }) || order.isValid({ id: 1, paid_on: null, price: null, who: null, lines: null })).toBe(true)
    expect(order.isValid({ id: null, paid_on: null, price: null, who: null, lines: null })).toBe(false)
    const validate = new Ajv2020({ strict: false, validateFormats: false, logger: false }).compile({ ...(JSON.parse(exported(rich, 'json-schema')) as object), $ref: '#/$defs/orders' })
    expect([validate({ id: 1, who: { mail: 'x' } }), validate({ who: {} }), validate({ id: 1, who: { mail: 'x'.repeat(81) } })]).toEqual([true, false, false])
  })

  it('is printed as SQL, Protocol Buffers and Mermaid', () => {
    expect(exported(rich, 'sql')).toContain('CREATE TABLE "orders" (\n  "id" BIGINT NOT NULL,\n  "paid on" TIMESTAMP WITH TIME ZONE,\n  "price" DECIMAL(9, 2),\n  "who" JSON,\n  "lines" JSON,\n  PRIMARY KEY ("id")\n);\nCOMMENT ON TABLE "orders" IS \'All orders\';')
    expect(exported(rich, 'protobuf')).toContain('message Orders {\n  int64 id = 1;\n  optional google.protobuf.Timestamp paid_on = 2;')
    expect(exported(rich, 'mermaid')).toContain('  goods }o--|| orders : sku')
    expect(JSON.parse(exported(rich, 'iceberg'))).toMatchObject([{ type: 'struct', 'identifier-field-ids': [1], fields: [{ id: 1, name: 'id', required: true, type: 'long' }, { id: 2 }, { id: 3, type: 'decimal(9, 2)' }, { id: 4, type: { type: 'struct', fields: [{ id: 6 }] } }, { id: 5, type: { type: 'list', 'element-id': 7 } }] }, {}])
  })
})

describe('a patch', () => {
  it('makes any value of any other', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.parse(JSON.stringify(value)) as Json)
    fc.assert(fc.property(json, json, (from, to) => {
      expect(applyPatch(from, patchFrom(from, to))).toEqual(to)
    }))
  })
})

describe('hostile contracts', () => {
  const HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) `|` "; DROP TABLE t; --\n</table>\u202e'
  const evil: Json = { apiVersion: 'v3.1.0', kind: 'DataContract', id: HOSTILE, name: HOSTILE, version: HOSTILE, status: 'x', description: { purpose: HOSTILE }, slaProperties: [{ property: HOSTILE, value: HOSTILE }],
    schema: [{ name: HOSTILE, description: HOSTILE, properties: [{ name: HOSTILE, logicalType: 'string', description: HOSTILE, classification: HOSTILE, relationships: [{ to: HOSTILE }] }] }] }

  it('texts are escaped in HTML and Markdown, and names in Mermaid', () => {
    for (const format of ['html', 'markdown']) expect(exported(evil, format)).not.toMatch(/<script|<img|\u202e/u)
    expect(exported(evil, 'markdown')).not.toMatch(/[^\\]\]\(/u)
    expect(exported(evil, 'html').match(/<\/table>/gu)).toHaveLength(1)
    expect(exported(evil, 'mermaid')).toMatch(/^erDiagram\n {2}[\p{L}\p{N}_]+ \{\n {4}string [\p{L}\p{N}_]+\n {2}\}\n {2}[\p{L}\p{N}_]+ \}o--\|\| [\p{L}\p{N}_]+ : [\p{L}\p{N}_]+\n$/u)
  })

  it('names and comments cannot leave their quotes in SQL, or their line in Protocol Buffers', () => {
    expect(exported({ schema: [{ name: 'a"; DROP TABLE x; --', description: "it's\n'; DROP TABLE y; --", properties: [] }] }, 'sql')).toBe('CREATE TABLE "a""; DROP TABLE x; --" (\n\n);\nCOMMENT ON TABLE "a""; DROP TABLE x; --" IS \'it\'\'s\n\'\'; DROP TABLE y; --\';\n')
    expect(exported({ schema: [{ name: 'a {} b', description: 'x\nimport "/etc/passwd";', properties: [] }] }, 'protobuf')).toBe('syntax = "proto3";\n\n// x\n// import "/etc/passwd";\nmessage AB {\n}\n')
  })

  it.each<[string, Json, readonly string[]]>([
    ['a reference to a local file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, ['1:29 reference-refused']],
    ['a reference to a file beside it', { properties: { a: { $ref: '../secret.json#/x' } } }, ['1:29 reference-refused']],
    ['a reference to an inner address', { properties: { a: { $ref: 'http://169.254.169.254/latest' } } }, ['1:29 reference-refused']],
    ['a definition of itself', { properties: { a: { $ref: '#/$defs/A' } }, $defs: { A: { type: 'object', properties: { b: { $ref: '#/$defs/A' } } } } }, ['1:99 definition-circle']],
    ['a reference to what every object inherits', { properties: { a: { $ref: '#/constructor/prototype' } } }, ['1:29 reference-dangling']],
    ['a list', [], ['1:1 not-this-format']],
  ])('%s is refused at its place', (_name, schema, expected) => {
    expect(codesOf(JSON.stringify(schema), 'json-schema')).toEqual(expected)
  })

  it('definitions that multiply are refused', () => {
    const $defs = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`D${i}`, { type: 'object', properties: Object.fromEntries(Array.from({ length: 10 }, (_c, c) => [`p${c}`, i === 11 ? { type: 'string' } : { $ref: `#/$defs/D${i + 1}` }])) }]))
    expect(codesOf(JSON.stringify({ properties: { a: { $ref: '#/$defs/D0' } }, $defs }), 'json-schema').map((line) => line.split(' ')[1])).toEqual(['definition-too-large'])
  })

  it('names of the prototype are columns like others, there and back', () => {
    const contract: Json = JSON.parse('{"apiVersion":"v3.1.0","kind":"DataContract","id":"p","version":"1.0.0","status":"draft","schema":[{"name":"t","properties":[{"name":"__proto__","logicalType":"string"},{"name":"constructor","logicalType":"date"}]}]}') as Json
    for (const format of carrying) expect(imported(exported(contract, format), format)).toEqual(contract)
    expect(({} as Record<string, unknown>)['logicalType']).toBeUndefined()
  })

  it('ten thousand columns are read and written', () => {
    const contract: Json = { apiVersion: 'v3.1.0', kind: 'DataContract', id: 'w', version: '1.0.0', status: 'draft', schema: [{ name: 't', properties: Array.from({ length: 10_000 }, (_, i) => ({ name: `c${i}`, logicalType: 'string' })) }] }
    expect(imported(exported(contract, 'json-schema'), 'json-schema')).toEqual(contract)
    expect(exported(contract, 'sql').split('\n')).toHaveLength(10_003)
  })

  it('a format that nobody knows is told with the ones that are known', () => {
    const result = exportContract(rich, 'jsonschema')
    expect(result.ok ? [] : result.diagnostics.map(({ message }) => message)).toEqual(['"jsonschema" is no format that contracts are read or written in here. Did you mean "json-schema"?'])
  })
})
