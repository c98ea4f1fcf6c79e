// The names of a rendering that are the same for every node of a project.

import { createHash } from 'node:crypto'
import { raise } from '../jinja/errors.ts'
import { pythonJson } from '../jinja/filters.ts'
import { Func, fromJson, isList, itemsOf, print, PySet, Space, toJson, tupleOf } from '../jinja/values.ts'
import type { Value } from '../jinja/values.ts'
import { readYaml } from '../project/read-yaml.ts'
import type { ProjectSettings } from '../types.ts'
import { PATTERNS } from './patterns.ts'
import { COLUMN_CLASS, RELATION_CLASS } from './relation.ts'
import { compilerError } from './rendering.ts'
import { datetimeModule, PYTZ, Time } from './times.ts'

const DBT_VERSION = '1.10.0'

export function sharedNames(settings: ProjectSettings, projectName: string, invocation: string): (name: string) => Value {
  const { target, now } = settings
  const names: Record<string, Value> = {
    target: new Space('target', { name: target.name, schema: target.schema, database: target.database, dbname: target.database, type: 'duckdb', threads: target.threads, profile_name: target.profile, user: '', host: '' }),
    env_var: new Func('env_var', ([name, fallback]) => environment(settings, print(name), fallback)),
    run_started_at: new Time(now.getTime(), 'datetime', true),
    invocation_id: invocation,
    project_name: projectName,
    dbt_version: DBT_VERSION,
    thread_id: 'Thread-1',
    invocation_args_dict: new Map<Value, Value>(),
    dbt_metadata_envs: new Map<Value, Value>(),
    selected_resources: [],
    modules: new Space('modules', { datetime: datetimeModule(now), pytz: PYTZ, re: PATTERNS, itertools: ITERTOOLS }),
    api: new Space('api', { Relation: RELATION_CLASS, Column: COLUMN_CLASS }),
    exceptions: new Space('exceptions', EXCEPTIONS),
    fromjson: new Func('fromjson', ([text, fallback]) => parsed(() => fromJson(JSON.parse(print(text))), fallback)),
    tojson: new Func('tojson', (args, keywords) => pythonJson(toJson(args[0]), args[2] === true || keywords.get('sort_keys') === true)),
    fromyaml: new Func('fromyaml', ([text, fallback]) => ((yaml) => (yaml.ok ? fromJson(yaml.value.value) : (fallback ?? null)))(readYaml(print(text), 'fromyaml'))),
    toyaml: new Func('toyaml', ([value]) => JSON.stringify(toJson(value))),
    local_md5: new Func('local_md5', ([text]) => createHash('md5').update(print(text)).digest('hex')),
    set_strict: new Func('set_strict', ([value]) => new PySet(itemsOf(value) ?? raise('set_strict needs members'))),
    zip_strict: new Func('zip_strict', (lists) => ((all) => Array.from({ length: Math.min(...all.map((list) => list.length)) }, (_, i) => tupleOf(all.map((list) => list[i]))))(lists.map((list) => itemsOf(list) ?? raise('zip_strict needs lists')))),
    diff_of_two_dicts: new Func('diff_of_two_dicts', ([a]) => a),
    noop_statement: new Func('noop_statement', () => ''),
    partition_range: new Func('partition_range', () => []),
  }
  return (name) => (Object.hasOwn(names, name) ? names[name] : undefined)
}

function environment({ environment: given }: ProjectSettings, name: string, fallback: Value): Value {
  if (Object.hasOwn(given, name)) return given[name]
  return fallback === undefined ? raise(`the environment has no "${name}", and no default is given`) : fallback
}

function parsed(read: () => Value, fallback: Value): Value {
  try {
    return read()
  } catch {
    return fallback ?? null
  }
}

const EXCEPTIONS: Readonly<Record<string, Value>> = {
  raise_compiler_error: new Func('raise_compiler_error', ([detail], _keywords, site) => compilerError(print(detail), site)),
  raise_not_implemented: new Func('raise_not_implemented', ([detail], _keywords, site) => compilerError(print(detail), site)),
  raise_database_error: new Func('raise_database_error', ([detail], _keywords, site) => compilerError(print(detail), site)),
  raise_dependency_error: new Func('raise_dependency_error', ([detail], _keywords, site) => compilerError(print(detail), site)),
  raise_fail_fast_error: new Func('raise_fail_fast_error', ([detail], _keywords, site) => compilerError(print(detail), site)),
  missing_config: new Func('missing_config', ([, name], _keywords, site) => compilerError(`The config "${print(name)}" is missing`, site)),
  column_type_missing: new Func('column_type_missing', (_args, _keywords, site) => compilerError('A column has no type', site)),
  relation_wrong_type: new Func('relation_wrong_type', ([relation], _keywords, site) => compilerError(`${print(relation)} is of another type`, site)),
  warn: new Func('warn', () => ''),
  warn_snapshot_timestamp_data_types: new Func('warn_snapshot_timestamp_data_types', () => ''),
}

const MOST_PRODUCTS = 100_000

function product(lists: readonly (readonly Value[])[]): Value {
  if (lists.reduce((count, list) => count * Math.max(1, list.length), 1) > MOST_PRODUCTS) return raise(`at most ${MOST_PRODUCTS} combinations are allowed`)
  return lists.reduce<Value[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]).map((row) => tupleOf(row))
}

const ITERTOOLS = new Space('itertools', {
  product: new Func('product', (lists) => product(lists.map((list) => itemsOf(list) ?? raise('product needs lists')))),
  chain: new Func('chain', (lists) => lists.flatMap((list) => [...(isList(list) ? list : (itemsOf(list) ?? []))]), { from_iterable: new Func('from_iterable', ([lists]) => (itemsOf(lists) ?? []).flatMap((list) => [...(itemsOf(list) ?? [])])) }),
})
