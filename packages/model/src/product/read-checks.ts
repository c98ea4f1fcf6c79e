// The files in a product's `checks/`: checks of its own, beside what its contracts promise. Each becomes rules of the data set
// that it is about, in the words in which contracts hold rules of other tools.

import type { Diagnostic, Json } from '@tulle/kernel'
import { didYouMean } from '@tulle/kernel'
import type { TextFile } from '../file-roles.ts'
import { messages } from '../messages.ts'
import type { DataSet, QualityRule } from '../types.ts'
import { startOf } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { parseYaml, refuseText } from '../yaml/parse-yaml.ts'

type Obj = Readonly<Record<string, Json>>
const isObj = (value: Json | undefined): value is Obj => value !== null && typeof value === 'object' && !Array.isArray(value)
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? (value as readonly Json[]) : [])

/** Rules of one data set; those of a column by its name. */
interface Added { readonly dataSet: string; readonly column?: string; readonly rule: QualityRule }

type Malformed = (why: string, at: readonly (string | number)[], hint?: string) => readonly Added[]

/** The data sets with the checks of the files, which are about them by their names: `<data set>.yaml`, `<data set>.<anything>.yaml`. */
export function withChecks(dataSets: readonly DataSet[], files: Iterable<TextFile>): { readonly dataSets: readonly DataSet[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const added = [...files].flatMap((file) => readFile(file, dataSets, diagnostics))
  if (added.length === 0) return { dataSets, diagnostics }
  const of = Map.groupBy(added, ({ dataSet }) => dataSet)
  return { dataSets: dataSets.map((dataSet) => withRules(dataSet, of.get(dataSet.name) ?? [])), diagnostics }
}

function withRules(dataSet: DataSet, added: readonly Added[]): DataSet {
  const { contract } = dataSet
  if (contract === undefined || added.length === 0) return dataSet
  const rulesOf = (column: string | undefined): readonly QualityRule[] => added.filter((one) => one.column === column).map(({ rule }) => rule)
  const columns = contract.columns.map((column) => ({ ...column, quality: [...column.quality, ...rulesOf(column.name)] }))
  return { ...dataSet, contract: { ...contract, columns, quality: [...contract.quality, ...rulesOf(undefined)] } }
}

function readFile(file: TextFile, dataSets: readonly DataSet[], diagnostics: Diagnostic[]): readonly Added[] {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1)
  const ofFile = name.split('.')[0] ?? ''
  /** Undefined, and told, where the product has no such data set with a contract. */
  const known = (dataSet: string, place: QualityRule['place']): DataSet | undefined => {
    const found = dataSets.find((one) => one.name === dataSet && one.contract !== undefined)
    if (found === undefined) diagnostics.push(messages['checks-of-nothing']({ name: dataSet.slice(0, 100), known: dataSets.filter(({ contract }) => contract !== undefined).map((one) => one.name) }, { place }))
    return found
  }
  if (name.endsWith('.sql')) {
    const refusal = refuseText(file.text, file.path)
    if (refusal !== undefined) diagnostics.push(refusal)
    if (refusal !== undefined || known(ofFile, startOf(file.path)) === undefined) return []
    const query = { 'failed rows': { name: name.replace(/\.sql$/u, ''), 'fail query': file.text } }
    return [{ dataSet: ofFile, rule: { rule: soda(query), place: startOf(file.path) } }]
  }
  const parsed = parseYaml(file.text, file.path)
  if (!parsed.ok) {
    diagnostics.push(...parsed.diagnostics)
    return []
  }
  const document = parsed.value
  const { value } = document
  const malformed: Malformed = (why, at, hint = '') => {
    diagnostics.push(messages['checks-malformed']({ file: file.path, why, hint }, { place: document.place(at, at.length === 0 ? 'value' : 'key') }))
    return []
  }
  if (!isObj(value)) return malformed('it is no map', [])
  if (Array.isArray(value['expectations'])) return known(ofFile, startOf(file.path)) === undefined ? [] : ofSuite(document, value['expectations'] as readonly Json[], ofFile)
  if (value['quality'] !== undefined || value['properties'] !== undefined) {
    const dataSet = known(ofFile, startOf(file.path))
    return dataSet === undefined ? [] : ofContract(document, value, dataSet, malformed)
  }
  return Object.entries(value).flatMap(([key, list]) => {
    const [, dataSet] = /^checks for ([^\s[\]]+)$/u.exec(key) ?? []
    if (dataSet === undefined) return malformed(`"${key.slice(0, 60)}" is none of "checks for <data set>", expectations, quality, properties`, [key], didYouMean(key, ['expectations', 'quality', 'properties']))
    if (!Array.isArray(list)) return malformed(`what stands below "${key.slice(0, 60)}" is no list of checks`, [key])
    if (known(dataSet, document.place([key], 'key')) === undefined) return []
    return (list as readonly Json[]).map((check, i): Added => ({ dataSet, rule: { rule: soda(check), place: document.laterPlace([key, i]) } }))
  })
}

const soda = (implementation: Json): Json => ({ type: 'custom', engine: 'soda', implementation })

/** A suite of Great Expectations. */
const ofSuite = (document: YamlDocument, expectations: readonly Json[], dataSet: string): readonly Added[] =>
  expectations.map((implementation, i) => ({ dataSet, rule: { rule: { type: 'custom', engine: 'greatExpectations', ...severityOf(implementation), implementation }, place: document.laterPlace(['expectations', i]) } }))

function severityOf(expectation: Json): { readonly severity?: string } {
  const severity = isObj(expectation) ? (expectation['severity'] ?? (isObj(expectation['meta']) ? expectation['meta']['severity'] : undefined)) : undefined
  return typeof severity === 'string' ? { severity } : {}
}

/** `quality` and `properties` with `quality`, as an object of a contract's schema has them. */
function ofContract(document: YamlDocument, value: Obj, dataSet: DataSet, malformed: Malformed): readonly Added[] {
  const rulesAt = (rules: Json | undefined, at: readonly (string | number)[], column?: string): readonly Added[] =>
    listOf(rules).map((rule, i) => {
      const metric = isObj(rule) && (rule['type'] === undefined || rule['type'] === 'library') ? rule['metric'] : undefined
      return { dataSet: dataSet.name, ...(column !== undefined && { column }), rule: { ...(typeof metric === 'string' && { metric }), rule, place: document.laterPlace([...at, i]) } }
    })
  const ofColumns = listOf(value['properties']).flatMap((property, i) => {
    const name = isObj(property) ? String(property['name']) : ''
    const columns = dataSet.contract?.columns.map((column) => column.name) ?? []
    if (!columns.includes(name)) return malformed(`${dataSet.name} has no column "${name.slice(0, 100)}"`, ['properties', i, 'name'], didYouMean(name, columns))
    return rulesAt(isObj(property) ? property['quality'] : undefined, ['properties', i, 'quality'], name)
  })
  return [...ofColumns, ...rulesAt(value['quality'], ['quality'])]
}
