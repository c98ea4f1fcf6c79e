// The YAML beside models: what it says of them, of sources, groups, exposures and unit tests, each with its file.

import type { Diagnostic, Json } from '@tulle/kernel'
import type { ColumnSpec, Config, DocsBlock, Package, ProjectFiles } from '../types.ts'
import { messages } from '../messages.ts'
import type { ProjectMemory } from './memory.ts'
import { isMap, listOf, mapOf, placeOfName, readYaml, textOf } from './read-yaml.ts'
import type { Yaml } from './read-yaml.ts'

export type PatchKind = 'models' | 'seeds' | 'snapshots' | 'analyses' | 'macros'

/** What one entry of a YAML file says; `raw` is as it is written. */
export interface Entry { readonly package: Package; readonly yaml: Yaml; readonly name: string; readonly raw: Config }

export interface Schema {
  /** By kind, package and name. */
  readonly patches: ReadonlyMap<string, Entry>
  readonly sources: readonly Entry[]
  readonly groups: readonly Entry[]
  readonly exposures: readonly Entry[]
  readonly unitTests: readonly Entry[]
}

const KINDS: readonly PatchKind[] = ['models', 'seeds', 'snapshots', 'analyses', 'macros']
const KNOWN = new Set<string>([...KINDS, 'version', 'sources', 'groups', 'exposures', 'unit_tests', 'metrics', 'semantic_models', 'saved_queries', 'data_tests', 'tests', 'anchors', 'functions'])

export const patchKey = (kind: PatchKind, pack: string, name: string): string => `${kind}\u0000${pack}\u0000${name}`

export function readSchema(files: ProjectFiles, packages: ReadonlyMap<string, Package>, memory: ProjectMemory, found: Diagnostic[]): Schema {
  const patches = new Map<string, Entry>()
  const lists = { sources: [] as Entry[], groups: [] as Entry[], exposures: [] as Entry[], unit_tests: [] as Entry[] }
  for (const pack of packages.values()) {
    const folders = [...new Set(Object.values(pack.paths).flat())].map((path) => `${pack.folder}${path}/`)
    for (const [file, text] of files) {
      if (!/\.ya?ml$/u.test(file) || !folders.some((folder) => file.startsWith(folder))) continue
      const yaml = memory.yaml(file, text, () => readYaml(text, file))
      if (!yaml.ok) {
        found.push(...yaml.diagnostics)
        continue
      }
      if (yaml.value.value === null) continue
      if (!isMap(yaml.value.value)) {
        found.push(messages['dbt-schema-shape']({ what: 'The file', want: 'a map of models, sources and so on' }, { place: { file, line: 1, column: 1 } }))
        continue
      }
      for (const key of Object.keys(yaml.value.value)) if (!KNOWN.has(key)) found.push(messages['dbt-schema-key']({ key }, { place: placeOfName(yaml.value, key, '') }))
      const entries = (key: string): readonly Entry[] => entriesOf(yaml.value, key, pack, found)
      for (const kind of KINDS) {
        for (const entry of entries(kind)) {
          const key = patchKey(kind, pack.name, entry.name)
          const before = patches.get(key)
          if (before === undefined) patches.set(key, entry)
          else found.push(messages['dbt-twice']({ what: kind.replace(/s$/u, ''), name: entry.name }, { place: placeOfName(entry.yaml, entry.name), related: [{ place: placeOfName(before.yaml, entry.name), message: 'It is described here already.' }] }))
        }
      }
      for (const key of ['sources', 'groups', 'exposures', 'unit_tests'] as const) lists[key].push(...entries(key))
    }
  }
  return { patches, sources: lists.sources, groups: lists.groups, exposures: lists.exposures, unitTests: lists.unit_tests }
}

function entriesOf(yaml: Yaml, key: string, pack: Package, found: Diagnostic[]): readonly Entry[] {
  const given = mapOf(yaml.value)[key]
  if (given !== undefined && given !== null && !Array.isArray(given)) found.push(messages['dbt-schema-shape']({ what: `"${key}"`, want: 'a list' }, { place: placeOfName(yaml, key, '') }))
  return listOf(Array.isArray(given) ? given : undefined).flatMap((raw): Entry[] => {
    const name = textOf(mapOf(raw)['name'])
    if (isMap(raw) && name !== '') return [{ package: pack, yaml, name, raw }]
    found.push(messages['dbt-schema-shape']({ what: `An entry of "${key}"`, want: 'a map with a name' }, { place: placeOfName(yaml, key, '') }))
    return []
  })
}

/** A description with its `{{ doc('name') }}` replaced. */
export function described(text: Json | undefined, docs: ReadonlyMap<string, DocsBlock>, pack: string, yaml: Yaml, found: Diagnostic[]): string {
  return textOf(text).replace(/\{\{-?\s*doc\(\s*(?:(['"])(\w+)\1\s*,\s*)?(['"])(\w+)\3\s*\)\s*-?\}\}/gu, (_whole, _q, inPackage: string | undefined, _r, name: string) => {
    const block = docs.get(`doc.${inPackage ?? pack}.${name}`) ?? [...docs.values()].find((one) => one.name === name)
    if (block === undefined) found.push(messages['dbt-doc-missing']({ name }, { place: placeOfName(yaml, name, 'doc') }))
    return block?.text ?? ''
  })
}

export function columnsOf(raw: Config, docs: ReadonlyMap<string, DocsBlock>, pack: string, yaml: Yaml, found: Diagnostic[]): readonly ColumnSpec[] {
  return listOf(raw['columns']).filter(isMap).filter((column) => column['name'] !== undefined).map((column) => ({
    name: textOf(column['name']),
    description: described(column['description'], docs, pack, yaml, found),
    type: column['data_type'] === undefined ? undefined : textOf(column['data_type']),
    meta: { ...mapOf(column['meta']), ...mapOf(mapOf(column['config'])['meta']) },
    tags: [...listOf(column['tags']), ...listOf(mapOf(column['config'])['tags'])].map((tag) => textOf(tag)),
    constraints: listOf(column['constraints']),
  }))
}
