// `manifest.json`, version 12: the project as dbt's tools read it.

import type { Json } from '@tulle/kernel'
import { mapOf, listOf } from '../project/read-yaml.ts'
import type { ColumnSpec, Config, Node, Project } from '../types.ts'

export interface ArtifactOptions { readonly invocation: string; readonly generatedAt: Date }

const VERSION = '1.10.0'
const SCHEMAS = 'https://schemas.getdbt.com/dbt'

export const metadataOf = (kind: string, { invocation, generatedAt }: ArtifactOptions): Record<string, Json> => ({ dbt_schema_version: `${SCHEMAS}/${kind}.json`, dbt_version: VERSION, generated_at: generatedAt.toISOString(), invocation_id: invocation, env: {} })

/** `compiled` is the code of nodes that were compiled, by id. */
export function manifestOf(project: Project, options: ArtifactOptions, compiled: ReadonlyMap<string, string> = new Map()): Json {
  const nodes = [...project.nodes.values()]
  const parents = parentMap(project)
  const children = new Map<string, string[]>([...parents.keys()].map((id) => [id, []]))
  for (const [id, needs] of parents) for (const need of needs) children.set(need, [...(children.get(need) ?? []), id])
  return {
    metadata: { ...metadataOf('manifest/v12', options), project_name: project.name, adapter_type: 'duckdb', quoting: { database: true, schema: true, identifier: true } },
    nodes: Object.fromEntries(nodes.map((node) => [node.id, nodeOf(project, node, compiled.get(node.id))])),
    sources: Object.fromEntries([...project.sources.values()].map((source) => [source.id, {
      database: source.database, schema: source.schema, name: source.name, resource_type: 'source', package_name: source.package, path: source.path, original_file_path: source.file, unique_id: source.id, fqn: source.fqn,
      source_name: source.source, source_description: source.sourceDescription, loader: source.loader, identifier: source.identifier, description: source.description, columns: columnsOf(source.columns), meta: source.meta, tags: source.tags, config: { enabled: true }, relation_name: `"${source.database}"."${source.schema}"."${source.identifier}"`,
    }])),
    macros: Object.fromEntries([...project.macros.values()].map((macro) => [macro.id, { name: macro.block.kind === 'test' ? `test_${macro.name}` : macro.name, resource_type: 'macro', package_name: macro.package, path: macro.file, original_file_path: macro.file, unique_id: macro.id, macro_sql: macro.template.text.slice(macro.block.at, macro.block.end), depends_on: { macros: macro.uses }, description: macro.description, arguments: [] }])),
    docs: Object.fromEntries([...project.docs.values()].map((block) => [block.id, { name: block.name, resource_type: 'doc', package_name: block.package, path: block.file, original_file_path: block.file, unique_id: block.id, block_contents: block.text }])),
    exposures: Object.fromEntries([...project.exposures.values()].map((one) => [one.id, { name: one.name, resource_type: 'exposure', package_name: one.package, path: one.file, original_file_path: one.file, unique_id: one.id, fqn: one.fqn, type: one.kind, owner: { name: text(one.owner['name']), email: text(one.owner['email']) }, description: one.description, label: one.label ?? null, maturity: one.maturity ?? null, url: one.url ?? null, depends_on: { macros: [], nodes: one.needs }, config: { enabled: true }, tags: listOf(one.config['tags']), meta: mapOf(one.config['meta']) }])),
    metrics: {}, semantic_models: {}, saved_queries: {},
    groups: Object.fromEntries([...project.groups.values()].map((group) => [group.id, { name: group.name, resource_type: 'group', package_name: group.package, path: group.file, original_file_path: group.file, unique_id: group.id, owner: { name: text(group.owner['name']), email: text(group.owner['email']) } }])),
    selectors: Object.fromEntries(Object.entries(project.selectors).map(([name, selector]) => [name, selector])),
    disabled: Object.fromEntries([...project.disabled.values()].map((node) => [node.id, [nodeOf(project, node, undefined)]])),
    parent_map: Object.fromEntries([...parents].map(([id, needs]) => [id, needs])),
    child_map: Object.fromEntries(children),
    group_map: Object.fromEntries([...project.groups.values()].map((group) => [group.name, nodes.filter((node) => node.group === group.name).map((node) => node.id)])),
    unit_tests: Object.fromEntries([...project.unitTests.values()].map((test) => [test.id, { model: test.modelName, given: test.given.map(({ input, rows, format }) => ({ input, rows: rows as Json, format })), expect: { rows: test.expect.rows as Json, format: test.expect.format }, name: test.name, resource_type: 'unit_test', package_name: test.package, path: test.file, original_file_path: test.file, unique_id: test.id, fqn: test.fqn, description: test.description, overrides: { macros: test.overrides.macros, vars: test.overrides.vars, env_vars: test.overrides.environment }, depends_on: { macros: [], nodes: [test.model] }, config: { tags: listOf(test.config['tags']), meta: mapOf(test.config['meta']), enabled: true }, schema: project.nodes.get(test.model)?.schema ?? null }])),
  }
}

const text = (value: Json | undefined): string | null => (value === undefined || value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value))

function parentMap(project: Project): ReadonlyMap<string, readonly string[]> {
  const known = (needs: readonly string[]): readonly string[] => needs.filter((id) => project.nodes.has(id) || project.sources.has(id))
  return new Map([
    ...[...project.nodes.values()].map((node): [string, readonly string[]] => [node.id, known(node.needs)]),
    ...[...project.sources.keys()].map((id): [string, readonly string[]] => [id, []]),
    ...[...project.exposures.values()].map((one): [string, readonly string[]] => [one.id, known(one.needs)]),
    ...[...project.unitTests.values()].map((test): [string, readonly string[]] => [test.id, known([test.model])]),
  ])
}

const columnsOf = (columns: readonly ColumnSpec[]): Json =>
  Object.fromEntries(columns.map((column) => [column.name, { name: column.name, description: column.description, meta: column.meta, data_type: column.type ?? null, constraints: column.constraints.map((one) => ({ type: mapOf(one)['type'] ?? 'custom', ...only(mapOf(one), ['name', 'expression', 'warn_unenforced', 'warn_unsupported', 'to', 'to_columns']) })), quote: null, tags: column.tags }]))

const only = (config: Config, keys: readonly string[]): Record<string, Json> => Object.fromEntries(keys.filter((key) => config[key] !== undefined).map((key) => [key, config[key] as Json]))

function nodeOf(project: Project, node: Node, compiled: string | undefined): Json {
  const { config } = node
  const enforced = mapOf(config['contract'])['enforced'] === true
  const relation = node.type === 'analysis' || (node.type === 'test' && config['store_failures'] !== true) || config['materialized'] === 'ephemeral' ? null : `"${node.database}"."${node.schema}"."${node.alias}"`
  const kind = node.type
  return {
    database: node.database, schema: node.schema, name: node.name, resource_type: kind, package_name: node.package, path: node.path, original_file_path: node.file, unique_id: node.id, fqn: node.fqn, alias: node.alias,
    checksum: { name: kind === 'test' && node.test !== undefined ? 'none' : 'sha256', checksum: node.test === undefined ? node.checksum : '' },
    config: configOf(node), tags: listOf(config['tags']).map(text), description: node.description, columns: columnsOf(node.columns), meta: mapOf(config['meta']), group: node.group ?? null, docs: { show: mapOf(config['docs'])['show'] !== false },
    patch_path: node.patch === undefined ? null : `${node.package}://${node.patch}`, relation_name: relation, raw_code: kind === 'seed' ? '' : node.raw, unrendered_config: {}, created_at: project.settings.now.getTime() / 1000,
    ...(kind === 'seed'
      ? { root_path: null, depends_on: { macros: [] } }
      : {
          language: 'sql',
          refs: node.refs.map((ref) => ({ name: ref.name, package: ref.package ?? null, version: ref.version ?? null })),
          sources: node.sources.map((pair) => [...pair]), metrics: [], functions: [], depends_on: { macros: node.macros, nodes: node.needs },
          compiled_path: null, compiled: compiled !== undefined, compiled_code: compiled ?? null, extra_ctes_injected: compiled !== undefined, extra_ctes: [],
          contract: { enforced, alias_types: true, checksum: null },
        }),
    ...(kind === 'model' && { access: node.access, constraints: node.constraints.map((one) => ({ type: mapOf(one)['type'] ?? 'custom', ...only(mapOf(one), ['name', 'expression', 'columns', 'to', 'to_columns']) })), version: node.version === undefined ? null : versionOf(node.version), latest_version: node.latestVersion === undefined ? null : versionOf(node.latestVersion), deprecation_date: null, primary_key: [] }),
    ...(node.test !== undefined && { column_name: node.test.column ?? null, file_key_name: null, attached_node: node.test.about ?? null, test_metadata: { name: node.test.name, kwargs: { ...node.test.arguments, model: `{{ get_where_subquery(${(/\{\{\s*(.*?)\s*\}\}/su.exec(node.template.text)?.[1] ?? '')}) }}` }, namespace: node.test.namespace ?? null } }),
  }
}

const versionOf = (version: string): Json => (/^\d+$/u.test(version) ? Number(version) : version)

/** A hook is told with how it runs. */
function configOf(node: Node): Json {
  const { config } = node
  const hooks = (key: string): Json => listOf(config[key]).map((hook) => (typeof hook === 'string' ? { sql: hook, transaction: true, index: null } : hook))
  const shaped: Record<string, Json> = { ...config, tags: listOf(config['tags']).map(text), contract: { enforced: mapOf(config['contract'])['enforced'] === true, alias_types: true } }
  if (node.type === 'test') {
    delete shaped['contract']
    shaped['severity'] = String(config['severity'] ?? 'ERROR').toUpperCase() === 'WARN' ? 'WARN' : 'ERROR'
  } else {
    shaped['pre-hook'] = hooks('pre-hook')
    shaped['post-hook'] = hooks('post-hook')
  }
  return shaped
}
