// The names of a rendering that depend on its node: ref, source, config, var, this, adapter, statements.

import type { Json } from '@tulle/kernel'
import { raise } from '../jinja/errors.ts'
import { Func, fromJson, isList, print, Space, truthy } from '../jinja/values.ts'
import type { CallSite, Keywords, Value } from '../jinja/values.ts'
import type { RelationFacts, Rows } from './answers.ts'
import { Column, quoted, Relation, ResultTable } from './relation.ts'
import type { Rendering } from './rendering.ts'

const NOTHING = new Func('nothing', () => null)

/** Undefined where the name is none of these. */
export function nodeName(rendering: Rendering, name: string, forPackage: string): Value {
  const { options, house } = rendering
  const { seen, resolver } = options
  switch (name) {
    case 'ref': return new Func(name, (args, keywords, site) => resolver.ref(refOf(args, keywords), site))
    case 'source': return new Func(name, (args, _keywords, site) => sourceOf(rendering, args, site))
    case 'config': return configOf(rendering)
    case 'builtins': return new Space(name, (member) => (['ref', 'source', 'config'].includes(member) ? nodeName(rendering, member, forPackage) : undefined))
    case 'var': return variableOf(rendering, forPackage)
    case 'this': return seen.this
    case 'model': case 'node': return seen.model()
    case 'execute': return options.execute
    case 'is_incremental': return new Func(name, () => options.incremental === true && options.fullRefresh !== true)
    case 'should_full_refresh': return new Func(name, () => options.fullRefresh === true)
    case 'should_store_failures': return new Func(name, () => seen.config['store_failures'] === true)
    case 'adapter': return adapterOf(rendering, forPackage)
    case 'statement': return new Func(name, (args, keywords, site) => {
      const caller = keywords.get('caller')
      const sql = caller instanceof Func ? print(caller.call([], new Map(), site)) : ''
      const fetch = truthy(args[1] ?? keywords.get('fetch_result') ?? false)
      const table = options.execute ? query(rendering, sql) : undefined
      rendering.results.set(print(args[0] ?? keywords.get('name') ?? 'main'), table === undefined ? null : new Space('result', { table: fetch ? table : null, data: fetch ? table.rows.map((row) => [...row.values]) : [], response: 'OK' }))
      return ''
    })
    case 'load_result': return new Func(name, ([key]) => rendering.results.get(print(key)) ?? null)
    case 'run_query': return new Func(name, ([sql]) => (options.execute ? query(rendering, print(sql)) : null))
    case 'get_where_subquery': return new Func(name, ([relation]) => whereOf(relation, seen.config['where']))
    case 'load_relation': return new Func(name, ([relation]) => (relation instanceof Relation ? relationAt(rendering, relation.parts.schema ?? '', relation.parts.identifier ?? '') : null))
    case 'get_columns_in_query': return new Func(name, ([sql]) => (options.execute ? query(rendering, `select * from (${print(sql)}) as q where false limit 0`).columns.map((column) => column.name) : []))
    case 'graph': return house.graph()
    case 'log': case 'print': return new Func(name, ([line]) => {
      options.log?.(print(line).slice(0, 2000))
      return ''
    })
    case 'flags': return new Space(name, { FULL_REFRESH: options.fullRefresh === true, WHICH: options.execute ? 'build' : 'parse', STORE_FAILURES: false, EMPTY: false })
    case 'context': return new Space(name, (member) => rendering.globalsFor(forPackage)(member))
    case 'schema': return seen.this?.parts.schema ?? house.settings.target.schema
    case 'database': return house.settings.target.database
    case 'pre_hooks': case 'post_hooks': return []
    default: return undefined
  }
}

function sourceOf({ house, options: { resolver } }: Rendering, args: readonly Value[], site: CallSite): Value {
  const [source, table] = args.length === 1 && house.settings.plain === true ? [args[0], args[0]] : args
  if (args.length > 2 || typeof source !== 'string' || typeof table !== 'string') return raise(house.settings.plain === true ? '"source" takes the name of an input port' : '"source" takes a source and a table')
  return resolver.source(source, table, site)
}

function refOf(args: readonly Value[], keywords: Keywords): { readonly package?: string; readonly name: string; readonly version?: string } {
  const version = keywords.get('version') ?? keywords.get('v')
  if (args.length < 1 || args.length > 2 || args.some((arg) => typeof arg !== 'string')) return raise('"ref" takes the name of a model, or a project and a model')
  const [first, second] = args as readonly string[]
  return { ...(second !== undefined && { package: first as string }), name: (second ?? first) as string, ...(version !== undefined && version !== null && { version: print(version) }) }
}

function configOf({ options }: Rendering): Value {
  const { seen, resolver } = options
  const get = (key: string): Json | undefined => seen.config[key] ?? seen.config[key.replaceAll('_', '-')]
  return new Func('config', ([given], keywords) => {
    const settings = new Map<string, Value>(keywords)
    if (given instanceof Map) for (const [key, value] of given) settings.set(print(key), value)
    resolver.config?.(settings)
    return ''
  }, {
    get: new Func('get', (args, keywords) => ((value) => (value === undefined || value === null ? (args[1] ?? keywords.get('default') ?? null) : fromJson(value)))(get(print(args[0])))),
    require: new Func('require', ([key]) => ((value) => (value === undefined ? (options.execute ? raise(`the config "${print(key)}" is required`) : '') : fromJson(value)))(get(print(key)))),
    meta_get: new Func('meta_get', (args) => fromJson((get('meta') as Record<string, Json> | undefined)?.[print(args[0])] ?? null)),
    set: new Func('set', () => ''),
    persist_relation_docs: new Func('persist_relation_docs', () => false),
    persist_column_docs: new Func('persist_column_docs', () => false),
  })
}

function variableOf({ options, house }: Rendering, forPackage: string): Value {
  const find = (name: string): Json | undefined => options.vars?.[name] ?? house.variable(name, forPackage)
  return new Func('var', (args, keywords) => {
    const name = print(args[0])
    const value = find(name)
    if (value !== undefined) return fromJson(value)
    if (args.length > 1) return args[1]
    if (keywords.has('default')) return keywords.get('default')
    return raise(`the variable "${name}" has no value; give it with --vars or in dbt_project.yml`)
  }, { has_var: new Func('has_var', ([name]) => find(print(name)) !== undefined) })
}

function query({ options }: Rendering, sql: string): ResultTable {
  const rows = (options.answers ?? raise('no warehouse is at hand to ask')).get({ kind: 'query', sql: sql.trim().replace(/;\s*$/u, '') }) as Rows
  return new ResultTable(rows.columns, rows.rows)
}

function factsOf({ options }: Rendering, schema: string, name: string): RelationFacts | null {
  return options.answers === undefined ? null : (options.answers.get({ kind: 'relation', schema, name }) as RelationFacts | null)
}

const relationOf = (rendering: Rendering, facts: RelationFacts): Relation => new Relation({ database: rendering.house.settings.target.database, schema: facts.schema, identifier: facts.name, kind: facts.kind })

function relationAt(rendering: Rendering, schema: string, name: string): Value {
  const facts = factsOf(rendering, schema, name)
  return facts === null ? null : relationOf(rendering, facts)
}

function whereOf(relation: Value, where: Json | undefined): Value {
  return relation instanceof Relation && typeof where === 'string' && where !== '' ? new Relation({ ...relation.parts, where }) : relation
}

function adapterOf(rendering: Rendering, forPackage: string): Value {
  const { execute } = rendering.options
  const named = (args: readonly Value[], keywords: Keywords, at: number, name: string): string => print(args[at] ?? keywords.get(name) ?? '')
  const columns = (relation: Value): readonly Column[] => {
    if (!execute || !(relation instanceof Relation)) return []
    return (factsOf(rendering, relation.parts.schema ?? '', relation.parts.identifier ?? '')?.columns ?? []).map((column) => new Column(column.name, column.type))
  }
  const refuse = (what: string) => (): never => raise(`a template may not ${what}; the platform does that by itself`)
  const members: Readonly<Record<string, Value>> = {
    dispatch: new Func('dispatch', (args, keywords) => {
      const namespace = args[1] ?? keywords.get('macro_namespace') ?? keywords.get('packages')
      const space = isList(namespace) ? namespace[0] : namespace
      return rendering.dispatch(named(args, keywords, 0, 'macro_name'), typeof space === 'string' ? space : undefined, forPackage)
    }),
    get_relation: new Func('get_relation', (args, keywords) => (execute ? relationAt(rendering, named(args, keywords, 1, 'schema'), named(args, keywords, 2, 'identifier')) : null)),
    load_relation: new Func('load_relation', ([relation]) => (execute && relation instanceof Relation ? relationAt(rendering, relation.parts.schema ?? '', relation.parts.identifier ?? '') : null)),
    get_columns_in_relation: new Func('get_columns_in_relation', (args, keywords) => columns(args[0] ?? keywords.get('relation'))),
    get_missing_columns: new Func('get_missing_columns', ([from, to]) => ((there) => columns(from).filter((column) => !there.has(column.name)))(new Set(columns(to).map((column) => column.name)))),
    list_relations_without_caching: new Func('list_relations_without_caching', ([relation]) => (execute && rendering.options.answers !== undefined && relation instanceof Relation ? (rendering.options.answers.get({ kind: 'relations', schema: relation.parts.schema ?? '' }) as readonly RelationFacts[]).map((facts) => relationOf(rendering, facts)) : [])),
    check_schema_exists: new Func('check_schema_exists', () => true),
    quote: new Func('quote', ([name]) => quoted(print(name))),
    quote_as_configured: new Func('quote_as_configured', ([name]) => quoted(print(name))),
    quote_seed_column: new Func('quote_seed_column', ([name]) => quoted(print(name))),
    type: new Func('type', () => 'duckdb'),
    is_motherduck: new Func('is_motherduck', () => false),
    expand_target_column_types: NOTHING, commit_if_has_connection: NOTHING, create_schema: NOTHING, cache_added: NOTHING,
    drop_relation: new Func('drop_relation', refuse('drop a relation')),
    drop_schema: new Func('drop_schema', refuse('drop a schema')),
    rename_relation: new Func('rename_relation', refuse('rename a relation')),
    truncate_relation: new Func('truncate_relation', refuse('empty a relation')),
  }
  return new Space('adapter', members)
}

