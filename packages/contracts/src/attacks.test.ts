// Known attacks on tools that read contracts of strangers, one by one, each beside a harmless contract of the same shape: what stops the
// one must let the other through.

import { describe, expect, it } from 'vitest'
import { load } from 'js-yaml'
import type { Json } from '@tulle/kernel'
import { duckdbParser } from '@tulle/sql/testing'
import { exportContract, importContract } from './formats/contract-formats.ts'
import { lintContract } from './lint/lint-contract.ts'

const parser = await duckdbParser()

const contract = (properties: string, more = ''): string => `apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.0.0\nstatus: active\n${more}schema:\n  - name: t\n    properties:\n${properties}`
const column = (more = ''): string => contract(`      - { name: a, logicalType: string${more} }\n`)
const rule = (query: string): string => column(`, quality: [{ type: sql, mustBe: 0, query: ${JSON.stringify(query)} }]`)
const reference = (to: string): string => column(`, customProperties: [{ property: p, value: { $ref: ${JSON.stringify(to)} } }]`)
const nested = (deep: number): string => `x: ${'['.repeat(deep)}${']'.repeat(deep)}\n`
const schema = (defs: Json, of: string): string => JSON.stringify({ type: 'object', properties: { a: { $ref: of } }, $defs: defs })
const doubling = (levels: number): Json => Object.fromEntries(Array.from({ length: levels }, (_, i) => [`d${i}`, { type: 'object', properties: i === 0 ? { x: { type: 'string' } } : { l: { $ref: `#/$defs/d${i - 1}` }, r: { $ref: `#/$defs/d${i - 1}` } } }]))

/** Refused with `code`, which the control is not. */
interface Refused { readonly attack: string; readonly by: 'lint' | 'json-schema'; readonly text: string; readonly code: string; readonly control: string }

const REFUSED: readonly Refused[] = [
  { attack: 'a file, by a reference', by: 'lint', text: reference('file:///etc/passwd'), code: 'contract-outside-reference', control: reference('#/schema/0') },
  { attack: 'a file, by a path', by: 'lint', text: reference('../../.env'), code: 'contract-outside-reference', control: reference('#/id') },
  { attack: 'an internal address, by a reference', by: 'lint', text: reference('http://169.254.169.254/latest/meta-data'), code: 'contract-outside-reference', control: reference('#') },
  { attack: 'a file, by a reference of a JSON Schema', by: 'json-schema', text: schema({}, 'file:///etc/passwd'), code: 'reference-refused', control: schema({ x: { type: 'string' } }, '#/$defs/x') },
  { attack: 'an address, by a reference of a JSON Schema', by: 'json-schema', text: schema({}, 'https://10.0.0.1/x.json'), code: 'reference-refused', control: schema({ x: { type: 'string' } }, '#/$defs/x') },
  { attack: 'a circle of definitions', by: 'json-schema', text: schema({ x: { type: 'object', properties: { y: { $ref: '#/$defs/x' } } } }, '#/$defs/x'), code: 'definition-circle', control: schema({ x: { type: 'object', properties: { y: { type: 'string' } } } }, '#/$defs/x') },
  { attack: 'definitions that double', by: 'json-schema', text: schema(doubling(40), '#/$defs/d39'), code: 'definition-too-large', control: schema(doubling(4), '#/$defs/d3') },
  { attack: 'aliases that grow', by: 'lint', text: `a: &a [${'x, '.repeat(10)}]\nb: &b [${'*a, '.repeat(10)}]\nc: &c [${'*b, '.repeat(10)}]\nd: &d [${'*c, '.repeat(10)}]\ne: [${'*d, '.repeat(10)}]\n`, code: 'yaml-bomb', control: column() },
  { attack: 'an alias that holds itself', by: 'lint', text: 'schema: &s [ { name: t, properties: *s } ]\n', code: 'yaml-bomb', control: column() },
  { attack: 'a depth without end', by: 'lint', text: nested(500), code: 'too-deep', control: column() },
  { attack: 'an object of a language, by a tag', by: 'lint', text: contract('      - !!python/object/apply:os.system ["id"]\n'), code: 'bad-yaml', control: column() },
  { attack: 'DDL in a rule', by: 'lint', text: rule('drop table t'), code: 'contract-sql-refused', control: rule('select count(*) from t') },
  { attack: 'a second statement in a rule', by: 'lint', text: rule('select 1 from t; delete from t'), code: 'contract-sql-refused', control: rule('select 1 from t') },
  { attack: 'COPY in a rule', by: 'lint', text: rule("copy t to '/tmp/x'"), code: 'contract-sql-refused', control: rule('select a from t') },
  { attack: 'ATTACH in a rule', by: 'lint', text: rule("attach '/etc/x.db'"), code: 'contract-sql-refused', control: rule('select a from t') },
  { attack: 'INSTALL in a rule', by: 'lint', text: rule('install httpfs'), code: 'contract-sql-refused', control: rule('select a from t') },
  { attack: 'a setting in a rule', by: 'lint', text: rule('set enable_external_access = true'), code: 'contract-sql-refused', control: rule('select a from t') },
  { attack: 'a file, read by a function', by: 'lint', text: rule("select count(*) from read_csv('/etc/passwd')"), code: 'contract-sql-refused', control: rule('select count(*) from t') },
  { attack: 'a file, read as text', by: 'lint', text: rule("select content from read_text('/etc/passwd')"), code: 'contract-sql-refused', control: rule('select lower(a) from t') },
  { attack: 'files, listed', by: 'lint', text: rule("select count(*) from glob('/**')"), code: 'contract-sql-refused', control: rule('select count(*) from t') },
  { attack: 'a file, named as a table', by: 'lint', text: rule("select count(*) from '/etc/passwd'"), code: 'contract-sql-refused', control: rule('select count(*) from "t"') },
  { attack: 'an address, named as a table', by: 'lint', text: rule("select count(*) from 'http://169.254.169.254/'"), code: 'contract-sql-refused', control: rule('select count(*) from "t"') },
  { attack: 'a variable of the environment, in a rule', by: 'lint', text: rule("select getenv('AWS_SECRET_ACCESS_KEY')"), code: 'contract-sql-refused', control: rule("select upper('x') from t") },
  { attack: 'a variable, by a placeholder', by: 'lint', text: rule('select ${AWS_SECRET_ACCESS_KEY} from t'), code: 'contract-unknown-placeholder', control: rule('select ${property} from t') },
  { attack: 'a template in a rule', by: 'lint', text: rule("select {{ env_var('HOME') }} from t"), code: 'contract-sql-refused', control: rule('select {property} from t') },
  { attack: 'an expression without end', by: 'lint', text: rule(`select ${'abs('.repeat(300)}1${')'.repeat(300)}`), code: 'contract-sql-refused', control: rule('select abs(abs(1)) from t') },
  { attack: 'a pattern without end', by: 'lint', text: column(`, logicalTypeOptions: { pattern: "${'(a+)+'.repeat(300)}" }`), code: 'contract-long-pattern', control: column(', logicalTypeOptions: { pattern: "(a+)+" }') },
  { attack: 'columns without end', by: 'lint', text: contract('      - { name: a, logicalType: string }\n'.replace('a,', 'a0,') + Array.from({ length: 10_000 }, (_, i) => `      - { name: a${i + 1}, logicalType: string }\n`).join('')), code: 'contract-too-large', control: column() },
  { attack: 'a control character', by: 'lint', text: column('\u0007'), code: 'unprintable-character', control: column() },
]

async function codesOf({ by }: Refused, text: string): Promise<readonly string[]> {
  const found = by === 'lint' ? await lintContract(text, 'c.yaml', (sql) => parser.parse(sql)) : importContract(text, 'c.json', by)
  return found.diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)
}

describe('an attack that is refused', () => {
  it('is one of more than nineteen', () => {
    expect(REFUSED.length).toBeGreaterThan(19)
  })

  it.each(REFUSED)('$attack', async (one) => {
    expect(await codesOf(one, one.text)).toContain(one.code)
    expect(await codesOf(one, one.control)).toEqual([])
  })
})

const textIn = (text: string): Json => ({
  apiVersion: 'v3.1.0', kind: 'DataContract', id: text, name: text, version: '1.0.0', status: 'active', description: { purpose: text }, servers: [{ server: 's', type: 'postgresql', host: text }],
  schema: [{ name: text, description: text, properties: [{ name: text, logicalType: 'string', description: text, relationships: [{ to: `${text}.x` }] }] }],
})
function printed(text: string, format: string): string {
  const made = exportContract(textIn(text), format)
  if (!made.ok) throw new Error(JSON.stringify(made.diagnostics))
  return made.value
}

/** Let through as a text, and without effect where it is printed. */
const HARMLESS: readonly (readonly [attack: string, text: string, format: string, effect: RegExp])[] = [
  ['a script in HTML', '<script>alert(1)</script>', 'html', /<script/u],
  ['a picture with a deed in HTML', '<img src=x onerror=alert(1)>', 'html', /<img/u],
  ['an SVG with a deed in HTML', '<svg onload=alert(1)>', 'html', /<svg/u],
  ['an end of the table in HTML', '</td></table><form action=//evil>', 'html', /<form/u],
  ['an attribute in HTML', '" onmouseover="alert(1)', 'html', /" onmouseover="/u],
  ['text that is turned around in HTML', 'a\u202egnp.exe', 'html', /\u202e/u],
  ['a link to a script in Markdown', '[x](javascript:alert(1))', 'markdown', /(?<!\\)\]\(/u],
  ['an image that tells in Markdown', '![x](https://evil.example/a.png)', 'markdown', /(?<!\\)!\[/u],
  ['HTML in Markdown', '<script>alert(1)</script>', 'markdown', /<script/u],
  ['a cell more in Markdown', 'a | b', 'markdown', /a \| b/u],
  ['a click in Mermaid', 'a\n  click a href "javascript:alert(1)"', 'mermaid', /click a href/u],
  ['a directive in Mermaid', '%%{init: {"securityLevel": "loose"}}%%', 'mermaid', /%%\{/u],
  ['a statement by a name in DDL', 'a" text); drop table users; --', 'sql', /"a" text\); drop/u],
  ['a statement by a description in DDL', "a'; drop table users; --", 'sql', /'a'; drop/u],
  ['an option by a name in Protocol Buffers', 'a = 1; option java_package = "evil', 'protobuf', /^\s*option java_package/mu],
]

describe('an attack that is a text and stays one', () => {
  it.each(HARMLESS)('%s', (_attack, text, format, effect) => {
    expect(printed(text, format)).not.toMatch(effect)
    // The same text would have its effect where nothing stood in its way.
    expect(`"${text}" ${text}; '${text}' ${format === 'protobuf' ? text.replace('a = 1; ', '\n') : ''}`).toMatch(effect)
  })

  it('a name that would be structure in YAML is a name in dbt', () => {
    const name = 'a\n    tests: [evil]\nmacros: [x]'
    const back = load(printed(name, 'dbt')) as { models: { name: string; columns: { name: string }[] }[]; macros?: unknown }
    expect([back.models[0]?.columns[0]?.name, back.macros]).toEqual([name, undefined])
  })

  it('a variable of the environment, in a server, is printed as it stands', () => {
    process.env['TULLE_PLANTED_SECRET'] = 'planted-4711'
    for (const format of ['odcs', 'html', 'markdown', 'json-schema', 'dbt', 'data-contract-specification']) {
      for (const spelled of ['${TULLE_PLANTED_SECRET}', '$TULLE_PLANTED_SECRET', '{{ env_var("TULLE_PLANTED_SECRET") }}']) expect(printed(spelled, format)).not.toContain('planted-4711')
    }
    delete process.env['TULLE_PLANTED_SECRET']
  })

  it('keys that are prototypes pollute nothing, in any format that is read', () => {
    for (const [format, text] of [
      ['json-schema', '{"type":"object","properties":{"__proto__":{"type":"object","properties":{"polluted":{"type":"string"}}},"constructor":{"type":"string"}},"x-odcs":{"members":{"__proto__":{"value":{"polluted":true}}}}}'],
      ['avro', '{"type":"record","name":"r","fields":[{"name":"__proto__","type":"string"}],"odcs":{"members":{"__proto__":{"value":{"polluted":true}},"constructor":{"members":{"prototype":{"value":{"polluted":true}}}}}}}'],
      ['data-contract-specification', 'dataContractSpecification: 1.2.1\nid: x\nmodels: { __proto__: { fields: { __proto__: { type: string } } } }\nx-odcs: { members: { __proto__: { value: { polluted: true } } } }\n'],
    ] as const) {
      importContract(text, 'given', format)
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    }
  })

  it('numbers without bounds are read without harm', () => {
    for (const number of ['1e400', '-1e400', '9'.repeat(400), '0x' + 'f'.repeat(300)]) {
      expect(importContract(`{"type":"object","properties":{"a":{"type":"string","maxLength":${number.startsWith('0x') ? '1' : number}}}}`, 'c.json', 'json-schema').diagnostics.every(({ code }) => code !== 'internal-error')).toBe(true)
    }
  })
})
