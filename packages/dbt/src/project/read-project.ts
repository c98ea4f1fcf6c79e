// The files of a dbt project to all that it holds, resolved, or everything that is wrong with it.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fingerprintOf, resultOf } from '@tulle/kernel'
import { MacroIndex } from '../context/macro-index.ts'
import { nodeName } from '../context/node-names.ts'
import { Rendering } from '../context/rendering.ts'
import type { House, Seen } from '../context/rendering.ts'
import { sharedNames } from '../context/shared-names.ts'
import { GENERIC_TESTS } from '../context/generic-tests.ts'
import { native } from '../jinja/filters.ts'
import { JinjaError } from '../jinja/limits.ts'
import { parseTemplate } from '../jinja/parse.ts'
import { fromJson, Func, print, toJson } from '../jinja/values.ts'
import type { Value } from '../jinja/values.ts'
import { messages } from '../messages.ts'
import type { Config, Package, Project, ProjectFiles, ProjectSettings, ResourceType } from '../types.ts'
import { capture } from './capture.ts'
import type { Draft, Tested } from './draft.ts'
import { enabled } from './draft.ts'
import { makeTests } from './make-tests.ts'
import { ProjectMemory } from './memory.ts'
import { packageFolders, readPackage } from './read-package.ts'
import { readDocs, readMacros } from './read-macros.ts'
import { readNodes, refuseTwice } from './read-nodes.ts'
import type { Reading } from './read-nodes.ts'
import { readSchema } from './read-schema.ts'
import { readExposures, readGroups, readSources, readUnitTests } from './read-others.ts'
import { resolveNodes } from './resolve.ts'
import { isMap, listOf, mapOf, readYaml, textOf } from './read-yaml.ts'

export interface ReadOptions { readonly settings: ProjectSettings; readonly memory?: ProjectMemory; readonly invocation?: string }

export interface ReadProject { readonly project: Project; readonly house: House }

export function readProject(files: ProjectFiles, { settings, memory = new ProjectMemory(), invocation = '00000000-0000-0000-0000-000000000000' }: ReadOptions): Result<ReadProject> {
  const found: Diagnostic[] = []
  const packages = readPackages(files, settings, found)
  const root = [...packages.values()].find((one) => one.root)
  if (root === undefined) return resultOf(undefined as never, found)
  const macros = readMacros(files, packages, memory, found)
  const index = new MacroIndex(macros.values(), packages)
  let graph: Value
  let project: Project | undefined
  const house: House = {
    settings, macros: index, projectName: root.name, invocation,
    variable: (name, forPackage) => variableOf(settings, packages, root, name, forPackage),
    graph: () => (graph ??= project === undefined ? fromJson({ nodes: {}, sources: {}, exposures: {}, groups: {} }) : graphOf(project)),
    shared: sharedNames(settings, root.name, invocation),
  }
  const around = fingerprintOf({ vars: settings.vars, target: settings.target as unknown as Json, environment: settings.environment, packages: [...packages.values()].map((one) => [one.name, one.vars, one.configs as unknown as Json] as Json), macros: [...macros.values()].map((macro) => macro.template.text.slice(macro.block.at, macro.block.end)) })
  const schema = readSchema(files, packages, memory, found)
  const docs = readDocs(files, packages)
  const reading: Reading = {
    files, packages, schema, docs, memory, found,
    rendered: (value, file) => renderValue(house, root.name, value, file, found),
    capture: (draft, template) => (template.body.length === 0 ? { ok: true, value: NOTHING, diagnostics: [] } : memory.captured(draft.id, template, around, () => capture(house, seenAs(draft), template))),
    place: placing(house, settings),
  }
  const drafts = refuseTwice(readNodes(reading), found)
  const sources = readSources(reading, house)
  const tested: Tested[] = [...testedNodes(drafts.values(), schema), ...sources.tested]
  const making = {
    memory, found, rootName: root.name, rendered: reading.rendered, capture: reading.capture,
    place: reading.place,
    known: (name: string, namespace: string | undefined, forPackage: string) => (namespace === undefined ? index.find(`test_${name}`, forPackage) !== undefined || Object.hasOwn(GENERIC_TESTS, `test_${name}`) : namespace === 'dbt' ? Object.hasOwn(GENERIC_TESTS, `test_${name}`) : index.in(namespace, `test_${name}`) !== undefined),
  }
  const tests = tested.flatMap((one) => makeTests({ ...making, trees: { root: root.configs.tests, own: one.entry.package.root ? {} : one.entry.package.configs.tests } }, one))
  const all = new Map(drafts)
  for (const test of tests) if (!all.has(test.id)) all.set(test.id, test)
  const groups = readGroups(reading)
  const resolved = resolveNodes({ drafts: all, sources: sources.sources, packages, index, settings, groups, found })
  project = {
    name: root.name, settings, packages,
    nodes: resolved.nodes, disabled: resolved.disabled, sources: sources.sources, groups, docs, macros,
    exposures: readExposures(reading, resolved, sources.sources),
    unitTests: readUnitTests(reading, resolved),
    selectors: readSelectors(files, found),
  }
  return resultOf({ project, house }, found)
}

const NOTHING = { config: {}, refs: [], sources: [] }

function readPackages(files: ProjectFiles, settings: ProjectSettings, found: Diagnostic[]): ReadonlyMap<string, Package> {
  const packages = new Map<string, Package>()
  for (const folder of ['', ...packageFolders(files, found)]) {
    const read = readPackage(files, folder, (value, file, vars) => {
      const name = textOf(mapOf(readYamlValue(files, file))['name'])
      const root = folder === '' ? undefined : [...packages.values()].find((one) => one.root)
      const variable = (key: string): Json | undefined => settings.vars[key] ?? mapOf(root?.vars[name])[key] ?? root?.vars[key] ?? mapOf(vars[name])[key] ?? vars[key]
      const house: House = { settings, macros: new MacroIndex([], new Map()), projectName: name, invocation: '', variable, graph: () => null, shared: sharedNames(settings, name, '') }
      return renderValue(house, name, value, file, found)
    }, found)
    if (read === undefined) continue
    const before = packages.get(read.name)
    if (before === undefined) packages.set(read.name, read)
    else found.push(messages['dbt-twice']({ what: 'package', name: read.name }, { place: { file: read.file, line: 1, column: 1 }, related: [{ place: { file: before.file, line: 1, column: 1 }, message: 'It is here already.' }] }))
  }
  return packages
}

const readYamlValue = (files: ProjectFiles, file: string): Json => ((yaml) => (yaml.ok ? yaml.value.value : null))(readYaml(files.get(file) ?? '', file))

/** `--vars`, then the project's for that package, the project's, the package's own. */
function variableOf(settings: ProjectSettings, packages: ReadonlyMap<string, Package>, root: Package, name: string, forPackage: string): Json | undefined {
  const own = packages.get(forPackage)
  const of = (vars: Config | undefined, key: string): Json | undefined => (vars !== undefined && Object.hasOwn(vars, key) ? vars[key] : undefined)
  return of(settings.vars, name) ?? of(mapOf(root.vars[forPackage]), name) ?? of(root.vars, name) ?? of(mapOf(own?.vars[forPackage]), name) ?? of(own?.vars, name)
}

const seenAs = ({ id, name, package: pack, config, fqn }: Pick<Draft, 'id' | 'name' | 'package' | 'config' | 'fqn'>): Seen => ({ id, name, package: pack, config, this: undefined, model: () => fromJson({ unique_id: id, name, package_name: pack, config, fqn, alias: name }) })

/** Templates in YAML: a text that is one expression becomes its value, as dbt does it. */
function renderValue(house: House, pack: string, value: Json, file: string, found: Diagnostic[]): Json {
  if (typeof value === 'string') {
    if (!value.includes('{{') && !value.includes('{%')) return value
    const template = parseTemplate(value, file)
    if (!template.ok) {
      found.push(...template.diagnostics.map((one) => ({ ...one, place: { file, line: 1, column: 1, source: value.slice(0, 200) } })))
      return null
    }
    try {
      const rendering = new Rendering(house, { seen: { id: file, name: file, package: pack, config: {}, this: undefined, model: () => null }, execute: false, resolver: { ref: () => '', source: () => '' } }, nodeName)
      return toJson(native(rendering.value(template.value)))
    } catch (error) {
      if (!(error instanceof JinjaError)) throw error
      found.push({ ...error.diagnostic, place: { file, line: 1, column: 1, source: value.slice(0, 200) } })
      return null
    }
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => renderValue(house, pack, one, file, found))
  if (!isMap(value)) return value
  // Hooks and the conditions of tests are rendered when they run.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, /^\+?(?:pre|post)[-_]hook$/u.test(key) ? inner : renderValue(house, pack, inner, file, found)]))
}

/** Schema and alias of a node: the project's own macros say it where it has them. */
function placing(house: House, settings: ProjectSettings): Reading['place'] {
  const { target } = settings
  const ask = (macroName: string, draft: { readonly name: string; readonly package: string; readonly config: Config }, custom: Json | undefined): string | undefined => {
    const macro = house.macros.inRoot(macroName)
    if (macro === undefined) return undefined
    const node = fromJson({ name: draft.name, package_name: draft.package, config: draft.config, resource_type: (draft as { type?: ResourceType }).type ?? 'model', version: (draft as { version?: string }).version ?? null, unrendered_config: {} })
    const rendering = new Rendering(house, { seen: { id: draft.name, name: draft.name, package: draft.package, config: draft.config, this: undefined, model: () => node }, execute: false, resolver: { ref: () => '', source: () => '' } }, nodeName)
    const called = rendering.macro(macro)
    return print(called instanceof Func ? called.call([custom === undefined ? null : fromJson(custom), node], new Map(), { file: macro.file, text: macro.template.text, at: macro.block.at }) : '').trim()
  }
  return (draft) => {
    const { config, name, version, type } = draft
    const custom = config[type === 'snapshot' ? 'target_schema' : 'schema'] ?? config['schema'] ?? (type === 'test' ? 'dbt_test__audit' : undefined)
    const schema = (type === 'snapshot' && config['target_schema'] !== undefined ? textOf(config['target_schema']) : ask('generate_schema_name', draft, custom)) ?? (textOf(custom).trim() === '' ? target.schema : `${target.schema}_${textOf(custom).trim()}`)
    const alias = ask('generate_alias_name', draft, config['alias']) ?? (textOf(config['alias']).trim() || (version === undefined ? name : `${name}_v${version.replaceAll('.', '_')}`))
    return { schema, alias, database: textOf(config['database'], target.database) || target.database }
  }
}

function testedNodes(drafts: Iterable<Draft>, _schema: unknown): readonly Tested[] {
  const tested: Tested[] = []
  for (const draft of drafts) {
    if (draft.entry === undefined || !enabled(draft.config)) continue
    const own = listOf(draft.entry.raw['versions']).filter(isMap).find((version) => textOf(version['v']) === draft.version)
    const raw = own === undefined ? draft.entry.raw : { ...draft.entry.raw, ...(own['tests'] !== undefined && { tests: own['tests'] }), ...(own['data_tests'] !== undefined && { data_tests: own['data_tests'] }) }
    const reference = `ref('${draft.package}', '${draft.name}'${draft.version === undefined ? '' : `, v='${draft.version}'`})`
    tested.push({ entry: draft.entry, raw, about: draft.id, shown: draft.version === undefined ? draft.name : `${draft.name}_v${draft.version}`, reference, kind: 'node', fqn: draft.fqn })
  }
  return tested
}

function readSelectors(files: ProjectFiles, found: Diagnostic[]): Readonly<Record<string, Json>> {
  const yaml = readYaml(files.get('selectors.yml') ?? '', 'selectors.yml')
  if (!yaml.ok) {
    found.push(...yaml.diagnostics)
    return {}
  }
  return Object.fromEntries(listOf(mapOf(yaml.value.value)['selectors']).filter(isMap).map((one) => [textOf(one['name']), one]))
}

/** `graph`: what macros look nodes up in. */
function graphOf(project: Project): Value {
  const nodes = [...project.nodes.values()].map((node) => [node.id, { unique_id: node.id, name: node.name, resource_type: node.type, package_name: node.package, original_file_path: node.file, path: node.path, fqn: node.fqn, alias: node.alias, schema: node.schema, database: node.database, config: node.config, tags: (node.config['tags'] ?? []) as Json, description: node.description, columns: Object.fromEntries(node.columns.map((column) => [column.name, { name: column.name, description: column.description, data_type: column.type ?? null, meta: column.meta, tags: column.tags }])), depends_on: { nodes: node.needs, macros: node.macros }, raw_code: node.raw, relation_name: `"${node.schema}"."${node.alias}"` }])
  const sources = [...project.sources.values()].map((one) => [one.id, { unique_id: one.id, source_name: one.source, name: one.name, resource_type: 'source', package_name: one.package, schema: one.schema, database: one.database, identifier: one.identifier, tags: one.tags, meta: one.meta }])
  return fromJson({ nodes: Object.fromEntries(nodes), sources: Object.fromEntries(sources), exposures: Object.fromEntries([...project.exposures.values()].map((one) => [one.id, { name: one.name, depends_on: { nodes: one.needs } }])), groups: Object.fromEntries([...project.groups.values()].map((one) => [one.id, { name: one.name }])), metrics: {} })
}
