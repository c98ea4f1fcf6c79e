// The contract of models without a project around them: dbt's words render as analysts expect, nothing else is in reach, and
// every refusal has its place.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import { Compiler } from '../run/compile-node.ts'
import { readProject } from '../project/read-project.ts'
import { meshSettings } from './address.ts'
import { readProductProject } from './read-product.ts'
import type { ProductModel, ReadProduct } from './read-product.ts'

const files = (text: string, macros = '') => new Map([['dbt_project.yml', 'name: late\nvars: {from: "2001-01-01", airports: [ABQ, SFO], limits: {delay: 15}}\n'], ['models/late.sql', text], ...(macros === '' ? [] : [['macros/m.sql', macros] as const])])

/** As `findings` place it: a model in a file of the mesh. */
const read = (text: string, macros?: string): Result<ReadProduct> => readProductProject({ product: 'late', folder: '', files: files(text, macros), shown: new Map([['models/late.sql', 'models/late.sql']]), dataSets: [{ name: 'late', filled: false }], ports: [] })

function readModel(text: string): ProductModel {
  const found = read(text)
  if (!found.ok) throw new Error(found.diagnostics.map((one) => one.message).join(' '))
  return found.value.models['late'] as ProductModel
}

function renderModel(text: string, { incremental = false, macros = '' } = {}): Result<string> {
  const found = readProject(files(text, macros), {
    settings: meshSettings({ product: 'late', plain: true, now: new Date(0), dataSet: (product, name) => ({ schema: product ?? name, name }), port: (name) => ({ schema: 'source', name }) }),
  })
  if (!found.ok) return found
  const node = found.value.project.nodes.get('model.late.late')
  return node === undefined ? fail() : new Compiler(found.value.project, found.value.house).compile(node, { incremental })
}

describe('a model renders', () => {
  it.each([
    ['plain SQL as it is', 'select 1 -- {% raw %}{{ x }}{% endraw %}', 'select 1 -- {{ x }}'],
    ['ref with a product', "select * from {{ ref('flights', 'flights') }}", 'select * from "flights"."flights"'],
    ['ref without a product', "select * from {{ ref('flights') }}", 'select * from "flights"."flights"'],
    ['source, also in the two-part form of dbt', "{{ source('csv') }} {{ source('raw', 'csv') }}", '"source"."csv" "source"."csv"'],
    ['config as nothing', "{{ config(materialized='table', tags=['a']) }}select 1", 'select 1'],
    ['var with its value or its default', "{{ var('from') }} {{ var('to', 'now') }} {{ var('limits').delay }}", '2001-01-01 now 15'],
    ['this and is_incremental', '{% if is_incremental() %}from {{ this }}{% else %}full{% endif %}', 'full'],
    ['loops with loop.last and loop.index', "{% for a in var('airports') %}{{ loop.index }}:'{{ a }}'{{ ', ' if not loop.last }}{% endfor %}", "1:'ABQ', 2:'SFO'"],
    ['the else of an empty loop', '{% for a in [] %}x{% else %}none{% endfor %}', 'none'],
    ['pairs of a map', "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}", 'a=1;b=2;'],
    ['set, also as a block', "{% set a = 2 %}{% set b %}x{{ a }}{% endset %}{{ b | upper }}", 'X2'],
    ['a set inside a loop stays there', '{% set a = 1 %}{% for i in [5] %}{% set a = i %}{% endfor %}{{ a }}', '1'],
    ['macros with defaults and names', "{% macro cents(c, d=2) %}round({{ c }}, {{ d }}){% endmacro %}{{ cents('a') }} {{ cents('b', d=0) }}", 'round(a, 2) round(b, 0)'],
    ['filters and methods', "{{ ' a ' | trim }}{{ ['b', 'a'] | sort | join('+') }}{{ 'x,y'.split(',') | length }}{{ nothing | default('d') }}", 'aa+b2d'],
    ['conditions', "{{ 'y' if 1 in [1, 2] and not (2 > 3) else 'n' }}{{ x is defined }}{{ 3 is odd }}{{ none is none }}", 'yFalseTrueTrue'],
    ['arithmetic', '{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 2 ** 3 }} {{ -1 }} {{ 1 ~ 2 }}', '7 3 3 8 -1 12'],
    ['white space control', 'a  {{- 1 -}}  b {%- if true %} c{% endif %}', 'a1b c'],
    ['comments as nothing', 'a{# {{ x }} #}b', 'ab'],
    ['values as Python prints them', "{{ [1, 'a', none, true] }}", "[1, 'a', None, True]"],
  ])('%s', (_, text, expected) => {
    const result = renderModel(text)
    expect(result.diagnostics).toEqual([])
    expect(result.ok && result.value).toBe(expected)
  })

  it('with its incremental arm where the run is incremental', () => {
    const result = renderModel('{% if is_incremental() %}from {{ this }}{% endif %}', { incremental: true })
    expect(result.ok && result.value).toBe('from "late"."late"')
  })
})

describe('a model is refused', () => {
  const wrong = 'The template is wrong: '
  it.each([
    ["{{ ''.constructor.constructor('return process')() }}", 'dbt-template', `${wrong}"this.constructor" is undefined.`, 18],
    ['{{ ref.constructor }}', 'dbt-template', `${wrong}A value is not defined.`, 7],
    ["{{ [].__proto__ }}", 'dbt-template', `${wrong}A value is not defined.`, 6],
    ["{{ {}['__proto__'] }}", 'dbt-template', `${wrong}A value is not defined.`, 6],
    ["{{ 'x'['constructor'] }}", 'dbt-template', `${wrong}A value is not defined.`, 7],
    ["{{ var('limits').constructor }}", 'dbt-template', `${wrong}A value is not defined.`, 17],
    ["{{ var('__proto__') }}", 'dbt-template', `${wrong}The variable "__proto__" has no value; give it with --vars or in dbt_project.yml.`, 4],
    ['{{ process }}', 'dbt-template', `${wrong}A value is not defined.`, 4],
    ["{{ require('fs') }}", 'dbt-template', `${wrong}"require" is undefined.`, 4],
    ["{{ env_var('HOME') }}", 'dbt-template', `${wrong}The environment has no "HOME", and no default is given.`, 4],
    ["{% include '/etc/passwd' %}", 'dbt-template', `${wrong}There is no tag "include" here.`, 4],
    ["{% import 'x' as y %}", 'dbt-template', `${wrong}There is no tag "import" here.`, 4],
    ["{% extends 'x' %}", 'dbt-template', `${wrong}There is no tag "extends" here.`, 4],
    ['{{ ref(1) }}', 'dbt-template', `${wrong}"ref" takes the name of a model, or a project and a model.`, 4],
    ['{{ ref() }}', 'dbt-template', `${wrong}"ref" takes the name of a model, or a project and a model.`, 4],
    ["{{ ref('a', 'b', 'c') }}", 'dbt-template', `${wrong}"ref" takes the name of a model, or a project and a model.`, 4],
    ["{{ source(1) }}", 'dbt-template', `${wrong}"source" takes the name of an input port.`, 4],
    ["{{ ref('a', version=2) }}", 'dbt-ref-unknown', 'The model "late" reads "a, version 2", which is nowhere.', 9],
    ['{% for a in 3 %}{% endfor %}', 'dbt-template', `${wrong}Int cannot be looped over.`, 1],
    ['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', 'dbt-template-limit', 'The template passes a limit: at most 100 macros that call each other are allowed.', 19],
    ["{% set x = 'aaaaaaaaaa' %}{% set y = x~x~x~x~x~x~x~x~x~x %}{% set z = y~y~y~y~y~y~y~y~y~y %}{% set a = z~z~z~z~z~z~z~z~z~z %}{% set b = a~a~a~a~a~a~a~a~a~a %}{% set c = b~b~b~b~b~b~b~b~b~b %}{% set d = c~c~c~c~c~c~c~c~c~c %}{{ d ~ d ~ d }}", 'dbt-template-limit', 'The template passes a limit: at most 20000000 characters of output are allowed.', undefined],
    [`{% set l = [1,2,3,4,5,6,7,8,9,10] %}${'{% for i in l %}'.repeat(7)}x${'{% endfor %}'.repeat(7)}`, 'dbt-template-limit', 'The template passes a limit: at most 2000000 steps are allowed.', undefined],
    [`{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`, 'dbt-template', `${wrong}This is nested more than 150 deep.`, undefined],
    ['{{ x', 'dbt-template', `${wrong}This expression has no end.`, 1],
    ['{% if %}', 'dbt-template', `${wrong}Expected a value, found the end of the tag.`, 7],
    ['{% for a in [1] %}', 'dbt-template', `${wrong}This "for" has no "endfor".`, 1],
  ])('%s', (text, code, message, column) => {
    const { ok, diagnostics } = read(text)
    expect(ok).toBe(false)
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toMatchObject({ code, message, place: { file: 'models/late.sql', line: 1, ...(column !== undefined && { column }) } })
  })

  it('and whatever its text, the answer is text or diagnostics, never an exception', () => {
    const piece = fc.constantFrom('{{', '}}', '{%', '%}', ' for ', ' in ', ' if ', 'x', "'a'", '.', '(', ')', '[', ']', '|', 'ref', ' endfor ', ' set ', '=', '1', ' macro ', ' endmacro ', '{#', '#}', 'constructor', '__proto__', '\n', ' ')
    fc.assert(fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const result = renderModel(pieces.join(''))
      expect(result.ok ? typeof result.value : result.diagnostics.length > 0).toBeTruthy()
    }), { numRuns: 3000 })
  })
})

describe('what a model reads', () => {
  it('is found in both arms of a condition, once, with its place', () => {
    const { refs, sources } = readModel("select * from {{ ref('flights', 'flights') }}\njoin {{ source('csv') }}\n{% if is_incremental() %}join {{ ref('other') }}{% else %}join {{ ref('flights', 'flights') }}{% endif %}")
    expect(refs.map(({ product, name, place }) => [product, name, place.line, place.column, place.length])).toEqual([['flights', 'flights', 1, 18, 3], ['other', 'other', 3, 34, 3]])
    expect(sources.map(({ name, place }) => [name, place.file, place.line, place.column, place.length])).toEqual([['csv', 'models/late.sql', 2, 9, 6]])
  })

  it('is found in arms that no rendering takes', () => {
    expect(readModel("select 1 {% if 1 > 2 %}from {{ ref('a', 'b') }}, {{ source('csv') }}{% endif %}")).toMatchObject({ refs: [{ product: 'a', name: 'b' }], sources: [{ name: 'csv' }] })
  })

  it('is found where the name is computed', () => {
    expect(readModel("{% for p in ['a', 'b'] %}{{ ref(p, 'x') }}{% endfor %}").refs.map(({ product }) => product)).toEqual(['a', 'b'])
  })
})

describe('what a model is', () => {
  const print = (text: string, macros?: string): string => {
    const found = read(text, macros)
    return found.ok ? (found.value.models['late']?.fingerprint ?? '') : ''
  }

  it('is the same with another comment, in other lines, with other capitals of keywords', () => {
    const one = print("select id from {{ ref('a', 'b') }} where id > 1")
    expect(one).not.toBe('')
    expect(print("-- why\nSELECT id\n  FROM {{ ref('a', 'b') }}\n  WHERE id > 1 /* big */\n")).toBe(one)
    expect(print("select id from {{ ref('a', 'b') }} where id > 2")).not.toBe(one)
    expect(print("select ID from {{ ref('a', 'b') }} where id > 1")).not.toBe(one)
  })

  it('is another one with another macro that it uses, and the same with one that it does not', () => {
    const macro = (body: string): string => `{% macro m() %}${body}{% endmacro %}`
    expect(print('select {{ m() }} as x', macro('1'))).not.toBe(print('select {{ m() }} as x', macro('2')))
    expect(print('select {{ m() }} as x', macro('1'))).toBe(print('select {{ m() }} as x', macro('1 {# one #}')))
    expect(print('select 1 as x', macro('1'))).toBe(print('select 1 as x', macro('2')))
  })
})
