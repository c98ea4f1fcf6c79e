// A dbt project read from texts alone: what it holds, what a selection means, what a change changes, what is wrong.

import { describe, expect, it } from 'vitest'
import { normalForm } from '../graph/normal-form.ts'
import { selectNodes } from '../graph/select.ts'
import { readState } from '../graph/state.ts'
import { manifestOf } from '../artifacts/manifest.ts'
import { Compiler } from '../run/compile-node.ts'
import type { ProjectSettings } from '../types.ts'
import { ProjectMemory } from './memory.ts'
import { readProject } from './read-project.ts'

const SETTINGS: ProjectSettings = { target: { name: 'dev', schema: 'main', database: 'db', profile: 'p', threads: 1 }, vars: {}, environment: { DBT_ZONE: 'utc' }, now: new Date('2026-01-02T03:04:05Z') }

const SHOP: Readonly<Record<string, string>> = {
  'dbt_project.yml': `name: shop
version: '1.0'
vars: {floor: 3, kit: {size: 9}}
models:
  shop:
    +materialized: table
    +tags: base
    staging:
      +materialized: view
      +schema: raw
`,
  'models/staging/stg_orders.sql': "select * from {{ ref('orders_seed') }} where id > {{ var('floor') }}",
  'models/staging/helper.sql': "{{ config(materialized='ephemeral') }} select 1 as one",
  'models/orders.sql': "{{ config(tags=['daily'], alias='all_orders') }}\nselect {{ kit.twice('id') }} as id, {{ dollars('cents') }} as price from {{ ref('stg_orders') }} join {{ ref('helper') }} on true",
  'models/report_v1.sql': "select * from {{ ref('orders') }}",
  'models/report_v2.sql': "select *, 1 as more from {{ ref('orders') }}",
  'models/uses.sql': "select * from {{ ref('report') }} union all select *, 2 from {{ ref('report', v=1) }} union all select * from {{ source('crm', 'people') }}",
  'models/schema.yml': `version: 2
models:
  - name: orders
    description: "All of them. {{ doc('about') }}"
    group: money
    columns:
      - name: id
        data_tests: [unique, not_null, {accepted_values: {values: [1, 2], quote: false}}]
  - name: report
    latest_version: 2
    versions: [{v: 1}, {v: 2}]
groups: [{name: money, owner: {name: Ana}}]
sources:
  - name: crm
    schema: outside
    tables:
      - name: people
        identifier: persons
        columns: [{name: id, data_tests: [not_null]}]
exposures:
  - {name: board, type: dashboard, owner: {name: Bo}, depends_on: ["ref('orders')"]}
`,
  'models/docs.md': 'Nothing {{ of }} this is a template.\n{% docs about %}Orders since the start.{% enddocs %}',
  'macros/money.sql': '{% macro dollars(name) %}({{ name }} / 100.0){% endmacro %}',
  'seeds/orders_seed.csv': 'id,cents\n1,100\n',
  'tests/no_negative.sql': "select * from {{ ref('orders') }} where price < 0",
  'dbt_packages/kit/dbt_project.yml': 'name: kit\nvars: {size: 1}\n',
  'dbt_packages/kit/macros/twice.sql': "{% macro twice(name) %}{{ return(adapter.dispatch('twice', 'kit')(name)) }}{% endmacro %}\n{% macro default__twice(name) %}{{ name }} * {{ var('size') }}{% endmacro %}",
}

function read(changes: Readonly<Record<string, string | undefined>> = {}, memory?: ProjectMemory) {
  const files = new Map(Object.entries({ ...SHOP, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return readProject(files, { settings: SETTINGS, ...(memory !== undefined && { memory }) })
}
function shop(changes: Readonly<Record<string, string | undefined>> = {}, memory?: ProjectMemory) {
  const project = read(changes, memory)
  if (!project.ok) throw new Error(JSON.stringify(project.diagnostics))
  return project.value
}
const compiled = (id: string, changes: Readonly<Record<string, string | undefined>> = {}): string => {
  const { project, house } = shop(changes)
  const node = project.nodes.get(id)
  if (node === undefined) throw new Error(`${id} of ${[...project.nodes.keys()].join(' ')}`)
  const sql = new Compiler(project, house).compile(node)
  return sql.ok ? sql.value : sql.diagnostics.map((one) => one.message).join(' ')
}
const chosen = (select: readonly string[], exclude: readonly string[] = []): readonly string[] => {
  const selection = selectNodes(shop().project, { select, exclude, types: ['model', 'seed', 'source', 'exposure'] })
  return selection.ok ? [...selection.value].map((id) => id.split('.').slice(2).join('.')).toSorted() : selection.diagnostics.map((one) => one.message)
}

describe('a dbt project', () => {
  it('configures models by folder, by file and by themselves', () => {
    const { project } = shop()
    expect(project.nodes.get('model.shop.stg_orders')).toMatchObject({ schema: 'main_raw', alias: 'stg_orders', config: { materialized: 'view', tags: ['base'] } })
    expect(project.nodes.get('model.shop.orders')).toMatchObject({ schema: 'main', alias: 'all_orders', description: 'All of them. Orders since the start.', group: 'money', config: { materialized: 'table', tags: ['base', 'daily'] } })
  })

  it('compiles references, variables, packages’ macros and ephemeral models', () => {
    expect(compiled('model.shop.stg_orders')).toBe('select * from "main"."orders_seed" where id > 3')
    expect(compiled('model.shop.orders')).toBe('with __dbt__cte__helper as (\nselect 1 as one\n)\n\nselect id * 9 as id, (cents / 100.0) as price from "main_raw"."stg_orders" join __dbt__cte__helper on true')
  })

  it('finds versions, the latest where none is named, and a source under its identifier', () => {
    expect(compiled('model.shop.uses')).toBe('select * from "main"."report_v2" union all select *, 2 from "main"."report_v1" union all select * from "outside"."persons"')
  })

  it('makes a node of every test', () => {
    const { project } = shop()
    const tests = [...project.nodes.values()].filter((node) => node.type === 'test').map((node) => node.name).toSorted()
    expect(tests).toEqual(['accepted_values_orders_id__False__1__2', 'no_negative', 'not_null_orders_id', 'source_not_null_crm_people_id', 'unique_orders_id'])
    const unique = [...project.nodes.values()].find((node) => node.name === 'unique_orders_id')
    expect(compiled(unique?.id ?? '')).toContain('from "main"."all_orders"')
  })

  it('lets the project’s own macros say where relations lie', () => {
    expect(compiled('model.shop.stg_orders', { 'macros/schema.sql': "{% macro generate_schema_name(custom, node) %}{{ (custom or 'plain') ~ '_' ~ node.name }}{% endmacro %}" })).toContain('"plain_orders_seed"."orders_seed"')
  })

  it('reads a project again without reading what did not change', () => {
    const memory = new ProjectMemory()
    const first = shop({}, memory).project
    const second = shop({ 'models/orders.sql': "select 1 as id, 2 as price from {{ ref('stg_orders') }}" }, memory).project
    expect(second.nodes.get('model.shop.stg_orders')?.template).toBe(first.nodes.get('model.shop.stg_orders')?.template)
    expect(second.nodes.get('model.shop.orders')?.needs).toEqual(['model.shop.stg_orders'])
  })
})

describe('a selection', () => {
  it.each(([
    ['orders', ['orders']],
    ['+orders', ['helper', 'orders', 'orders_seed', 'stg_orders']],
    ['1+orders', ['helper', 'orders', 'stg_orders']],
    ['orders+1', ['board', 'orders', 'report.v1', 'report.v2']],
    ['stg_orders+', ['board', 'orders', 'report.v1', 'report.v2', 'stg_orders', 'uses'], ''],
    ['@stg_orders', ['board', 'crm.people', 'helper', 'orders', 'orders_seed', 'report.v1', 'report.v2', 'stg_orders', 'uses']],
    ['tag:daily', ['orders']],
    ['path:models/staging', ['helper', 'stg_orders']],
    ['staging', ['helper', 'stg_orders']],
    ['shop.staging.*', ['helper', 'stg_orders']],
    ['config.materialized:view', ['stg_orders']],
    ['source:crm', ['crm.people']],
    ['source:crm.people+', ['crm.people', 'uses']],
    ['+exposure:board', ['board', 'helper', 'orders', 'orders_seed', 'stg_orders']],
    ['tag:base,path:models/staging', ['helper', 'stg_orders']],
    ['orders stg_orders', ['orders', 'stg_orders']],
    ['resource_type:seed', ['orders_seed']],
    ['version:latest', ['report.v2']],
    ['group:money', ['orders']],
    ['+orders', ['helper', 'orders'], 'stg_orders orders_seed'],
    ['fish:x', ['The selection "fish:x" means nothing: there is no method "fish".']],
    ['state:modified', ['The selection "state:modified" means nothing: it needs a manifest to compare with; name its folder with --state.']],
  ] satisfies (readonly [select: string, expected: readonly string[], exclude?: string])[]).map(([select, expected, exclude = '']) => ({ select, expected, exclude })))('$select', ({ select, expected, exclude }) => {
    // `test_type` and tests have their own place below.
    expect(chosen([select], exclude === '' ? [] : [exclude])).toEqual(expected)
  })

  it('takes tests along with what they test', () => {
    const selection = selectNodes(shop().project, { select: ['orders'], types: ['test'] })
    expect(selection.ok && selection.value.size).toBe(4)
    const singular = selectNodes(shop().project, { select: ['test_type:singular'] })
    expect(singular.ok && [...singular.value]).toEqual(['test.shop.no_negative'])
  })

  it('knows the selectors of selectors.yml', () => {
    const { project } = shop({ 'selectors.yml': 'selectors:\n  - name: nightly\n    definition:\n      union:\n        - {method: tag, value: base}\n        - exclude: [{method: path, value: models/staging}]\n' })
    const selection = selectNodes(project, { selector: 'nightly', types: ['model'] })
    expect(selection.ok && [...selection.value].toSorted()).toEqual(['model.shop.orders', 'model.shop.report.v1', 'model.shop.report.v2', 'model.shop.uses'])
  })
})

describe('a change', () => {
  const modified = (changes: Readonly<Record<string, string | undefined>>): readonly string[] => {
    const before = readState(JSON.stringify(manifestOf(shop().project, { invocation: 'i', generatedAt: SETTINGS.now })), 'manifest.json')
    if (!before.ok) throw new Error(JSON.stringify(before.diagnostics))
    const selection = selectNodes(shop(changes).project, { select: ['state:modified'], types: ['model', 'seed'], state: before.value })
    return selection.ok ? [...selection.value].map((id) => id.split('.')[2] ?? '').toSorted() : ['?']
  }

  it.each<readonly [name: string, changes: Readonly<Record<string, string>>, expected: readonly string[]]>([
    ['nothing at all', {}, []],
    ['a comment and other line breaks', { 'models/staging/stg_orders.sql': "-- why\nSELECT  *\nFROM {{  ref('orders_seed')  }} {# here #}\nwhere id > {{ var('floor') }};\n" }, []],
    ['another condition', { 'models/staging/stg_orders.sql': "select * from {{ ref('orders_seed') }} where id >= {{ var('floor') }}" }, ['stg_orders']],
    ['the case of a text', { 'models/report_v1.sql': "select 'A' as x from {{ ref('orders') }}" }, ['report']],
    ['a macro, for whoever uses it', { 'macros/money.sql': '{% macro dollars(name) %}({{ name }} / 1000.0){% endmacro %}' }, ['orders']],
    ['a comment in a macro', { 'macros/money.sql': '{% macro dollars(name) %}{# cents #}({{ name }} / 100.0){% endmacro %}' }, []],
    ['a macro of a package behind a dispatch', { 'dbt_packages/kit/macros/twice.sql': "{% macro twice(name) %}{{ return(adapter.dispatch('twice', 'kit')(name)) }}{% endmacro %}\n{% macro default__twice(name) %}{{ name }} + {{ name }}{% endmacro %}" }, ['orders']],
    ['a seed', { 'seeds/orders_seed.csv': 'id,cents\n2,100\n' }, ['orders_seed']],
    ['a description', { 'models/docs.md': '{% docs about %}Others.{% enddocs %}' }, []],
    ['a materialization', { 'models/report_v1.sql': "{{ config(materialized='view') }} select * from {{ ref('orders') }}" }, ['report']],
  ])('%s', (_name, changes, expected) => {
    expect(modified(changes)).toEqual(expected)
  })

  it('keeps texts, quoted names and the case of names in the normal form', () => {
    expect(normalForm("SELECT  A, 'It''s -- no', \"Q x\" -- c\nFROM t /* d */ ;")).toBe("select A , 'It''s -- no' , \"Q x\" from t")
    expect(normalForm('{{- ref("x") -}}')).toBe(normalForm('{{ref( "x" )}}'))
  })
})

describe('a mistake', () => {
  it.each<readonly [name: string, changes: Readonly<Record<string, string | undefined>>, expected: string]>([
    ['no project file', { 'dbt_project.yml': undefined }, 'dbt-no-project'],
    ['broken YAML', { 'models/schema.yml': 'models: [' }, 'dbt-yaml models/schema.yml:'],
    ['a template that breaks', { 'models/uses.sql': "select 1\n  {{ ref('orders' }}" }, 'dbt-template models/uses.sql:2'],
    ['a model that is nowhere', { 'models/uses.sql': "select *\nfrom {{ ref('oders') }}" }, 'dbt-ref-unknown models/uses.sql:2'],
    ['a source that is nowhere', { 'models/uses.sql': "{{ source('crm', 'peple') }}" }, 'dbt-source-unknown models/uses.sql:1'],
    ['a circle', { 'models/orders.sql': "select * from {{ ref('uses') }}" }, 'dbt-circle'],
    ['a recursive macro', { 'macros/money.sql': '{% macro dollars(name) %}{{ dollars(name) }}{% endmacro %}' }, 'dbt-template-limit macros/money.sql:1'],
    ['a variable without a value', { 'models/uses.sql': "{{ var('nothing') }}" }, 'dbt-template models/uses.sql:1'],
    ['an environment variable that is not given', { 'models/uses.sql': "{{ env_var('HOME') }}" }, 'dbt-template models/uses.sql:1'],
    ['a test that is in no package', { 'models/schema.yml': 'models: [{name: orders, columns: [{name: id, data_tests: [fish]}]}]\nsources: [{name: crm, tables: [{name: people}]}]' }, 'dbt-test-unknown models/schema.yml:1'],
    ['a package that is not in the folder', { 'packages.yml': 'packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.3.0\n' }, 'dbt-package-missing packages.yml:2'],
    ['a private model of another group', { 'models/schema.yml': `${SHOP['models/schema.yml'] ?? ''}  - {name: kept, owner: {name: C}, depends_on: ["ref('nowhere')"]}\n` }, 'dbt-ref-unknown models/schema.yml'],
    ['two models of one name', { 'models/staging/orders.sql': 'select 1' }, 'dbt-twice'],
    ['a Python model', { 'models/clever.py': 'def model(dbt, session): pass' }, 'dbt-python models/clever.py:1'],
    ['an error that a macro raises', { 'models/uses.sql': "{{ exceptions.raise_compiler_error('not so') }}" }, 'dbt-raised models/uses.sql:1'],
    ['a docs block that is not there', { 'models/docs.md': '' }, 'dbt-doc-missing models/schema.yml:4'],
  ])('%s is told with its place', (_name, changes, expected) => {
    const found = read(changes).diagnostics.filter((one) => one.severity === 'error').map((one) => `${one.code} ${one.place?.file ?? ''}:${one.place?.line ?? 0}`)
    expect(found.some((one) => one.startsWith(expected))).toBe(true)
  })

  it('lets only its own group read a private model', () => {
    const schema = (SHOP['models/schema.yml'] ?? '').replace('    group: money\n', '    group: money\n    access: private\n')
    expect(read({ 'models/schema.yml': schema }).diagnostics.map((one) => one.code)).toContain('dbt-access')
  })
})
