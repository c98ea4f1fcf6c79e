// What YAML declares that is no file: sources, exposures, groups, unit tests.

import type { Json } from '@tulle/kernel'
import type { House } from '../context/rendering.ts'
import { messages } from '../messages.ts'
import type { Config, Exposure, Group, Node, Source, UnitTest } from '../types.ts'
import { configOfTree, joinConfig } from './config.ts'
import type { Tested } from './draft.ts'
import { enabled, textList } from './draft.ts'
import type { Reading } from './read-nodes.ts'
import { columnsOf, described } from './read-schema.ts'
import { isMap, listOf, mapOf, placeOfName, textOf } from './read-yaml.ts'
import { findNode } from './resolve.ts'
import type { Resolved } from './resolve.ts'

export function readSources(reading: Reading, house: House): { readonly sources: ReadonlyMap<string, Source>; readonly tested: readonly Tested[] } {
  const sources = new Map<string, Source>()
  const tested: Tested[] = []
  const { settings } = house
  const root = [...reading.packages.values()].find((one) => one.root)
  for (const entry of reading.schema.sources) {
    const { package: pack, yaml, name } = entry
    const of = (value: Json | undefined): string => textOf(reading.rendered(value ?? null, yaml.file))
    for (const table of listOf(entry.raw['tables']).filter(isMap)) {
      const tableName = textOf(table['name'])
      const id = `source.${pack.name}.${name}.${tableName}`
      const fqn = [pack.name, ...folderOf(yaml.file, pack.folder, pack.paths.models), name, tableName]
      const tree = joinConfig(pack.root ? {} : configOfTree(pack.configs.sources, fqn), configOfTree(root?.configs.sources ?? {}, fqn))
      const config = joinConfig(joinConfig(joinConfig({ enabled: true }, tree), reading.rendered(mapOf(entry.raw['config']), yaml.file) as Config), reading.rendered(mapOf(table['config']), yaml.file) as Config)
      if (!enabled(config)) continue
      if (tableName === '' || sources.has(id)) {
        reading.found.push(tableName === '' ? messages['dbt-schema-shape']({ what: `A table of the source "${name}"`, want: 'a map with a name' }, { place: placeOfName(yaml, name) }) : messages['dbt-twice']({ what: 'source', name: `${name}.${tableName}` }, { place: placeOfName(yaml, tableName) }))
        continue
      }
      const elsewhere = settings.sourceAddress?.(name, tableName)
      sources.set(id, {
        id, source: name, name: tableName, package: pack.name, file: yaml.file, path: yaml.file, fqn,
        schema: elsewhere?.schema ?? (of(entry.raw['schema']) || name),
        database: of(entry.raw['database']) || settings.target.database,
        identifier: elsewhere?.name ?? (of(table['identifier']) || tableName),
        description: described(table['description'], reading.docs, pack.name, yaml, reading.found),
        sourceDescription: described(entry.raw['description'], reading.docs, pack.name, yaml, reading.found),
        loader: textOf(table['loader'] ?? entry.raw['loader']),
        columns: columnsOf(table, reading.docs, pack.name, yaml, reading.found),
        config,
        tags: [...new Set([...textList(entry.raw['tags']), ...textList(table['tags']), ...textList(config['tags'])])],
        meta: { ...mapOf(entry.raw['meta']), ...mapOf(table['meta']), ...mapOf(config['meta']) },
      })
      tested.push({ entry, raw: table, about: id, shown: `${name}_${tableName}`, reference: `source('${name}', '${tableName}')`, kind: 'source', fqn })
    }
  }
  return { sources, tested }
}

function folderOf(file: string, folder: string, paths: readonly string[]): readonly string[] {
  const inner = file.slice(folder.length)
  const base = paths.find((path) => inner.startsWith(`${path}/`))
  return inner.slice(base === undefined ? 0 : base.length + 1).split('/').slice(0, -1)
}

export function readGroups({ schema, found }: Reading): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>()
  for (const { name, package: pack, yaml, raw } of schema.groups) {
    const id = `group.${pack.name}.${name}`
    if (groups.has(id)) found.push(messages['dbt-twice']({ what: 'group', name }, { place: placeOfName(yaml, name) }))
    groups.set(id, { id, name, package: pack.name, file: yaml.file, owner: mapOf(raw['owner']) })
  }
  return groups
}

const REFERENCE = /^\s*(ref|source)\s*\(\s*(['"])([^'"]+)\2\s*(?:,\s*(['"])([^'"]+)\4\s*)?(?:,\s*(?:v|version)\s*=\s*['"]?([\w.]+)['"]?\s*)?\)\s*$/u

/** `ref('x')` or `source('a', 'b')` written as text, to the id of what it names. */
export function idOfReference(text: string, pack: string, resolved: Pick<Resolved, 'nodes' | 'byName'>, sources: ReadonlyMap<string, Source>): string | undefined {
  const [, kind, , first = '', , second, version] = REFERENCE.exec(text) ?? []
  if (kind === 'source') return [...sources.values()].find((one) => one.source === first && one.name === second)?.id
  if (kind !== 'ref') return undefined
  return findNode(resolved, { ...(second !== undefined && { package: first }), name: second ?? first, ...(version !== undefined && { version }) }, pack)?.id
}

export function readExposures(reading: Reading, resolved: Resolved, sources: ReadonlyMap<string, Source>): ReadonlyMap<string, Exposure> {
  const exposures = new Map<string, Exposure>()
  for (const { name, package: pack, yaml, raw } of reading.schema.exposures) {
    const needs = listOf(raw['depends_on']).flatMap((one) => {
      const id = idOfReference(textOf(one), pack.name, resolved, sources)
      if (id === undefined && !textOf(one).startsWith('metric(')) reading.found.push(messages['dbt-ref-unknown']({ ref: textOf(one), of: `The exposure "${name}"`, hint: '' }, { place: placeOfName(yaml, textOf(one), '-') }))
      return id === undefined ? [] : [id]
    })
    const config = joinConfig({ enabled: true, tags: listOf(raw['tags']), meta: mapOf(raw['meta']) }, mapOf(raw['config']))
    if (!enabled(config)) continue
    exposures.set(`exposure.${pack.name}.${name}`, { id: `exposure.${pack.name}.${name}`, name, package: pack.name, file: yaml.file, fqn: [pack.name, ...folderOf(yaml.file, pack.folder, pack.paths.models), name], kind: textOf(raw['type'], 'application'), owner: mapOf(raw['owner']), description: described(raw['description'], reading.docs, pack.name, yaml, reading.found), needs, config, label: textOf(raw['label']) || undefined, url: textOf(raw['url']) || undefined, maturity: textOf(raw['maturity']) || undefined })
  }
  return exposures
}

export function readUnitTests(reading: Reading, resolved: Resolved): ReadonlyMap<string, UnitTest> {
  const tests = new Map<string, UnitTest>()
  for (const { name, package: pack, yaml, raw } of reading.schema.unitTests) {
    const modelName = textOf(raw['model'])
    const [bare = '', version] = modelName.split('.v')
    const models = [findNode(resolved, { name: bare, ...(version !== undefined && { version }) }, pack.name)].filter((one): one is Node => one?.type === 'model')
    if (models.length === 0) reading.found.push(messages['dbt-ref-unknown']({ ref: modelName, of: `The unit test "${name}"`, hint: '' }, { place: placeOfName(yaml, modelName, 'model') }))
    for (const model of models) {
      const overrides = mapOf(raw['overrides'])
      const expect = mapOf(raw['expect'])
      tests.set(`unit_test.${pack.name}.${model.name}.${name}`, {
        id: `unit_test.${pack.name}.${model.name}.${name}`, name, package: pack.name, file: yaml.file, fqn: [...model.fqn.slice(0, -1), model.name, name], model: model.id, modelName,
        given: listOf(raw['given']).filter(isMap).map((one) => rowsOf(reading, pack, one, textOf(one['input']))),
        expect: rowsOf(reading, pack, expect, ''),
        overrides: { macros: mapOf(overrides['macros']), vars: mapOf(overrides['vars']), environment: mapOf(overrides['env_vars']) },
        description: textOf(raw['description']),
        config: joinConfig({ enabled: true, tags: [], meta: {} }, mapOf(raw['config'])),
      })
    }
  }
  return tests
}

/** Rows in place, or those of a file in `tests/fixtures`. */
function rowsOf({ files, found }: Reading, pack: { readonly folder: string; readonly paths: { readonly tests: readonly string[] } }, given: Config, input: string): { readonly input: string; readonly rows: Json; readonly format: string } {
  const format = textOf(given['format'], 'dict')
  const fixture = textOf(given['fixture'])
  if (fixture === '') return { input, rows: given['rows'] ?? null, format }
  const paths = pack.paths.tests.map((path) => `${pack.folder}${path}/fixtures/${fixture.replace(/\.(?:csv|sql)$/u, '')}.${format === 'sql' ? 'sql' : 'csv'}`)
  const path = paths.find((one) => files.has(one))
  if (path === undefined) found.push(messages['dbt-fixture-missing']({ fixture }))
  return { input, rows: files.get(path ?? '') ?? null, format }
}
