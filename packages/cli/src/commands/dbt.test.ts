// A dbt project built from the command line, on an engine of its own, without a server.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { workspace } from '../testing.ts'
import type { Workspace } from '../testing.ts'

const CORPORA = resolve(import.meta.dirname, '../../../../../shared/corpora')

const PROJECT: Readonly<Record<string, string>> = {
  'dbt_project.yml': "name: shop\nversion: '1.0'\nseeds:\n  shop:\n    +column_types: {at: timestamp}\n",
  'seeds/events.csv': 'id,kind,amount,at\n1,a,1.5,2026-01-01 10:00:00\n2,b,2.5,2026-01-02 10:00:00\n3,,4,2026-01-03 10:00:00\n',
  'models/appended.sql': "{{ config(materialized='incremental') }}\nselect id, amount from {{ ref('events') }}\n{% if is_incremental() %}where id > (select max(id) from {{ this }}){% endif %}",
  'models/merged.sql': "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge', merge_update_columns=['amount']) }}\nselect id, kind, amount from {{ ref('events') }}",
  'models/replaced.sql': "{{ config(materialized='incremental', unique_key=['id']) }}\nselect id, kind, amount from {{ ref('events') }}",
  'models/parted.sql': "{{ config(materialized='incremental', incremental_strategy='insert_overwrite', partition_by='kind') }}\nselect id, kind from {{ ref('events') }} {% if is_incremental() %}where kind = 'a'{% endif %}",
  'models/kinds.sql': "{% set kinds = run_query('select distinct kind from ' ~ ref('events') ~ ' where kind is not null order by 1').columns[0].values() if execute else [] %}\nselect {% for kind in kinds %}sum(case when kind = '{{ kind }}' then amount end) as {{ kind }}{{ ', ' if not loop.last }}{% endfor %} from {{ ref('events') }}",
  'models/promised.sql': "select id, cast(amount as double) as amount from {{ ref('events') }}",
  'models/schema.yml': `models:
  - name: promised
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: integer, data_tests: [unique, not_null, {relationships: {to: ref('events'), field: id}}]}
      - {name: amount, data_type: double}
seeds:
  - name: events
    columns:
      - name: kind
        data_tests:
          - accepted_values: {values: [a], config: {severity: warn}}
          - not_null: {config: {where: "id < 3"}}
unit_tests:
  - name: sums
    model: appended
    given: [{input: ref('events'), rows: [{id: 7, amount: 2}]}]
    expect: {rows: [{id: 7, amount: 2.0}]}
`,
  'snapshots/history.sql': "{% snapshot history %}{{ config(unique_key='id', strategy='check', check_cols=['amount'], hard_deletes='invalidate') }}select id, amount from {{ ref('events') }}{% endsnapshot %}",
  'tests/positive.sql': "select * from {{ ref('promised') }} where amount < 0",
}

function project(work: Workspace, changes: Readonly<Record<string, string>> = {}): void {
  for (const [path, text] of Object.entries({ ...PROJECT, ...changes })) work.write(`shop/${path}`, text)
}

interface Done { readonly id: string; readonly status: string; readonly message: string; readonly diagnostics?: readonly { readonly code: string; readonly place?: { readonly file: string; readonly line: number } }[] }
async function dbt(work: Workspace, verb: string, ...flags: readonly string[]): Promise<{ readonly code: number | null; readonly done: readonly Done[]; readonly err: string }> {
  const ran = await work.tulle(['dbt', verb, 'shop', '-o', 'json', ...flags])
  return { code: ran.code, done: ran.out === '' ? [] : (JSON.parse(ran.out) as readonly Done[]), err: ran.err }
}
/** The rows of relations, each on a line, as an analysis prints them. */
async function rowsOf(work: Workspace, looks: readonly (readonly [relation: string, columns: string])[]): Promise<readonly string[]> {
  work.write('shop/analyses/look.sql', looks.map(([relation, columns]) => `{% for row in run_query("select ${columns} from ${relation} order by 1, 2").rows %}{{ row.values() | join(',') }};{% endfor %}`).join('|').replaceAll('{% for', '{% if execute %}{% for').replaceAll('{% endfor %}', '{% endfor %}{% endif %}'))
  const { code, out, err } = await work.tulle(['dbt', 'compile', 'shop', '-s', 'look', '-o', 'json'])
  return code === 0 ? (Object.values(JSON.parse(out) as Record<string, string>)[0] ?? '').split('|') : [err]
}

describe('tulle dbt build', () => {
  it('loads, builds, tests, and the second time adds by each strategy', { timeout: 120_000 }, async () => {
    using work = workspace()
    project(work)
    const first = await dbt(work, 'build')
    expect(first.done.filter(({ status }) => !['success', 'pass'].includes(status)).map(({ id, status }) => [id.split('.')[2], status])).toEqual([['accepted_values_events_kind__a', 'warn']])
    expect(first.code).toBe(0)
    project(work, { 'seeds/events.csv': 'id,kind,amount,at\n1,x,9,2026-01-01 10:00:00\n2,b,2.5,2026-01-02 10:00:00\n4,a,4,2026-01-04 10:00:00\n' })
    const second = await dbt(work, 'build')
    expect(second.done.filter(({ status }) => status === 'error' || status === 'fail')).toEqual([])
    expect(await rowsOf(work, [['main.appended', 'id, amount'], ['main.merged', 'id, kind, amount'], ['main.replaced', 'id, kind, amount'], ['main.parted', 'id, kind'], ['main.history', 'id, amount, dbt_valid_to is null'], ['main.kinds', 'a, b, x']])).toEqual([
      '1,1.5;2,2.5;3,4;4,4;',
      '1,a,9;2,b,2.5;3,None,4;4,a,4;',
      '1,x,9;2,b,2.5;3,None,4;4,a,4;',
      '2,b;3,None;4,a;',
      '1,1.5,False;1,9,True;2,2.5,True;3,4,False;4,4,True;',
      '4,2.5,9;',
    ])
  })

  it('builds only what changed where it is asked to', { timeout: 120_000 }, async () => {
    using work = workspace()
    project(work)
    await dbt(work, 'run', '--only-changed', '-s', '+promised', '--resource-type', 'model', 'seed')
    project(work, { 'models/promised.sql': "-- a comment\nSELECT id, cast(amount AS double) as amount\nfrom {{ ref('events') }}" })
    const again = await dbt(work, 'run', '--only-changed', '-s', '+promised', '--resource-type', 'model', 'seed')
    expect(again.done.map(({ status }) => status)).toEqual(['no-op', 'no-op'])
    project(work, { 'models/promised.sql': "select id, cast(amount + 1 as double) as amount from {{ ref('events') }}" })
    const changed = await dbt(work, 'run', '--only-changed', '-s', '+promised', '--resource-type', 'model', 'seed')
    expect(changed.done.map(({ status }) => status)).toEqual(['no-op', 'success'])
  })

  it('loads a seed before whatever reads it as a source, and keeps each text as it is', { timeout: 120_000 }, async () => {
    using work = workspace()
    project(work, {
      'dbt_project.yml': "name: shop\nversion: '1.0'\nseeds:\n  +schema: raw\n",
      'macros/names.sql': '{% macro generate_schema_name(custom, node) %}{{ custom or target.schema }}{% endmacro %}',
      'seeds/zz_words.csv': 'id,word\n1,"a ""b"", c"\n2,\\N\n3,"two\nlines"\n4,\n',
      'seeds/zz_alone.csv': 'word\nnull\nx\n',
      'models/a_first.sql': "select id, word from {{ source('raw', 'zz_words') }} union all select 9, word from {{ source('raw', 'zz_alone') }}",
      'models/sources.yml': 'sources: [{name: raw, tables: [{name: zz_words}, {name: zz_alone}]}]\n',
    })
    const built = await dbt(work, 'build', '-s', 'a_first', 'zz_words', 'zz_alone')
    expect(built.done.map(({ id, status }) => [id.split('.')[2], status])).toEqual([['zz_alone', 'success'], ['zz_words', 'success'], ['a_first', 'success']])
    expect(await rowsOf(work, [['main.a_first', "id, coalesce(replace(word, chr(10), '/'), '-')"]])).toEqual(['1,a "b", c;2,\\N;3,two/lines;4,-;9,-;9,x;'])
  })

  it.each<readonly [name: string, changes: Readonly<Record<string, string>>, code: string]>([
    ['a contract that is broken', { 'models/promised.sql': "select id from {{ ref('events') }}" }, 'dbt-contract'],
    ['a query of what is outside', { 'models/promised.sql': "select * from read_csv('/etc/passwd')" }, 'sql-function-not-allowed'],
    ['a query of a schema that is not the project’s', { 'models/promised.sql': 'select 1 as id, 2.0 as amount from secret.keys' }, 'sql-unknown-table'],
    ['a statement that is no query', { 'models/promised.sql': 'drop table main.events' }, 'sql-'],
    ['a hook that changes something', { 'models/promised.sql': "{{ config(post_hook='delete from main.events') }}select 1 as id, cast(2.0 as double) as amount" }, 'sql-'],
  ])('says where there is %s', async (_name, changes, code) => {
    using work = workspace()
    project(work, changes)
    const { done } = await dbt(work, 'build', '-s', '+promised', '--resource-type', 'model', 'seed')
    const promised = done.find(({ id }) => id === 'model.shop.promised')
    expect(promised).toMatchObject({ status: 'error', diagnostics: [expect.objectContaining({ code: expect.stringMatching(new RegExp(`^${code}`, 'u')) as string, place: expect.objectContaining({ file: 'models/promised.sql' }) as object })] })
  })

  it('skips what reads a model whose test fails, and ends with 1', async () => {
    using work = workspace()
    project(work, { 'models/after.sql': "select * from {{ ref('promised') }}", 'seeds/events.csv': 'id,kind,amount,at\n1,a,1.5,2026-01-01 10:00:00\n1,a,2.5,2026-01-02 10:00:00\n' })
    const { code, done } = await dbt(work, 'build', '-s', '+after')
    expect(code).toBe(1)
    expect(done.find(({ id }) => id.includes('unique_promised'))?.status).toBe('fail')
    expect(done.find(({ id }) => id === 'model.shop.after')).toMatchObject({ status: 'skipped', message: 'Skipped because of promised.' })
  })

  it('goes on by stretches of time, follows a query whose columns change as it is told, and keeps failures', { timeout: 240_000 }, async () => {
    using work = workspace()
    const year = new Date().getUTCFullYear()
    const events = (...more: readonly string[]): string => `id,kind,amount,at\n1,a,1,${year - 2}-03-01 00:00:00\n2,b,2,${year}-01-01 00:00:00\n${more.map((line) => `${line}\n`).join('')}`
    const grown = (change: string, columns: string): string => `{{ config(materialized='incremental', on_schema_change='${change}') }}select ${columns} from {{ ref('events') }}{% if is_incremental() %} where id > 2{% endif %}`
    project(work, {
      'dbt_project.yml': "name: shop\nversion: '1.0'\nseeds:\n  shop:\n    +event_time: at\n    events:\n      +column_types: {at: timestamp}\n",
      'seeds/events.csv': events(),
      'seeds/texts.csv': 'id,word\n1,\n2,""\n3,x\n4,null\n',
      'models/batches.sql': `{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at', batch_size='year', begin='${year - 2}-01-01', lookback=0) }}select id, amount, "at" from {{ ref('events') }}`,
      'models/appends.sql': grown('append_new_columns', 'id'),
      'models/syncs.sql': grown('sync_all_columns', 'id, kind'),
      'models/refuses.sql': grown('fail', 'id'),
      'models/ignores.sql': grown('ignore', 'id'),
      'tests/kept.sql': "{{ config(store_failures=true, severity='warn') }}select id from {{ ref('events') }} where id > 1",
    })
    const first = await dbt(work, 'build')
    expect(first.done.filter(({ status }) => status === 'error' || status === 'fail')).toEqual([])
    expect(await rowsOf(work, [['main.batches', 'id, amount'], ['main_dbt_test__audit.kept', 'id, 1'], ['main.texts', 'count(word), count(*)']])).toEqual(['1,1;2,2;', '2,1;', '1,4;'])
    project(work, {
      'dbt_project.yml': "name: shop\nversion: '1.0'\nseeds:\n  shop:\n    +event_time: at\n    events:\n      +column_types: {at: timestamp}\n",
      // The one two years ago is over; this year is built anew, and the new one is in it.
      'seeds/events.csv': events(`3,c,3,${year}-01-01 00:00:00`, `4,d,4,${year - 2}-04-01 00:00:00`).replace('2,b,2,', '2,b,20,'),
      'models/appends.sql': grown('append_new_columns', 'id, kind'),
      'models/syncs.sql': grown('sync_all_columns', 'id, amount'),
      'models/refuses.sql': grown('fail', 'id, kind'),
      'models/ignores.sql': grown('ignore', 'id, kind'),
    })
    const second = await dbt(work, 'build')
    expect(second.done.filter(({ status }) => status === 'error').map(({ id, diagnostics }) => [id, diagnostics?.map(({ code }) => code)])).toEqual([['model.shop.refuses', ['dbt-schema-change']]])
    expect(await rowsOf(work, [['main.batches', 'id, amount'], ['main.appends', "id, coalesce(kind, '-')"], ['main.syncs', "id, coalesce(amount, -1)"], ['main.refuses', 'id, 1'], ['main.ignores', 'id, 1']])).toEqual([
      '1,1;2,20;3,3;', '1,-;2,-;3,c;4,d;', '1,-1;2,-1;3,3;4,4;', '1,1;2,1;', '1,1;2,1;3,1;4,1;',
    ])
  })

  const schemas = join(CORPORA, 'dbt-artifact-schemas/dbt')
  it.skipIf(!existsSync(schemas))('writes artifacts that dbt’s own schemas accept (skipped where the corpora are absent)', { timeout: 120_000 }, async () => {
    using work = workspace()
    project(work)
    await dbt(work, 'build')
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
    for (const [file, schema] of [['manifest', 'manifest/v12'], ['run_results', 'run-results/v6'], ['catalog', 'catalog/v1']] as const) {
      const valid = ajv.compile(JSON.parse(readFileSync(join(schemas, `${schema}.json`), 'utf8')) as object)
      const artifact = JSON.parse(readFileSync(join(work.folder, 'shop/target', `${file}.json`), 'utf8')) as Record<string, unknown>
      valid(artifact)
      expect([file, (valid.errors ?? []).slice(0, 5).map((error) => `${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`)]).toEqual([file, []])
      expect(valid({ ...artifact, metadata: undefined, unknown: 1 })).toBe(false)
    }
  })
})

describe('tulle dbt ls', () => {
  it('lists a selection as dbt does', async () => {
    using work = workspace()
    project(work)
    expect((await work.tulle(['dbt', 'ls', 'shop', '-s', '+promised', '--resource-type', 'model', 'seed'])).out).toBe('shop.promised\nshop.events\n')
    expect((await work.tulle(['dbt', 'parse', 'nowhere'])).code).toBe(1)
    expect(readdirSync(join(work.folder, 'shop'))).not.toContain('target')
  })
})
