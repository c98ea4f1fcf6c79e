// Templates as dbt's users write them, and what comes out. Expected texts are what Jinja2 itself prints.

import { describe, expect, it } from 'vitest'
import { parseTemplate } from './parse.ts'
import { renderTemplate } from './render.ts'
import { JINJA_LIMITS } from './limits.ts'
import { fromJson } from './values.ts'
import type { Value } from './values.ts'

function render(text: string, names: Record<string, unknown> = {}, limits = {}): string {
  const parsed = parseTemplate(text, 'model.sql')
  if (!parsed.ok) return show(parsed.diagnostics)
  const values = new Map<string, Value>(Object.entries(names).map(([name, value]) => [name, fromJson(value)]))
  const rendered = renderTemplate(parsed.value, { globals: (name) => values.get(name), limits: { ...JINJA_LIMITS, ...limits } })
  return rendered.ok ? rendered.value : show(rendered.diagnostics)
}
const show = (diagnostics: readonly { code: string; message: string; place?: { line: number; column: number } }[]): string => diagnostics.map((d) => `${d.code} ${d.place?.line ?? 0}:${d.place?.column ?? 0} ${d.message}`).join('\n')

const CASES: readonly (readonly [name: string, text: string, expected: string, names?: Record<string, unknown>])[] = [
  ['whitespace marks', 'a  {%- if true -%}  b  {%- endif %} c\n', 'ab c'],
  ['a comment', 'a {# b #}c', 'a c'],
  ['raw', '{% raw %}{{ x }}{% endraw %}', '{{ x }}'],
  ['tilde, and precedence', "{{ 2 * 3 ~ 'x' }}|{{ 2 ** 3 }}|{{ -2 ** 2 }}|{{ 7 // 2 }}|{{ 7 / 2 }}|{{ 4 / 2 }}|{{ -7 % 3 }}", '6x|8|4|3|3.5|2.0|2'],
  ['choices', "{{ 'a' if x else 'b' }}{{ 'c' if y }}", 'b', { x: 0, y: false }],
  ['a loop with its facts', '{% for a in xs %}{{ loop.index }}{{ a }}{% if not loop.last %},{% endif %}{% else %}none{% endfor %}', '1a,2b', { xs: ['a', 'b'] }],
  ['an empty loop', '{% for a in [] %}x{% else %}none{% endfor %}', 'none'],
  ['a loop with a condition', '{% for a in range(6) if a is odd %}{{ a }}{{ loop.length }}{% endfor %}', '133353'],
  ['a loop over pairs', "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }};{% endfor %}", 'a=1;b=2;'],
  ['set stays in its loop', '{% set n = 0 %}{% for a in [1, 2] %}{% set n = n + a %}{% endfor %}{{ n }}', '0'],
  ['a namespace leaves it', '{% set ns = namespace(n=0) %}{% for a in [1, 2] %}{% set ns.n = ns.n + a %}{% endfor %}{{ ns.n }}', '3'],
  ['set in an if is seen after', '{% if true %}{% set n = 5 %}{% endif %}{{ n }}', '5'],
  ['do, append, methods', "{% set l = [] %}{% do l.append('b') %}{% do l.extend(['c', 'a']) %}{{ l | sort | join('-') }}{{ 'A_B'.lower().split('_')[1] }}", 'a-b-cb'],
  ['a set block', '{% set q %}\nselect 1\n{% endset %}[{{ q | trim }}]', '[select 1]'],
  ['macros with defaults, names and rests', "{% macro m(a, b=2) %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1) }} {{ m(1, 3, 4, c=5) }} {{ m(b=7, a=8) }}", "12(){} 13(4,){'c': 5} 87(){}"],
  ['return', '{% macro m() %}text{{ return([1, 2]) }}more{% endmacro %}{{ m()[1] + 1 }}', '3'],
  ['a call block', '{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m(3) %}{{ y * 2 }}{% endcall %}', '<6>'],
  ['tests', "{{ x is defined }}{{ y is not defined }}{{ none is none }}{{ 'a' is string }}{{ {} is mapping }}{{ 4 is divisibleby 2 }}{{ 'a' in 'abc' }}{{ 3 not in [1] }}", 'TrueTrueTrueTrueTrueTrueTrueTrue', { x: 1 }],
  ['how values print', "{{ [1, 'a', none, true, 1.0, {'b': \"it's\"}] }}", "[1, 'a', None, True, 1.0, {'b': \"it's\"}]"],
  ['slices', "{{ 'abcdef'[1:4] }}{{ 'abc'[::-1] }}{{ [1, 2, 3][-1] }}{{ [1, 2, 3][:-1] }}", 'bcdcba3[1, 2]'],
  ['filters', "{{ 'a b' | title }}{{ [3, 1] | max }}{{ x | default('d') }}{{ [{'n': 1}, {'n': 2}] | map(attribute='n') | list }}{{ [1, 2, 3] | select('odd') | list }}{{ ['a', 'b'] | map('upper') | join }}{{ '5' | int + 1 }}{{ 'x' | replace('x', 'y') }}", 'A B3d[1, 2][1, 3]AB6y'],
  ['a filter binds closer than a sum', "{{ 1 ~ ' a ' | trim }}", '1a'],
  ['adjacent texts, escapes', String.raw`{{ 'a' "b" }}{{ 'x\ny' }}`, 'abx\ny'],
  ['formats', "{{ '%s-%02d' % ('a', 3) }}{{ '{} {b}'.format(1, b=2) }}{{ '%.2f' | format(1.5) }}", 'a-031 21.50'],
  ['maps in a tag', "{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {'b': 1}}.a.b }}", '11'],
  ['unpacking a set', '{% set a, b = 1, 2 %}{{ a + b }}', '3'],
  ['chained comparison', '{{ 1 < 2 < 3 }}{{ 1 < 2 > 5 }}', 'TrueFalse'],
  ['as_bool and its kin', "{{ 'true' | as_bool }}{{ '3' | as_number + 1 }}", 'True4'],
  ['a recursive loop', '{% for n in t recursive %}{{ n.v }}{% if n.c %}({{ loop(n.c) }}){% endif %}{% endfor %}', '1(2)', { t: [{ v: 1, c: [{ v: 2 }] }] }],
  ['a macro does not see the caller’s loop variables', '{% macro m() %}{{ a is defined }}{% endmacro %}{% for a in [1] %}{{ m() }}{% endfor %}', 'False'],
  ['undefined prints nothing', '[{{ nothing }}]', '[]'],
  ['break and continue', '{% for a in [1, 2, 3] %}{% if a == 2 %}{% continue %}{% endif %}{{ a }}{% endfor %}', '13'],
  ['tojson', "{{ {'a': [1, none]} | tojson }}", '{"a": [1, null]}'],
]

describe('a template', () => {
  it.each(CASES.map(([name, text, expected, names]) => ({ name, text, expected, names })))('renders $name', ({ text, expected, names }) => {
    expect(render(text, names)).toBe(expected)
  })

  it.each([
    ['an unknown tag', 'a\n  {% fish %}', 'dbt-template 2:6 The template is wrong: There is no tag "fish" here.'],
    ['a tag that does not end', '{% if x', 'dbt-template 1:1 The template is wrong: This tag has no end.'],
    ['an if that does not end', '{% if x %}a', 'dbt-template 1:1 The template is wrong: This "if" has no "endif".'],
    ['something undefined that is called', '\n{{ nothing() }}', 'dbt-template 2:4 The template is wrong: "nothing" is undefined.'],
    ['a member of something undefined', '{{ a.b }}', 'dbt-template 1:5 The template is wrong: "a" is undefined.'],
    ['a filter that is not there', "{{ 1 | fish }}", 'dbt-template 1:8 The template is wrong: There is no filter "fish".'],
    ['a sum of a text and a number', "{{ 'a' + 1 }}", 'dbt-template 1:8 The template is wrong: "+" does not join str and int.'],
  ])('says where there is %s', (_name, text, expected) => {
    expect(render(text)).toBe(expected)
  })

  it.each<readonly [name: string, text: string, limit: string, limits: Record<string, number> | undefined]>(([
    ['a macro that calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}', 'macros that call each other'],
    ['a loop without an end in sight', '{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}', 'steps', { steps: 5000 }],
    ['a text that doubles', "{% set ns = namespace(t='xxxxxxxx') %}{% for a in range(60) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}", 'characters of output'],
    ['a list that is too long', '{{ range(100000000) }}', 'members of a list'],
    ['a repeated text', "{{ 'x' * 100000000000 }}", 'characters of output'],
    ['endless output', '{% for a in range(1000) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}', 'characters of output', { output: 5000 }],
    ['a loop that takes too long', '{% for a in range(5000) %}{% endfor %}', 'milliseconds', { milliseconds: -1 }],
    ['brackets without end', `{{ ${'('.repeat(5000)} }}`, '150 deep'],
  ] satisfies (readonly [name: string, text: string, limit: string, limits?: Record<string, number>])[]).map(([name, text, limit, limits]) => [name, text, limit, limits] as const))('ends %s by a limit that says its name', (_name, text, limit, limits) => {
    expect(render(text, {}, limits)).toContain(limit)
  })

  it.each(["{{ ''.constructor }}", "{{ ''.__class__ }}", '{{ [].constructor }}', '{{ {}.constructor }}', '{{ range.constructor }}', "{{ {}['__proto__'] }}", "{{ ''['constructor'] }}", '{{ namespace().constructor }}', '{{ (1).constructor }}', "{{ [] | attr('constructor') }}"])('gives nothing of the house away: %s', (text) => {
    expect(render(text)).toBe('')
  })

  it('keeps a key that looks like a prototype as a key', () => {
    expect(render("{% set d = {} %}{% do d.update({'__proto__': {'x': 1}}) %}{{ d['__proto__']['x'] }}{{ ({} | tojson) }}{{ x is defined }}")).toBe('1{}False')
    expect(({} as { x?: number }).x).toBeUndefined()
  })
})
