// A node's template to the query that the warehouse runs, with the ephemeral models that it reads as its first WITH names.

import type { Json, Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import { Return } from '../jinja/compile.ts'
import { JinjaError, placeOf } from '../jinja/limits.ts'
import { parseTemplate } from '../jinja/parse.ts'
import { fromJson, Func, print, toJson } from '../jinja/values.ts'
import type { Value } from '../jinja/values.ts'
import type { Answers } from '../context/answers.ts'
import { nodeName } from '../context/node-names.ts'
import { Relation } from '../context/relation.ts'
import { Rendering } from '../context/rendering.ts'
import type { House, Resolver, Seen } from '../context/rendering.ts'
import { messages } from '../messages.ts'
import type { Node, Project } from '../types.ts'
import { findNode } from '../project/resolve.ts'

export interface CompileOptions {
  readonly answers?: Answers
  readonly incremental?: boolean
  readonly fullRefresh?: boolean
  readonly log?: (line: string) => void
  /** Relations that stand in for what `ref` and `source` mean, by id; of a unit test, or of a batch. */
  readonly instead?: ReadonlyMap<string, Relation>
  readonly overrides?: ReadonlyMap<string, Value>
  readonly vars?: Readonly<Record<string, Json>>
  /** What `this` is, where it is not the node's own relation. */
  readonly self?: Relation
  /** Takes what `config(…)` says while the node renders: macros of generic tests say it there. */
  readonly onConfig?: (settings: Readonly<Record<string, Json>>) => void
}

export class Compiler {
  readonly project: Project
  readonly house: House
  readonly #byName = new Map<string, Node[]>()

  constructor(project: Project, house: House) {
    this.project = project
    this.house = house
    for (const node of project.nodes.values()) if (node.type === 'model' || node.type === 'seed' || node.type === 'snapshot') this.#byName.set(node.name, [...(this.#byName.get(node.name) ?? []), node])
  }

  relationOf(node: Node): Relation {
    if (node.config['materialized'] === 'ephemeral') return new Relation({ schema: node.schema, identifier: `__dbt__cte__${node.alias}`, kind: 'cte' })
    return new Relation({ database: node.database, schema: node.schema, identifier: node.alias, kind: node.config['materialized'] === 'view' ? 'view' : 'table' })
  }

  /** `unanswered` questions pass through as they are thrown. */
  compile(node: Node, options: CompileOptions = {}): Result<string> {
    const ephemeral = new Set<string>()
    const rendered = this.#guard(() => (node.test === undefined ? this.#rendering(node, options, ephemeral).render(node.template) : this.#testSql(node, options, ephemeral)))
    return rendered.ok ? this.#withEphemeral(rendered.value, ephemeral, options) : rendered
  }

  /** A text that belongs to a node: a hook, a condition. */
  renderText(node: Node, text: string, options: CompileOptions = {}): Result<string> {
    const template = parseTemplate(text, node.file)
    return template.ok ? this.#guard(() => this.#rendering(node, options, new Set()).render(template.value)) : template
  }

  #guard(render: () => string): Result<string> {
    try {
      return ok(render())
    } catch (error) {
      if (error instanceof JinjaError) return fail(error.diagnostic)
      if (error instanceof Return) return ok(print(error.value))
      throw error
    }
  }

  #rendering(node: Node, options: CompileOptions, ephemeral: Set<string>): Rendering {
    const { answers, incremental, fullRefresh, log, overrides, vars } = options
    const self = options.self ?? this.relationOf(node)
    const seen: Seen = { id: node.id, name: node.name, package: node.package, config: node.config, this: self, model: () => fromJson(this.#modelOf(node)) }
    return new Rendering(this.house, {
      seen, execute: true, resolver: this.#resolver(node, options, ephemeral),
      ...(answers !== undefined && { answers }), ...(incremental !== undefined && { incremental }), ...(fullRefresh !== undefined && { fullRefresh }), ...(log !== undefined && { log }), ...(overrides !== undefined && { overrides }), ...(vars !== undefined && { vars }),
    }, nodeName)
  }

  #modelOf(node: Node): Json {
    return { unique_id: node.id, name: node.name, resource_type: node.type, package_name: node.package, original_file_path: node.file, path: node.path, fqn: node.fqn, alias: node.alias, schema: node.schema, database: node.database, config: node.config, tags: node.config['tags'] ?? [], description: node.description, columns: Object.fromEntries(node.columns.map((column) => [column.name, { name: column.name, description: column.description, data_type: column.type ?? null, meta: column.meta }])), depends_on: { nodes: node.needs, macros: node.macros }, raw_code: node.raw, version: node.version ?? null, refs: node.refs as unknown as Json, tests: [] }
  }

  #resolver(node: Node, { instead, onConfig }: CompileOptions, ephemeral: Set<string>): Resolver {
    return {
      ...(onConfig !== undefined && { config: (settings: ReadonlyMap<string, Value>) => onConfig(Object.fromEntries([...settings].map(([key, value]) => [key, toJson(value) as Json]))) }),
      ref: (call, site) => {
        const found = findNode({ byName: this.#byName, nodes: this.project.nodes }, call, node.package)
        const foreign = found === undefined ? this.project.settings.foreign?.(call.package, call.name, call.version) : undefined
        if (foreign !== undefined) return new Relation({ schema: foreign.schema, identifier: foreign.name, kind: 'table' })
        if (found === undefined || !node.needs.includes(found.id)) throw new JinjaError(messages['dbt-ref-late']({ ref: call.name }, { place: placeOf(site.file, site.text, site.at) }))
        const other = instead?.get(found.id)
        if (other !== undefined) return other
        if (found.config['materialized'] === 'ephemeral') ephemeral.add(found.id)
        return this.relationOf(found)
      },
      source: (source, table, site) => {
        const found = node.needs.map((id) => this.project.sources.get(id)).find((one) => one?.source === source && one.name === table)
        const address = found === undefined ? this.project.settings.sourceAddress?.(source, table) : { schema: found.schema, name: found.identifier }
        if (address === undefined) throw new JinjaError(messages['dbt-ref-late']({ ref: `${source}.${table}` }, { place: placeOf(site.file, site.text, site.at) }))
        return (found === undefined ? undefined : instead?.get(found.id)) ?? new Relation({ schema: address.schema, identifier: address.name, kind: 'table', ...(found !== undefined && { database: found.database }) })
      },
    }
  }

  /** A generic test is a call of its macro. Arguments that are templates are rendered first. */
  #testSql(node: Node, options: CompileOptions, ephemeral: Set<string>): string {
    const spec = node.test
    if (spec === undefined) throw new Bug(`${node.id} is no generic test.`)
    const rendering = this.#rendering(node, options, ephemeral)
    const reference = /\{\{.*?\}\}/su.exec(node.template.text)?.[0] ?? ''
    const value = (text: string): Value => {
      const template = parseTemplate(text, node.file)
      if (!template.ok) throw new JinjaError(template.diagnostics[0] as never)
      return rendering.value(template.value)
    }
    const argument = (given: Json): Value => {
      if (typeof given === 'string') {
        if (/^\s*(?:ref|source|var|env_var)\s*\(.+\)\s*$/su.test(given)) return value(`{{ ${given} }}`)
        return given.includes('{{') || given.includes('{%') ? value(given) : given
      }
      if (Array.isArray(given)) return (given as readonly Json[]).map(argument)
      return typeof given === 'object' && given !== null ? new Map(Object.entries(given).map(([key, one]) => [key, argument(one as Json)])) : fromJson(given)
    }
    const model = value(reference)
    const where = node.config['where']
    const seen = model instanceof Relation && typeof where === 'string' && where !== '' ? new Relation({ ...model.parts, where: print(argument(where)), ...(model.parts.kind === 'cte' && { kind: 'table', shown: ['identifier'], bare: true }) }) : model
    const keywords = new Map<string, Value>([['model', seen], ...Object.entries(spec.arguments).map(([key, given]): [string, Value] => [key, key === 'column_name' ? fromJson(given) : argument(given)])])
    const { macros } = this.house
    const macro = spec.namespace === undefined ? macros.find(`test_${spec.name}`, node.package) : macros.in(spec.namespace, `test_${spec.name}`)
    const called = macro === undefined ? rendering.builtIn(`test_${spec.name}`) : rendering.macro(macro)
    if (!(called instanceof Func)) throw new Bug(`The test ${spec.name} was there when ${node.id} was read.`)
    return print(called.call([], keywords, { file: node.file, text: '', at: 0 }))
  }

  #withEphemeral(sql: string, ephemeral: ReadonlySet<string>, options: CompileOptions): Result<string> {
    if (ephemeral.size === 0) return ok(sql)
    const parts = new Map<string, string>()
    const add = (id: string): Result<void> => {
      const node = this.project.nodes.get(id)
      if (node === undefined || parts.has(id)) return ok(undefined)
      const inner = new Set<string>()
      const { self: _self, incremental: _incremental, ...rest } = options
      const rendered = this.#guard(() => this.#rendering(node, rest, inner).render(node.template))
      if (!rendered.ok) return rendered
      for (const need of inner) {
        const added = add(need)
        if (!added.ok) return added
      }
      parts.set(id, `__dbt__cte__${node.alias} as (\n${withoutEnd(rendered.value)}\n)`)
      return ok(undefined)
    }
    for (const id of ephemeral) {
      const added = add(id)
      if (!added.ok) return added
    }
    return ok(joinWith([...parts.values()], sql))
  }
}

export const withoutEnd = (sql: string): string => sql.trim().replace(/(?:;\s*)+$/u, '')

/** More WITH names before those of a query. */
export function joinWith(parts: readonly string[], sql: string): string {
  const found = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*with(\s+recursive)?\s/iu.exec(sql)
  const names = parts.join(', ')
  return found === null ? `with ${names}\n${sql}` : `with${found[1] ?? ''} ${names},\n${sql.slice(found[0].length)}`
}
