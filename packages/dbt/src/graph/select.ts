// Which nodes a selection means: dbt's own language of names, methods, `+`, `@`, unions by space and intersections by comma.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { isMap, listOf, mapOf, textOf } from '../project/read-yaml.ts'
import type { Project } from '../types.ts'
import type { State } from './state.ts'
import { stateOf } from './state.ts'

/** Anything that can be selected. */
interface Thing {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly package: string
  readonly file: string
  readonly fqn: readonly string[]
  readonly tags: readonly string[]
  readonly config: Readonly<Record<string, Json>>
  readonly needs: readonly string[]
  readonly test?: { readonly name: string; readonly generic: boolean }
  readonly group?: string | undefined
  readonly access?: string
  readonly version?: string | undefined
  readonly latestVersion?: string | undefined
  readonly source?: string
}

export interface Selection {
  readonly select?: readonly string[] | undefined
  readonly exclude?: readonly string[] | undefined
  /** The name of one in `selectors.yml`. */
  readonly selector?: string | undefined
  readonly types?: readonly string[] | undefined
  /** What things were, for `state:`. */
  readonly state?: State | undefined
}

/** Ids, in the order of the project. Tests come with what they test where all that they read is selected. */
export function selectNodes(project: Project, selection: Selection): Result<ReadonlySet<string>> {
  const graph = new Graph(project, selection.state)
  try {
    let chosen = selection.selector === undefined
      ? selection.select === undefined || selection.select.length === 0 ? new Set(graph.things.keys()) : graph.union(selection.select)
      : graph.named(selection.selector)
    const excluded = graph.union(selection.exclude ?? [])
    chosen = withTests(graph, chosen)
    const tests = withTests(graph, excluded)
    const types = selection.types === undefined || selection.types.length === 0 || selection.types.includes('all') ? undefined : new Set(selection.types)
    return ok(new Set([...graph.things.values()].filter(({ id, type }) => chosen.has(id) && !excluded.has(id) && !(tests.has(id) && (type === 'test' || type === 'unit_test')) && (types === undefined || types.has(type))).map(({ id }) => id)))
  } catch (error) {
    if (error instanceof SelectionError) return fail(error.diagnostic)
    throw error
  }
}

function withTests(graph: Graph, chosen: ReadonlySet<string>): Set<string> {
  const more = new Set(chosen)
  for (const thing of graph.things.values()) if ((thing.type === 'test' || thing.type === 'unit_test') && thing.needs.some((id) => chosen.has(id))) more.add(thing.id)
  return more
}

class SelectionError extends Error {
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}
const refuse = (selector: string, detail: string): never => {
  throw new SelectionError(messages['dbt-selector']({ selector, detail }))
}

const SPEC = /^(@)?(?:(\d*)(\+))?(.*?)(?:(\+)(\d*))?$/su

class Graph {
  readonly things: ReadonlyMap<string, Thing>
  readonly #project: Project
  readonly #children = new Map<string, string[]>()
  readonly #before: State | undefined
  #now: State | undefined

  constructor(project: Project, before: State | undefined) {
    this.#project = project
    this.#before = before
    this.things = thingsOf(project)
    for (const thing of this.things.values()) for (const need of thing.needs) this.#children.set(need, [...(this.#children.get(need) ?? []), thing.id])
  }

  union(specs: readonly string[]): Set<string> {
    return new Set(specs.flatMap((spec) => spec.trim().split(/\s+/u)).filter((spec) => spec !== '').flatMap((spec) => [...this.#intersection(spec)]))
  }

  #intersection(spec: string): Set<string> {
    const parts = spec.split(',').map((part) => this.#one(part))
    return new Set([...(parts[0] ?? [])].filter((id) => parts.every((part) => part.has(id))))
  }

  #one(spec: string): Set<string> {
    const [, at, above, up, inner = '', down, below] = SPEC.exec(spec) ?? refuse(spec, 'it cannot be read')
    if (inner === '') refuse(spec, 'it names nothing')
    const chosen = this.#matching(inner, spec)
    const all = new Set(chosen)
    const grow = (step: (id: string) => readonly string[], depth: number): Set<string> => {
      const seen = new Set(chosen)
      let edge = [...chosen]
      for (let i = 0; i < depth && edge.length > 0; i += 1) {
        edge = edge.flatMap(step).filter((id) => !seen.has(id) && this.things.has(id))
        for (const id of edge) seen.add(id)
      }
      return seen
    }
    const parents = (id: string): readonly string[] => this.things.get(id)?.needs ?? []
    const children = (id: string): readonly string[] => (this.#children.get(id) ?? []).filter((child) => !['test', 'unit_test'].includes(this.things.get(child)?.type ?? ''))
    if (up !== undefined) for (const id of grow(parents, above === '' ? Infinity : Number(above))) all.add(id)
    if (down !== undefined || at !== undefined) for (const id of grow(children, below === '' || below === undefined ? Infinity : Number(below))) all.add(id)
    if (at !== undefined) {
      const queue = [...all]
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        const more = parents(id).filter((parent) => !all.has(parent) && this.things.has(parent))
        for (const parent of more) all.add(parent)
        queue.push(...more)
      }
    }
    return all
  }

  #matching(inner: string, spec: string): Set<string> {
    const [, given, value = inner] = /^([a-z_]+(?:\.[\w.-]+)?):(.+)$/su.exec(inner) ?? []
    const method = given ?? (/[/\\]/u.test(inner) ? 'path' : /\.(?:sql|csv|ya?ml)$/u.test(inner) ? 'file' : 'fqn')
    const test = this.#method(method, value, spec)
    return new Set([...this.things.values()].filter(test).map(({ id }) => id))
  }

  #method(method: string, value: string, spec: string): (thing: Thing) => boolean {
    const glob = globOf(value)
    const [name, ...rest] = method.split('.')
    switch (name) {
      case 'fqn': return (thing) => matchesFqn(thing, value)
      case 'tag': return ({ tags }) => tags.some((tag) => glob.test(tag))
      case 'path': {
        const path = value.replace(/^\.\//u, '').replace(/\/+$/u, '')
        const whole = globOf(path)
        return ({ file }) => whole.test(file) || file.startsWith(`${path}/`) || (path.includes('*') && globOf(`${path}/**`).test(file))
      }
      case 'file': return ({ file }) => glob.test(file.split('/').at(-1) ?? '') || glob.test((file.split('/').at(-1) ?? '').replace(/\.\w+$/u, ''))
      case 'package': return (thing) => glob.test(thing.package) || (value === 'this' && thing.package === this.#project.name)
      case 'resource_type': return ({ type }) => type === value
      case 'source': return (thing) => thing.type === 'source' && (glob.test(`${thing.source ?? ''}.${thing.name}`) || glob.test(`${thing.package}.${thing.source ?? ''}.${thing.name}`) || glob.test(thing.source ?? ''))
      case 'exposure': return (thing) => thing.type === 'exposure' && (value === '*' || glob.test(thing.name))
      case 'unit_test': return (thing) => thing.type === 'unit_test' && glob.test(thing.name)
      case 'test_name': return ({ test }) => test !== undefined && glob.test(test.name)
      case 'test_type': return (thing) => (value === 'unit' ? thing.type === 'unit_test' : value === 'data' ? thing.type === 'test' : thing.test !== undefined && thing.test.generic === (value === 'generic' || value === 'schema'))
      case 'group': return ({ group }) => group === value
      case 'access': return (thing) => thing.type === 'model' && thing.access === value
      case 'version': return (thing) => thing.version !== undefined && (value === 'latest' ? thing.version === thing.latestVersion : value === 'none' ? false : value === 'old' ? Number(thing.version) < Number(thing.latestVersion) : value === 'prerelease' ? Number(thing.version) > Number(thing.latestVersion) : thing.version === value)
      case 'config': return (thing) => configHas(thing.config, rest, value)
      case 'state': return this.#state(value, spec)
      default: return refuse(spec, `there is no method "${method}"`)
    }
  }

  #state(value: string, spec: string): (thing: Thing) => boolean {
    const before = this.#before ?? refuse(spec, 'it needs a manifest to compare with; name its folder with --state')
    const now = (this.#now ??= stateOf(this.#project))
    const same = (id: string, part: 'whole' | 'body' | 'config' | 'relation' | 'macros' | 'contract'): boolean => now.get(id)?.[part] === before.get(id)?.[part]
    const parts = { modified: 'whole', 'modified.body': 'body', 'modified.configs': 'config', 'modified.relation': 'relation', 'modified.macros': 'macros', 'modified.contract': 'contract' } as const
    if (value === 'new') return ({ id }) => now.has(id) && !before.has(id)
    if (value === 'old') return ({ id }) => before.has(id)
    if (value === 'unmodified') return ({ id }) => before.has(id) && same(id, 'whole')
    if (!Object.hasOwn(parts, value)) refuse(spec, `there is no state "${value}"`)
    const part = parts[value as keyof typeof parts]
    return ({ id }) => now.has(id) && (!before.has(id) || !same(id, part))
  }

  /** One of `selectors.yml`. */
  named(name: string, depth = 0): Set<string> {
    const selector = this.#project.selectors[name]
    if (selector === undefined || depth > 20) return refuse(name, selector === undefined ? 'selectors.yml has no such selector' : 'it leads to itself')
    return this.#definition(mapOf(selector)['definition'], name, depth)
  }

  #definition(definition: Json | undefined, name: string, depth: number): Set<string> {
    if (depth > 20) return refuse(name, 'it is nested more than 20 deep')
    if (typeof definition === 'string') return this.union([definition])
    if (!isMap(definition)) return refuse(name, 'its definition is neither text nor map')
    const inner = (list: Json | undefined): readonly Set<string>[] => listOf(list).filter((one) => !isMap(one) || one['exclude'] === undefined).map((one) => this.#definition(one, name, depth + 1))
    const without = (list: Json | undefined, chosen: Set<string>): Set<string> => {
      for (const one of listOf(list)) if (isMap(one) && one['exclude'] !== undefined) for (const gone of listOf(one['exclude'])) for (const id of this.#definition(gone, name, depth + 1)) chosen.delete(id)
      return chosen
    }
    if (definition['union'] !== undefined) return without(definition['union'], new Set(inner(definition['union']).flatMap((part) => [...part])))
    if (definition['intersection'] !== undefined) {
      const parts = inner(definition['intersection'])
      return without(definition['intersection'], new Set([...(parts[0] ?? [])].filter((id) => parts.every((part) => part.has(id)))))
    }
    if (definition['method'] === undefined) return new Set(Object.entries(definition).flatMap(([method, value]) => [...this.union([`${method}:${textOf(value)}`])]))
    if (definition['method'] === 'selector') return this.named(textOf(definition['value']), depth + 1)
    const before = definition['childrens_parents'] === true ? '@' : definition['parents'] === true ? `${textOf(definition['parents_depth'])}+` : ''
    const chosen = this.union([`${before}${textOf(definition['method'])}:${textOf(definition['value'])}${definition['children'] === true ? `+${textOf(definition['children_depth'])}` : ''}`])
    for (const gone of listOf(definition['exclude'])) for (const id of this.#definition(gone, name, depth + 1)) chosen.delete(id)
    return chosen
  }
}

function thingsOf(project: Project): ReadonlyMap<string, Thing> {
  const things = new Map<string, Thing>()
  const tagsOf = (config: Readonly<Record<string, Json>>): readonly string[] => listOf(config['tags']).map((tag) => textOf(tag))
  for (const node of project.nodes.values()) things.set(node.id, { ...node, tags: tagsOf(node.config), ...(node.type === 'test' ? { test: { name: node.test?.name ?? node.name, generic: node.test !== undefined } } : { test: undefined }) } as Thing)
  for (const source of project.sources.values()) things.set(source.id, { ...source, type: 'source', needs: [] })
  for (const exposure of project.exposures.values()) things.set(exposure.id, { ...exposure, type: 'exposure', tags: tagsOf(exposure.config) })
  for (const test of project.unitTests.values()) things.set(test.id, { ...test, type: 'unit_test', tags: tagsOf(test.config), needs: [test.model] })
  return things
}

function globOf(pattern: string): RegExp {
  const source = pattern.replace(/[.+^${}()|\\]/gu, '\\$&').replace(/\*+|\?|\[!?[^\]]*\]?/gu, (found) => (found.startsWith('**') ? '.*' : found === '*' ? '[^/]*' : found === '?' ? '.' : found.endsWith(']') ? found.replace('[!', '[^') : '\\['))
  return new RegExp(`^(?:${source})$`, 'su')
}

/** `model`, `folder`, `package.folder.model`, with `*`. */
function matchesFqn(thing: Thing, value: string): boolean {
  const { fqn, name } = thing
  const last = thing.version === undefined ? name : `${name}.v${thing.version}`
  if (globOf(value).test(name) || globOf(value).test(last)) return true
  const parts = value.split('.')
  const flat = thing.version === undefined ? fqn : [...fqn.slice(0, -2), name, fqn.at(-1) ?? '']
  const fits = (names: readonly string[]): boolean => parts.length <= names.length && parts.every((part, i) => (part === '*' ? true : globOf(part).test(names[i] ?? '')))
  return fits(flat) || fits(flat.slice(1))
}

function configHas(config: Readonly<Record<string, Json>>, path: readonly string[], value: string): boolean {
  let found: Json | undefined = config
  for (const part of path) found = isMap(found) ? found[part] : undefined
  const is = (one: Json): boolean => (typeof one === 'boolean' ? String(one) === value.toLowerCase() : globOf(value).test(textOf(one)))
  return Array.isArray(found) ? (found as readonly Json[]).some(is) : isMap(found) ? Object.hasOwn(found, value) : found !== undefined && found !== null && is(found)
}
