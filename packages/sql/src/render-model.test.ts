// The contract: dbt's words render as analysts expect, nothing else is in reach, and every refusal has its place.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findModelReads } from './find-model-reads.ts'
import { renderModel } from './render-model.ts'
import type { ModelScope } from './render-model.ts'

const SCOPE: ModelScope = {
  ref: (product, name) => (product === undefined ? `"${name}"."${name}"` : `"${product}"."${name}"`),
  source: (port) => `"source"."${port}"`,
  variables: { from: '2001-01-01', airports: ['ABQ', 'SFO'], limits: { delay: 15 } },
  self: '"late"."late"',
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
    const result = renderModel(text, SCOPE)
    expect(result.diagnostics).toEqual([])
    expect(result.ok && result.value).toBe(expected)
  })

  it('with its incremental arm where the run is incremental', () => {
    const result = renderModel('{% if is_incremental() %}from {{ this }}{% endif %}', { ...SCOPE, incremental: true })
    expect(result.ok && result.value).toBe('from "late"."late"')
  })
})

describe('a model is refused', () => {
  it.each([
    ["{{ ''.constructor.constructor('return process')() }}", 'model-template-forbidden', "A model's template may not use this call.", 18],
    ['{{ ref.constructor }}', 'model-template', 'The template is wrong: a value is not defined.', 7],
    ["{{ [].__proto__ }}", 'model-template', 'The template is wrong: a value is not defined.', 6],
    ["{{ {}['__proto__'] }}", 'model-template', 'The template is wrong: a value is not defined.', 6],
    ["{{ 'x'['constructor'] }}", 'model-template', 'The template is wrong: a value is not defined.', 7],
    ["{{ var('limits').constructor }}", 'model-template', 'The template is wrong: a value is not defined.', 17],
    ["{{ var('__proto__') }}", 'model-template', 'The template is wrong: the variable "__proto__" has no value and no default.', 4],
    ['{{ process }}', 'model-template', 'The template is wrong: a value is not defined.', 4],
    ["{{ require('fs') }}", 'model-template-forbidden', "A model's template may not use require(…).", 4],
    ["{{ env_var('HOME') }}", 'model-template-forbidden', "A model's template may not use env_var(…).", 4],
    ["{{ run_query('select 1') }}", 'model-template-forbidden', "A model's template may not use run_query(…).", 4],
    ["{% include '/etc/passwd' %}", 'model-template-forbidden', "A model's template may not use {% include %}.", 4],
    ["{% import 'x' as y %}", 'model-template-forbidden', "A model's template may not use {% import %}.", 4],
    ["{% extends 'x' %}", 'model-template-forbidden', "A model's template may not use {% extends %}.", 4],
    ["{{ 'x' | safe }}", 'model-template-forbidden', "A model's template may not use the filter \"safe\".", 10],
    ['{{ ref(1) }}', 'model-reference', 'ref("1") is not a reference.', 4],
    ["{{ ref() }}", 'model-reference', 'ref() is not a reference.', 4],
    ["{{ ref('a', 'b', 'c') }}", 'model-reference', 'ref("a", "b", "c") is not a reference.', 4],
    ["{{ ref('a', version=2) }}", 'model-reference', 'ref("a") is not a reference.', 4],
    ['{% for a in 3 %}{% endfor %}', 'model-template', 'The template is wrong: what is looped over is not a list.', 4],
    ["{{ 'a' * 3 }}", 'model-template', 'The template is wrong: a number is expected.', 4],
    ['{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', 'model-template-limit', 'The template calls its macros too deeply.', 4],
    ["{% set x = 'aaaaaaaaaa' %}{% set y = x~x~x~x~x~x~x~x~x~x %}{% set z = y~y~y~y~y~y~y~y~y~y %}{% set a = z~z~z~z~z~z~z~z~z~z %}{% set b = a~a~a~a~a~a~a~a~a~a %}{% set c = b~b~b~b~b~b~b~b~b~b %}{{ c }}", 'model-template-limit', 'The template makes more than 2097152 characters.', undefined],
    [`{% set l = [1,2,3,4,5,6,7,8,9,10] %}${'{% for i in l %}'.repeat(6)}x${'{% endfor %}'.repeat(6)}`, 'model-template-limit', 'The template takes more than 100000 steps.', undefined],
    [`{{ ${'('.repeat(50_000)}1${')'.repeat(50_000)} }}`, 'model-template-limit', 'The template is nested too deeply.', 1],
    ['{{ x', 'model-template', 'The template is wrong: expected variable end.', 5],
    ['{{ () }}', 'model-template', 'The template is wrong: a value is expected.', 4],
    ['{% if %}', 'model-template', 'The template is wrong: unexpected token: %}.', 7],
    ['{% for a in [1] %}', 'model-template', 'The template is wrong: unexpected end of file.', 19],
  ])('%s', (text, code, message, column) => {
    const { ok, diagnostics } = renderModel(text, SCOPE, 'models/late.sql')
    expect(ok).toBe(false)
    expect(diagnostics).toHaveLength(1)
    expect(diagnostics[0]).toMatchObject({ code, message, place: { file: 'models/late.sql', line: 1, ...(column !== undefined && { column }) } })
  })

  it('and whatever its text, the answer is text or diagnostics, never an exception', () => {
    const piece = fc.constantFrom('{{', '}}', '{%', '%}', ' for ', ' in ', ' if ', 'x', "'a'", '.', '(', ')', '[', ']', '|', 'ref', ' endfor ', ' set ', '=', '1', ' macro ', ' endmacro ', '{#', '#}', 'constructor', '__proto__', '\n', ' ')
    fc.assert(fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      const result = renderModel(pieces.join(''), SCOPE)
      expect(result.ok ? typeof result.value : result.diagnostics.length > 0).toBeTruthy()
    }), { numRuns: 3000 })
  })
})

describe('what a model reads', () => {
  it('is found in both arms of a condition, once, with its place', () => {
    const text = "select * from {{ ref('flights', 'flights') }}\njoin {{ source('csv') }}\n{% if is_incremental() %}join {{ ref('late') }}{% else %}join {{ ref('flights', 'flights') }}{% endif %}"
    const found = findModelReads(text, 'm.sql')
    expect(found.ok && found.value.refs.map(({ product, name, place }) => [product, name, place.line, place.column, place.length])).toEqual([
      ['flights', 'flights', 1, 18, 3], [undefined, 'late', 3, 34, 3],
    ])
    expect(found.ok && found.value.sources.map(({ name, place }) => [name, place.line, place.column, place.length])).toEqual([['csv', 2, 9, 6]])
  })

  it('is found where the name is computed', () => {
    const found = findModelReads("{% for p in ['a', 'b'] %}{{ ref(p, 'x') }}{% endfor %}")
    expect(found.ok && found.value.refs.map(({ product }) => product)).toEqual(['a', 'b'])
  })

  it('includes what the model says of itself', () => {
    const found = findModelReads("{{ config(materialized='incremental', unique_key=['id'], __proto__=1) }}select 1")
    expect(found.ok && found.value.config).toMatchObject({ materialized: 'incremental', unique_key: ['id'] })
    expect(({} as Record<string, unknown>)['unique_key']).toBeUndefined()
  })

  it('is not held up by a variable that has its value only at the run', () => {
    const found = findModelReads("select {{ var('day') }} from {{ ref('a', 'b') }}")
    expect(found.ok && found.value.refs).toHaveLength(1)
  })
})
