// The tests that YAML names: each becomes a node of its own.

import { createHash } from 'node:crypto'
import type { Diagnostic, Json, Place, Result } from '@tulle/kernel'
import { fingerprintOf, sha256 } from '@tulle/kernel'
import { parseTemplate } from '../jinja/parse.ts'
import type { Template } from '../jinja/types.ts'
import { messages } from '../messages.ts'
import type { Config, ResourceType } from '../types.ts'
import { configOfTree, joinConfig } from './config.ts'
import type { Draft, Tested } from './draft.ts'
import type { Captured, ProjectMemory } from './memory.ts'
import { defaultConfig } from './read-nodes.ts'
import { isMap, listOf, mapOf, placeOfName, textOf } from './read-yaml.ts'

const CONFIGS = new Set(['severity', 'where', 'limit', 'warn_if', 'error_if', 'fail_calc', 'store_failures', 'store_failures_as', 'tags', 'meta', 'enabled', 'schema', 'database', 'alias', 'group', 'sql_header', 'description'])

export interface TestMaking {
  readonly memory: ProjectMemory
  readonly found: Diagnostic[]
  readonly trees: { readonly root: Config; readonly own: Config }
  readonly rootName: string
  /** Whether there is such a test. */
  readonly known: (name: string, namespace: string | undefined, forPackage: string) => boolean
  readonly rendered: (value: Json, file: string) => Json
  readonly capture: (draft: Pick<Draft, 'id' | 'name' | 'package' | 'config' | 'fqn'>, template: Template) => Result<Captured>
  readonly place: (draft: { readonly name: string; readonly package: string; readonly config: Config; readonly type: ResourceType; readonly version: string | undefined }) => { readonly schema: string; readonly alias: string; readonly database: string }
}

export function makeTests(making: TestMaking, tested: Tested): readonly Draft[] {
  const tests: Draft[] = []
  const add = (given: Json, column: string | undefined, columnTags: Json): void => {
    const draft = makeTest(making, tested, { given, column, columnTags })
    if (draft !== undefined) tests.push(draft)
  }
  for (const given of testsOf(tested.raw)) add(given, undefined, [])
  for (const column of listOf(tested.raw['columns']).filter(isMap)) {
    const name = textOf(column['name'])
    for (const given of testsOf(column)) add(given, column['quote'] === true ? `"${name}"` : name, [...listOf(column['tags']), ...listOf(mapOf(column['config'])['tags'])])
  }
  return tests
}

const testsOf = (raw: Config): readonly Json[] => [...listOf(raw['tests']), ...listOf(raw['data_tests'])]

interface GivenTest { readonly given: Json; readonly column: string | undefined; readonly columnTags: Json }

function makeTest(making: TestMaking, tested: Tested, { given, column, columnTags }: GivenTest): Draft | undefined {
  const { entry, about, shown, reference } = tested
  const read = readTest(given)
  const place = (name: string): Place => placeOfName(entry.yaml, name, '-')
  if (read === undefined) {
    making.found.push(messages['dbt-test-shape']({ of: shown }, { place: placeOfName(entry.yaml, entry.name) }))
    return undefined
  }
  const [namespace, name] = read.test.includes('.') ? [read.test.slice(0, read.test.indexOf('.')), read.test.slice(read.test.indexOf('.') + 1)] : [undefined, read.test]
  const pack = entry.package.name
  if (!making.known(name, namespace, pack)) {
    making.found.push(messages['dbt-test-unknown']({ test: read.test, of: shown }, { place: place(read.test) }))
    return undefined
  }
  const args: Config = { ...(column !== undefined && { column_name: column }), ...read.args }
  const { label, short } = nameOf({ namespace, name, shown, args, source: tested.kind === 'source', given: read.name })
  const fqn = [...tested.fqn.slice(0, -1), label]
  const configs = making.rendered(read.config, entry.yaml.file) as Config
  const config = joinConfig(joinConfig(joinConfig(defaultConfig('test'), joinConfig(configOfTree(making.trees.own, fqn), configOfTree(making.trees.root, fqn))), { tags: columnTags }), configs)
  const hash = fingerprintOf({ namespace: namespace ?? null, name, args, about, config: read.config }).slice(0, 10)
  const text = `{{ ${reference} }}${Object.values(args).map((arg) => textOfArgument(arg)).join('')}`
  const template = making.memory.template(`${entry.yaml.file}#test.${label}.${hash}`, text, () => parseTemplate(text, entry.yaml.file))
  if (!template.ok) {
    making.found.push(...template.diagnostics.map((one) => ({ ...one, place: place(read.test) })))
    return undefined
  }
  const id = `test.${pack}.${label}.${hash}`
  const captured = making.capture({ id, name: label, package: pack, config, fqn }, template.value)
  if (!captured.ok) {
    making.found.push(...captured.diagnostics.map((one) => ({ ...one, place: place(read.test) })))
    return undefined
  }
  return {
    id, type: 'test', name: label, package: pack, file: entry.yaml.file, path: `${short}.sql`, fqn,
    raw: `{{ test_${name}(**_dbt_generic_test_kwargs) }}`,
    template: template.value,
    checksum: sha256(''),
    config,
    ...making.place({ name: short, package: pack, config, type: 'test', version: undefined }),
    description: textOf(read.config['description']),
    columns: [], refs: captured.value.refs, sources: captured.value.sources, patch: undefined,
    group: undefined, access: 'protected', version: undefined, latestVersion: undefined, constraints: [], relation: undefined,
    test: { name, namespace, arguments: args, column, about },
    entry: undefined,
  }
}

/** Arguments that name others have to be known before the test runs. */
function textOfArgument(arg: Json): string {
  if (typeof arg === 'string') return /^\s*(?:ref|source)\s*\(.+\)\s*$/su.test(arg) ? `{{ ${arg} }}` : /\{\{.*(?:ref|source)\s*\(/su.test(arg) ? arg : ''
  return Array.isArray(arg) ? arg.map(textOfArgument).join('') : isMap(arg) ? Object.values(arg).map(textOfArgument).join('') : ''
}

interface ReadTest { readonly test: string; readonly name: string | undefined; readonly args: Config; readonly config: Config }

function readTest(given: Json): ReadTest | undefined {
  if (typeof given === 'string') return { test: given, name: undefined, args: {}, config: {} }
  if (!isMap(given)) return undefined
  const named = textOf(given['test_name'])
  const keys = Object.keys(given)
  const beside = new Set(['name', 'test_name', 'config', 'arguments', 'description'])
  const test = named !== '' ? named : (keys.find((key) => isMap(given[key]) && !beside.has(key)) ?? keys.find((key) => !beside.has(key) && !CONFIGS.has(key)))
  if (test === undefined) return undefined
  const body: Config = named !== '' ? given : { ...given, ...mapOf(given[test]), [test]: null }
  const args: Record<string, Json> = { ...mapOf(body['arguments']) }
  const config: Record<string, Json> = { ...mapOf(body['config']) }
  for (const [key, value] of Object.entries(body)) {
    if (beside.has(key) || key === test) continue
    if (CONFIGS.has(key)) config[key] = value
    else args[key] = value
  }
  return { test, name: textOf(body['name']) || undefined, args, config }
}

interface Naming { readonly namespace: string | undefined; readonly name: string; readonly shown: string; readonly args: Config; readonly source: boolean; readonly given: string | undefined }

/** As dbt names them, so that selectors know them: the test, what it is about, its arguments; where kept, in at most 63 characters. */
function nameOf({ namespace, name, shown, args, source, given }: Naming): { readonly label: string; readonly short: string } {
  if (given !== undefined) return { label: given, short: given }
  const flat = Object.keys(args).toSorted().flatMap((key) => (key === 'model' ? [] : isMap(args[key]) ? Object.values(mapOf(args[key])) : listOf(args[key])))
  const kind = `${source ? 'source_' : ''}${namespace === undefined ? '' : `${namespace}_`}${name}`
  const full = [`${kind}_${shown}`, flat.map((one) => (typeof one === 'boolean' ? (one ? 'True' : 'False') : textOf(one, JSON.stringify(one))).replace(/[^0-9a-zA-Z_]+/gu, '_')).join('__')].filter((part) => part !== '').join('_').replace(/[^0-9a-zA-Z_]+/gu, '_')
  return { label: full, short: full.length < 64 ? full : `${full.slice(0, 30)}_${createHash('md5').update(full).digest('hex')}` }
}
