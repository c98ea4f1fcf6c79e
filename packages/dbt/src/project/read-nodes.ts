// The files of the packages to models, seeds, snapshots, singular tests and analyses.

import type { Diagnostic, Json } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'
import { parseTemplate } from '../jinja/parse.ts'
import { placeOf } from '../jinja/limits.ts'
import type { BlockNode, Template } from '../jinja/types.ts'
import { messages } from '../messages.ts'
import type { Config, DocsBlock, Node, Package, ProjectFiles, ResourceType } from '../types.ts'
import { joinConfig, configOfTree } from './config.ts'
import type { Draft } from './draft.ts'
import type { Captured, ProjectMemory } from './memory.ts'
import type { Entry, PatchKind, Schema } from './read-schema.ts'
import { columnsOf, described, patchKey } from './read-schema.ts'
import { isMap, listOf, mapOf, placeOfName, textOf } from './read-yaml.ts'
import type { Result } from '@tulle/kernel'

export interface Reading {
  readonly files: ProjectFiles
  readonly packages: ReadonlyMap<string, Package>
  readonly schema: Schema
  readonly docs: ReadonlyMap<string, DocsBlock>
  readonly memory: ProjectMemory
  readonly found: Diagnostic[]
  /** Values of templates in YAML. */
  readonly rendered: (value: Json, file: string) => Json
  readonly capture: (draft: Pick<Draft, 'id' | 'name' | 'package' | 'config' | 'fqn'>, template: Template) => Result<Captured>
  readonly place: (draft: { readonly name: string; readonly package: string; readonly config: Config; readonly type: ResourceType; readonly version: string | undefined }) => { readonly schema: string; readonly alias: string; readonly database: string }
}

type Kind = 'models' | 'seeds' | 'snapshots' | 'tests' | 'analyses'
const TYPES: Readonly<Record<Kind, ResourceType>> = { models: 'model', seeds: 'seed', snapshots: 'snapshot', tests: 'test', analyses: 'analysis' }

/** What a file is in its package: of which kind, and its path below that kind's folder. */
function whereIs(file: string, pack: Package): { readonly kind: Kind; readonly path: string } | undefined {
  if (!file.startsWith(pack.folder)) return undefined
  const inner = file.slice(pack.folder.length)
  for (const kind of Object.keys(TYPES) as Kind[]) {
    for (const path of pack.paths[kind]) if (inner.startsWith(`${path}/`)) return { kind, path: inner.slice(path.length + 1) }
  }
  return undefined
}

export function readNodes(reading: Reading): readonly Draft[] {
  const drafts: Draft[] = []
  for (const pack of reading.packages.values()) {
    for (const [file, text] of reading.files) {
      if (!/\.(?:sql|csv|py)$/u.test(file)) continue
      const where = whereIs(file, pack)
      if (where === undefined) continue
      const name = (where.path.split('/').at(-1) ?? '').replace(/\.\w+$/u, '')
      if (file.endsWith('.py')) {
        if (where.kind === 'models') reading.found.push(messages['dbt-python']({ name }, { place: { file, line: 1, column: 1 } }))
      } else if (where.kind === 'seeds') {
        if (file.endsWith('.csv')) add(drafts, reading, seedOf(reading, pack, { file, text, path: where.path, name }))
      } else if (file.endsWith('.sql') && !(where.kind === 'tests' && where.path.startsWith('generic/'))) {
        const template = reading.memory.template(file, text, () => parseTemplate(text, file))
        if (!template.ok) reading.found.push(...template.diagnostics)
        else if (where.kind === 'snapshots' || template.value.body.some((one) => one.kind === 'snapshot')) for (const draft of snapshotsOf(reading, pack, { file, path: where.path, template: template.value })) add(drafts, reading, draft)
        else add(drafts, reading, nodeOf(reading, pack, { kind: where.kind, file, path: where.path, name, template: template.value }))
      }
    }
    for (const draft of yamlSnapshots(reading, pack)) add(drafts, reading, draft)
  }
  return drafts
}

function add(drafts: Draft[], _reading: Reading, draft: Draft | undefined): void {
  if (draft !== undefined) drafts.push(draft)
}

interface Given { readonly kind: Kind; readonly file: string; readonly path: string; readonly name: string; readonly template: Template; readonly block?: BlockNode }

/** The entry of a model's YAML, and which of its versions the file is. */
interface Described { readonly entry: Entry | undefined; readonly version: Config | undefined; readonly name: string }

function describe({ schema }: Reading, pack: Package, kind: PatchKind, name: string): Described {
  const entry = schema.patches.get(patchKey(kind, pack.name, name))
  if (kind !== 'models') return { entry, version: undefined, name }
  for (const [key, candidate] of versionedIn(schema, pack)) {
    const version = candidate.versions.find((one) => textOf(one['defined_in'], `${candidate.entry.name}_v${textOf(one['v'])}`) === name || `${candidate.entry.name}_v${textOf(one['v'])}` === name || `${candidate.entry.name}.v${textOf(one['v'])}` === name)
    if (version !== undefined && key !== '') return { entry: candidate.entry, version, name: candidate.entry.name }
  }
  return { entry, version: undefined, name }
}

const versioned = new WeakMap<Schema, Map<string, Map<string, { readonly entry: Entry; readonly versions: readonly Config[] }>>>()
function versionedIn(schema: Schema, pack: Package): Map<string, { readonly entry: Entry; readonly versions: readonly Config[] }> {
  let all = versioned.get(schema)
  if (all === undefined) {
    all = new Map()
    for (const [key, entry] of schema.patches) {
      if (!key.startsWith('models\u0000') || entry.raw['versions'] === undefined) continue
      const inPackage = all.get(entry.package.name) ?? new Map<string, { readonly entry: Entry; readonly versions: readonly Config[] }>()
      inPackage.set(entry.name, { entry, versions: listOf(entry.raw['versions']).filter(isMap) })
      all.set(entry.package.name, inPackage)
    }
    versioned.set(schema, all)
  }
  return all.get(pack.name) ?? new Map()
}

const PATCHES: Readonly<Record<Kind, PatchKind>> = { models: 'models', seeds: 'seeds', snapshots: 'snapshots', analyses: 'analyses', tests: 'analyses' }

function nodeOf(reading: Reading, pack: Package, given: Given): Draft | undefined {
  const { kind, file, path, template, block } = given
  const type = TYPES[kind]
  const { entry, version, name } = describe(reading, pack, PATCHES[kind], given.name)
  const v = version === undefined ? undefined : textOf(version['v'])
  const id = `${type}.${pack.name}.${name}${v === undefined ? '' : `.v${v}`}`
  const folders = path.split('/').slice(0, -1)
  const fqn = [pack.name, ...(kind === 'tests' && folders.length === 0 ? ['tests'] : folders), ...(kind === 'snapshots' ? [given.path.split('/').at(-1)?.replace(/\.\w+$/u, '') ?? name] : []), name, ...(v === undefined ? [] : [`v${v}`])]
  const raw = mapOf(entry?.raw)
  const own = reading.rendered({ ...configOfEntry(raw), ...mapOf(version?.['config']) }, entry?.yaml.file ?? file) as Config
  const tree = treeOf(reading, pack, kind, fqn)
  const before = joinConfig(joinConfig(defaults(type), tree), own)
  const captured = reading.capture({ id, name, package: pack.name, config: before, fqn }, template)
  if (!captured.ok) {
    reading.found.push(...captured.diagnostics)
    return undefined
  }
  const config = joinConfig(before, captured.value.config)
  const columns = entry === undefined ? [] : columnsOf(versionColumns(raw, version), reading.docs, pack.name, entry.yaml, reading.found)
  const text = block === undefined ? template.text : template.text.slice(block.at, block.end)
  const facts = { name, package: pack.name, config, type, version: v }
  return {
    id, type, name, package: pack.name, file, path, fqn, raw: text, template, config,
    checksum: block === undefined ? reading.memory.checksum(template) : sha256(text.trim()),
    ...reading.place(facts),
    description: entry === undefined ? '' : described(version?.['description'] ?? raw['description'], reading.docs, pack.name, entry.yaml, reading.found),
    columns,
    refs: captured.value.refs,
    sources: captured.value.sources,
    patch: entry === undefined ? undefined : entry.yaml.file,
    group: textOf(config['group'] ?? raw['group']) || undefined,
    access: accessOf(config['access'] ?? raw['access'], reading, entry),
    version: v,
    latestVersion: v === undefined ? undefined : textOf(raw['latest_version'], latestOf(listOf(raw['versions']).filter(isMap))),
    constraints: listOf(raw['constraints']),
    test: undefined,
    relation: undefined,
    entry,
  }
}

const latestOf = (versions: readonly Config[]): string => versions.map((one) => textOf(one['v'])).toSorted((a, b) => (Number.isNaN(Number(a) - Number(b)) ? (a < b ? -1 : 1) : Number(a) - Number(b))).at(-1) ?? ''

function accessOf(given: Json | undefined, { found }: Reading, entry: Entry | undefined): Node['access'] {
  if (given === undefined || given === null) return 'protected'
  if (given === 'private' || given === 'protected' || given === 'public') return given
  found.push(messages['dbt-access-word']({ given: textOf(given) }, entry === undefined ? {} : { place: placeOfName(entry.yaml, textOf(given), 'access') }))
  return 'protected'
}

/** What YAML says beside `config:` that is configuration too. */
function configOfEntry(raw: Config): Config {
  const beside = Object.fromEntries(['tags', 'meta', 'docs', 'access', 'group', 'latest_version', 'deprecation_date'].filter((key) => raw[key] !== undefined).map((key) => [key, raw[key] as Json]))
  return joinConfig(beside, mapOf(raw['config']))
}

function versionColumns(raw: Config, version: Config | undefined): Config {
  const own = listOf(version?.['columns']).filter(isMap)
  if (own.length === 0) return raw
  const rule = own.find((column) => column['include'] !== undefined)
  const excluded = new Set([...listOf(rule?.['exclude']).map((name) => textOf(name)), ...own.map((column) => textOf(column['name']))])
  const included = rule === undefined ? [] : listOf(raw['columns']).filter(isMap).filter((column) => !excluded.has(textOf(column['name'])) && (rule['include'] === 'all' || rule['include'] === '*' || listOf(rule['include']).includes(column['name'] as Json)))
  return { columns: [...included, ...own.filter((column) => column['name'] !== undefined)] }
}

const trees = new WeakMap<Package, Map<string, Config>>()
/** The package's own tree, and the project's over it. Folders share theirs. */
function treeOf({ packages }: Reading, pack: Package, kind: Kind, fqn: readonly string[]): Config {
  const key = `${kind}/${fqn.slice(0, -1).join('/')}`
  const tree = kind === 'analyses' ? 'models' : kind
  const root = [...packages.values()].find((one) => one.root)
  const make = (): Config => {
    const own = pack.root ? {} : configOfTree(pack.configs[tree], fqn)
    return root === undefined ? own : joinConfig(own, configOfTree(root.configs[tree], fqn))
  }
  // A tree that names the node itself is rare, so what a folder says is made once.
  if (root !== undefined && mentions(root.configs[tree], fqn.at(-1) ?? '')) return make()
  const known = trees.get(pack) ?? new Map<string, Config>()
  trees.set(pack, known)
  let config = known.get(key)
  if (config === undefined) {
    config = make()
    known.set(key, config)
  }
  return config
}
const mentions = (tree: Config, name: string): boolean => Object.entries(tree).some(([key, value]) => key === name || (isMap(value) && mentions(value, name)))

const BASE: Config = { enabled: true, tags: [], meta: {}, 'pre-hook': [], 'post-hook': [] }
function defaults(type: ResourceType): Config {
  switch (type) {
    case 'model': return { ...BASE, materialized: 'view', on_schema_change: 'ignore' }
    case 'seed': return { ...BASE, materialized: 'seed', column_types: {}, delimiter: ',' }
    case 'snapshot': return { ...BASE, materialized: 'snapshot' }
    case 'test': return { enabled: true, tags: [], meta: {}, materialized: 'test', severity: 'ERROR', fail_calc: 'count(*)', warn_if: '!= 0', error_if: '!= 0' }
    case 'analysis': return { ...BASE, materialized: 'view' }
  }
}
export { defaults as defaultConfig }

interface SeedFile { readonly file: string; readonly text: string; readonly path: string; readonly name: string }

function seedOf(reading: Reading, pack: Package, { file, text, path, name }: SeedFile): Draft | undefined {
  const empty: Template = { file, text: '', body: [] }
  const draft = nodeOf(reading, pack, { kind: 'seeds', file, path, name, template: empty })
  return draft === undefined ? undefined : { ...draft, checksum: sha256(text) }
}

function snapshotsOf(reading: Reading, pack: Package, { file, path, template }: { readonly file: string; readonly path: string; readonly template: Template }): readonly Draft[] {
  const blocks = template.body.filter((one): one is BlockNode => one.kind === 'snapshot')
  return blocks.flatMap((block) => {
    const draft = nodeOf(reading, pack, { kind: 'snapshots', file, path, name: block.name, template: blockTemplate(template, block), block })
    return draft === undefined ? [] : [draft]
  })
}

const blockTemplates = new WeakMap<BlockNode, Template>()
function blockTemplate(template: Template, block: BlockNode): Template {
  let made = blockTemplates.get(block)
  if (made === undefined) {
    made = { file: template.file, text: template.text, body: block.body }
    blockTemplates.set(block, made)
  }
  return made
}

/** Snapshots that YAML alone declares: `relation: ref('x')`. */
function yamlSnapshots(reading: Reading, pack: Package): readonly Draft[] {
  const drafts: Draft[] = []
  for (const entry of reading.schema.patches.values()) {
    const relation = textOf(entry.raw['relation'])
    if (entry.package !== pack || relation === '' || !reading.schema.patches.has(patchKey('snapshots', pack.name, entry.name)) || reading.schema.patches.get(patchKey('snapshots', pack.name, entry.name)) !== entry) continue
    const text = `select * from {{ ${relation} }}`
    const template = reading.memory.template(`${entry.yaml.file}#${entry.name}`, text, () => parseTemplate(text, entry.yaml.file))
    if (!template.ok) {
      reading.found.push(...template.diagnostics.map((one) => ({ ...one, place: placeOfName(entry.yaml, relation, 'relation') })))
      continue
    }
    const draft = nodeOf(reading, pack, { kind: 'snapshots', file: entry.yaml.file, path: entry.yaml.file.split('/').at(-1) ?? '', name: entry.name, template: template.value })
    if (draft !== undefined) drafts.push({ ...draft, relation })
  }
  return drafts
}

/** A second thing of the same name. */
export function refuseTwice(drafts: readonly Draft[], found: Diagnostic[]): ReadonlyMap<string, Draft> {
  const byId = new Map<string, Draft>()
  for (const draft of drafts) {
    const before = byId.get(draft.id)
    if (before === undefined) byId.set(draft.id, draft)
    else found.push(messages['dbt-twice']({ what: draft.type, name: draft.name }, { place: { file: draft.file, line: 1, column: 1 }, related: [{ place: placeOf(before.file, before.template.text, 0), message: 'It is here already.' }] }))
  }
  return byId
}
