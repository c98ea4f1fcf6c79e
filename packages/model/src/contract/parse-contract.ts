// Turns the text of an ODCS contract into the parts that the platform acts on, and keeps the document whole.
// A contract is read by the version that it declares and, where it does not fit that, by the newest.

import type { z } from 'zod'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, resultOf } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { checkShape } from '../shape/check-shape.ts'
import type { UnknownKey } from '../shape/unknown-keys.ts'
import { unknownKeyFinder } from '../shape/unknown-keys.ts'
import type { ContractColumn, DataContract, FailureWords, QualityRule } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import type { TypedProperty } from './column-type.ts'
import { columnTypeOf } from './column-type.ts'
import { driftOf } from './drift.ts'
import { retentionOf } from './retention.ts'
import { shreddingOf } from './shredding.ts'
import type { PlacedColumn } from './layout.ts'
import { layoutOf } from './layout.ts'
import { odcs22 } from './odcs-2.ts'
import { odcs30, odcs31, odcs32 } from './odcs-3.ts'

type Obj = Readonly<Record<string, Json>>

/** One object of a contract's schema, before a data set has chosen it. */
export interface SchemaObject {
  readonly name: string
  readonly physicalName?: string
  readonly at: Path
}

/** A contract whose document fits the standard. */
export interface ReadContract {
  readonly document: YamlDocument
  readonly objects: readonly SchemaObject[]
}

/** Reads a contract for one data set: `schema` names the schema object where the contract has several. */
export function parseContract(text: string, file: string, options: { schema?: string } = {}): Result<DataContract> {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const checked = checkContract(parsed.value)
  if (checked.some((d) => d.severity === 'error')) return fail(...checked)
  const read = readContract(parsed.value)
  const chosen = chooseObject(read, options.schema)
  if (!chosen.ok) return fail(...checked, ...chosen.diagnostics)
  const { contract, diagnostics } = contractOf(read, chosen.value)
  return resultOf(contract, [...checked, ...diagnostics])
}

/** One object of a contract's schema, read. */
export interface NamedContract { readonly name: string; readonly contract: DataContract }

/** Reads a contract as a whole: the document as written, and one contract per object of its schema. */
export function parseContracts(text: string, file: string): Result<{ readonly document: Json; readonly objects: readonly NamedContract[] }> {
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const checked = checkContract(parsed.value)
  if (hasError(checked)) return fail(...checked)
  const read = readContract(parsed.value)
  const diagnostics = [...checked]
  const objects = read.objects.map((object) => {
    const found = contractOf(read, object)
    diagnostics.push(...found.diagnostics)
    return { name: object.name, contract: found.contract }
  })
  return resultOf({ document: parsed.value.value, objects }, diagnostics)
}

interface Standard { readonly schema: z.ZodType; readonly unknownKeys: (value: Json) => readonly UnknownKey[] }

const V22: Standard = { schema: odcs22, unknownKeys: unknownKeyFinder(odcs22) }
const V30: Standard = { schema: odcs30, unknownKeys: unknownKeyFinder(odcs30) }
const V32: Standard = { schema: odcs32, unknownKeys: unknownKeyFinder(odcs32) }
const V31: Standard = { schema: odcs31, unknownKeys: unknownKeyFinder(odcs31) }

/** Whether a document is a contract of its declared version, or of the newest; unknown keys are warnings. */
export function checkContract(document: YamlDocument): readonly Diagnostic[] {
  const { value } = document
  const check = ({ schema, unknownKeys }: Standard): readonly Diagnostic[] => [
    ...checkShape({ value, schema, place: document.place }),
    ...unknownKeys(value).map(({ path, known }) => messages['contract-unknown-key']({ name: String(path.at(-1)), known }, { place: document.place(path, 'key') })),
  ]
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return check(V31)
  const declared = String((value as Obj)['apiVersion'] ?? '')
  if (declared.startsWith('v2.') || (declared === '' && Object.hasOwn(value, 'dataset'))) return check(V22)
  if (declared.startsWith('v3.2.')) return check(V32)
  if (!declared.startsWith('v3.0.')) return check(V31)
  const own = check(V30)
  if (!hasError(own)) return own
  const newest = check(V31)
  return hasError(newest) ? own : [...newest, messages['contract-newer-version']({ declared, readAs: 'v3.1.0' }, { place: document.place(['apiVersion']) })]
}

const hasError = (diagnostics: readonly Diagnostic[]): boolean => diagnostics.some((d) => d.severity === 'error')

/** A contract that `checkContract` found nothing against, with the objects that a data set may choose from. */
export function readContract(document: YamlDocument): ReadContract {
  const value = document.value as Obj
  const key = isOld(value) ? 'dataset' : 'schema'
  const objects = listOf(value[key]).map((object, i) => ({
    name: String(object['name'] ?? object['table'] ?? ''),
    ...(typeof object['physicalName'] === 'string' && { physicalName: object['physicalName'] }),
    at: [key, i],
  }))
  return { document, objects }
}

/** The schema object that describes a data set: the one of its name, else the only one. */
export function chooseObject(read: ReadContract, dataSet: string | undefined): Result<SchemaObject | undefined> {
  const { objects, document } = read
  const named = dataSet === undefined ? undefined : (objects.find((o) => o.name === dataSet) ?? objects.find((o) => o.physicalName === dataSet))
  if (named !== undefined || objects.length <= 1 || dataSet === undefined) return { ok: true, value: named ?? objects[0], diagnostics: [] }
  return fail(messages['which-schema-object']({ name: dataSet, known: objects.map((o) => o.name) }, { place: document.place([objects[0]?.at[0] ?? 'schema'], 'key') }))
}

/** The contract as one schema object describes it. */
export function contractOf(read: ReadContract, object: SchemaObject | undefined): { contract: DataContract; diagnostics: readonly Diagnostic[] } {
  const { document } = read
  const value = document.value as Obj
  const at = object?.at ?? []
  const body = object === undefined ? {} : (at.reduce<Json>((here, step) => (here as Record<string | number, Json>)[step] as Json, value) as Obj)
  const diagnostics: Diagnostic[] = []
  const placed = columnsOf(document, body, at, diagnostics)
  const columns = placed.map(({ column }) => column)
  const version = String(value['version'])
  const layout = layoutOf(document, placed, diagnostics)
  const drift = driftOf(document, [at, []], diagnostics)
  const retention = retentionOf(document, at, columns, diagnostics)
  const shredding = shreddingOf(document, at, { columns, layout }, diagnostics)
  const quality = [...rulesOf(document, value['quality'], ['quality']), ...rulesOf(document, body['quality'], [...at, 'quality'])]
  const references = referencesOf(document, body, at)
  const contract: DataContract = {
    id: String(value['id'] ?? value['uuid']),
    version,
    major: Number(/^v?(\d{1,6})/u.exec(version)?.[1] ?? 0),
    columns,
    quality,
    ...(references.length > 0 && { references }),
    ...failureOf(body),
    ...(Object.keys(layout).length > 0 && { layout }),
    ...(drift !== undefined && { drift }),
    ...(retention !== undefined && { retention }),
    ...(shredding !== undefined && { shredding }),
    ...holdOf(body),
    document: value,
    place: document.laterPlace(at, 'key'),
  }
  return { contract, diagnostics }
}

function columnsOf(document: YamlDocument, body: Obj, at: Path, diagnostics: Diagnostic[]): readonly (PlacedColumn & { readonly column: ContractColumn })[] {
  const key = Object.hasOwn(body, 'columns') ? 'columns' : 'properties'
  const seen = new Map<string, Path>()
  const properties = listOf(body[key])
  const unplaced = { count: 0 }
  return properties.map((property, i) => {
    const path = [...at, key, i]
    const nameAt = [...path, key === 'columns' ? 'column' : 'name']
    const name = String(property['name'] ?? property['column'])
    const lower = name.toLowerCase()
    const first = seen.get(lower)
    if (first !== undefined) {
      diagnostics.push(messages['duplicate-column']({ name }, { place: document.place(nameAt), related: [{ place: document.place(first), message: 'It is declared here already.' }] }))
    } else seen.set(lower, nameAt)
    if (!COLUMN_NAME.test(name)) diagnostics.push(messages['bad-column-name']({ name: name.slice(0, 100) }, { place: document.place(nameAt) }))
    const type = columnTypeOf(property as TypedProperty)
    if (type === undefined) diagnostics.push(messages['untyped-column']({ name }, { place: document.place(path) }))
    const column: ContractColumn = {
      name,
      type: type ?? 'string',
      required: property['required'] === true || property['isNullable'] === false,
      unique: property['unique'] === true || property['isUnique'] === true,
      ...primaryKeyOf(property, unplaced),
      ...textOf(property, 'classification'),
      ...businessKeyOf(property),
      ...textOf(property, 'description'),
      ...narrowedOf(property),
      quality: rulesOf(document, property['quality'], [...path, 'quality']),
      ...failureOf(property),
      place: document.laterPlace(nameAt),
    }
    return { column, property, path }
  })
}

// A column's name travels through SQL, URLs and file names: no control or disguising characters, and no dot, which references use.
const COLUMN_NAME = /^[^.\p{Cc}\p{Cf}\p{Cs}]{1,255}$/u

function primaryKeyOf(property: Obj, unplaced: { count: number }): { primaryKey?: number } {
  if (property['primaryKey'] !== true && property['isPrimaryKey'] !== true) return {}
  const position = property['primaryKeyPosition']
  if (typeof position === 'number' && position >= 1) return { primaryKey: position }
  unplaced.count += 1
  return { primaryKey: unplaced.count }
}

/** From `customProperties: [{property: businessKey, value: …}]` or `authoritativeDefinitions: [{type: businessKey, url: …}]`. */
function businessKeyOf(property: Obj): { businessKey?: string } {
  const custom = listOf(property['customProperties']).find((p) => p['property'] === 'businessKey')?.['value']
  const definition = listOf(property['authoritativeDefinitions']).find((d) => d['type'] === 'businessKey')?.['url']
  const found = custom ?? definition
  return typeof found === 'string' ? { businessKey: found } : {}
}

/** `relationships` of the object, and of its columns, which are their own `from`. */
function referencesOf(document: YamlDocument, body: Obj, at: Path): NonNullable<DataContract['references']> {
  const texts = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? (value as readonly Json[]) : [value ?? null]).filter((one) => typeof one === 'string')
  const read = (relationships: Json | undefined, path: Path, own?: string): NonNullable<DataContract['references']> =>
    listOf(relationships).flatMap(({ from, to, type }, i) => {
      const columns = own === undefined ? texts(from).map((name) => name.slice(name.lastIndexOf('.') + 1)) : [own]
      return (type === undefined || type === 'foreignKey') && columns.length > 0 ? [{ columns, to: texts(to), place: document.laterPlace([...path, i]) }] : []
    })
  const ofColumns = listOf(body['properties']).flatMap((property, i) => read(property['relationships'], [...at, 'properties', i, 'relationships'], String(property['name'])))
  return [...ofColumns, ...read(body['relationships'], [...at, 'relationships'])]
}

function narrowedOf(property: Obj): Pick<ContractColumn, 'narrowed'> {
  const { logicalTypeOptions: options, enum: values } = property
  const written = { ...(isObj(options) && { options }), ...(Array.isArray(values) && { values: values as readonly Json[] }) }
  return Object.keys(written).length === 0 ? {} : { narrowed: written }
}

/** From `customProperties: [{property: legalHold, value: why}]`. */
function holdOf(element: Obj): { legalHold?: string } {
  const why = listOf(element['customProperties']).find(({ property }) => property === 'legalHold')?.['value']
  return why === undefined || why === null || why === false ? {} : { legalHold: typeof why === 'string' ? why : 'held' }
}

/** From `customProperties: [{property: onFailure, value: quarantine}, {property: atMost, value: 1 %}]`. */
function failureOf(element: Obj): { onFailure?: FailureWords } {
  const custom = listOf(element['customProperties'])
  const words = Object.fromEntries(['onFailure', 'atMost'].flatMap((word) => custom.filter(({ property }) => property === word).map(({ value }) => [word, value ?? null])))
  return Object.keys(words).length > 0 ? { onFailure: words } : {}
}

function rulesOf(document: YamlDocument, rules: Json | undefined, at: Path): readonly QualityRule[] {
  return listOf(rules).map((rule, i) => {
    const metric = rule['metric'] ?? (rule['type'] === undefined || rule['type'] === 'library' ? (rule['rule'] ?? rule['templateName']) : undefined)
    return { ...(typeof metric === 'string' && { metric }), rule: rule as Json, place: document.laterPlace([...at, i]) }
  })
}

const textOf = <K extends string>(object: Obj, key: K): { [P in K]?: string } => (typeof object[key] === 'string' ? ({ [key]: object[key] } as { [P in K]?: string }) : {})
const isOld = (value: Obj): boolean => Object.hasOwn(value, 'dataset') && !Object.hasOwn(value, 'schema')
const isObj = (value: Json | undefined): value is Obj => value !== undefined && value !== null && typeof value === 'object' && !Array.isArray(value)
const listOf = (value: Json | undefined): readonly Obj[] => (Array.isArray(value) ? (value as readonly Json[]).filter(isObj) : [])
