// Gives the data sets of a draft their contracts and models, from the files of the product's folder.

import type { Diagnostic } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'
import { addAll } from '../add-all.ts'
import type { DataSetDraft } from '../capabilities/contribution.ts'
import { checkContract, chooseObject, contractOf, readContract } from '../contract/parse-contract.ts'
import type { ProductFiles, TextFile } from '../file-roles.ts'
import { messages } from '../messages.ts'
import type { ParseCache } from '../parse-cache.ts'
import { readDocument } from '../read-document.ts'
import type { Suggest } from '../suggestions.ts'
import { suggestions } from '../suggestions.ts'
import type { DataContract, DataProduct, DataSet, DbtProject, FindModelReads, Model } from '../types.ts'
import { startOf } from '../yaml/locate.ts'
import { refuseText } from '../yaml/parse-yaml.ts'
import type { BuiltProject } from './build-project.ts'
import { buildProject, readModels } from './build-project.ts'
import type { ProductDraft } from './draft-product.ts'
import type { NamedPart } from './named-part.ts'
import { withChecks } from './read-checks.ts'

/** SQL, a program, a call of one. */
const MODEL_ENDINGS: readonly string[] = ['.sql', '.ts', '.http.yaml', '.http.yml']

export interface BuiltDataSets {
  readonly dataSets: readonly DataSet[]
  readonly dbt?: DbtProject
  readonly macros?: NonNullable<DataProduct['macros']>
  /** What each used file says, for the product's fingerprint. */
  readonly fingerprints: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

interface Finding {
  readonly draft: ProductDraft
  readonly files: ProductFiles
  readonly used: Set<string>
  readonly fingerprints: string[]
  readonly diagnostics: Diagnostic[]
}

interface Context extends Finding {
  readonly cache: ParseCache
  readonly modelFiles: ReadonlyMap<string, TextFile>
  readonly models: Readonly<Record<string, Model>>
  readonly project: BuiltProject | undefined
  readonly likeInputPort: Suggest
}

/** The data sets of a product, in the order of its components. */
export function buildDataSets(draft: ProductDraft, files: ProductFiles, finding: { cache: ParseCache; modelReads: FindModelReads | undefined }): BuiltDataSets {
  const project = buildProject(draft, files, finding)
  const found: Finding = { draft, files, used: new Set(), fingerprints: [...(project?.fingerprints ?? [])], diagnostics: [...(project?.diagnostics ?? [])] }
  const modelFiles = new Map<string, TextFile>()
  for (const part of draft.dataSets.values()) {
    const file = findFile(part, 'model', files.models, MODEL_ENDINGS, found)
    if (file !== undefined) modelFiles.set(part.name, file)
  }
  const macros = modelFiles.size === 0 ? [] : [...files.macros.values()].filter((file) => isUsable(file, found))
  for (const macro of macros) found.used.add(macro.path)
  const models = readModels(draft, new Map([...modelFiles].filter(([, file]) => isUsable(file))), macros, finding)
  addAll(found.diagnostics, models.diagnostics)
  for (const macro of macros) found.fingerprints.push(`${macro.path.slice(files.folder.length)}:${sha256(macro.text)}`)
  const context: Context = { ...found, cache: finding.cache, modelFiles, models: models.ok ? models.value : {}, project, likeInputPort: suggestions(() => draft.inputPorts.keys()) }
  const { dataSets, diagnostics } = withChecks([...draft.dataSets.values()].map((part) => buildDataSet(part, context)), files.checks.values())
  addAll(context.diagnostics, diagnostics)
  for (const file of files.checks.values()) context.fingerprints.push(`${file.path.slice(files.folder.length)}:${sha256(file.text)}`)
  for (const file of [...files.contracts.values(), ...files.models.values(), ...files.macros.values()]) {
    if (!context.used.has(file.path)) context.diagnostics.push(messages['unused-file']({ file: file.path }, { place: startOf(file.path) }))
  }
  return {
    dataSets, fingerprints: context.fingerprints, diagnostics: context.diagnostics,
    ...(project?.dbt !== undefined && { dbt: project.dbt }),
    ...(macros.length > 0 && { macros: macros.map(({ path, text }) => ({ file: path, text })) }),
  }
}

/** Told once, where `found` is given. */
function isUsable(file: TextFile, found?: Finding): boolean {
  const refusal = refuseText(file.text, file.path)
  if (refusal === undefined && file.text.trim() !== '') return true
  found?.diagnostics.push(refusal ?? messages['empty-file']({ file: file.path }, { place: startOf(file.path) }))
  return false
}

function buildDataSet(part: NamedPart<DataSetDraft>, context: Context): DataSet {
  const { draft, diagnostics } = context
  const { document } = draft
  const contractFile = findFile(part, 'contract', context.files.contracts, ['.odcs.yaml', '.odcs.yml', '.yaml', '.yml'], context)
  const modelFile = context.modelFiles.get(part.name)
  const contract = contractFile === undefined ? undefined : contractOfFile(contractFile, part.name, part.draft.versionOf, context)
  const model = modelFile === undefined ? context.project?.models[part.name] : modelOfFile(modelFile, part.name, context)
  const { from } = part.draft
  const at = [...part.at, 'name']
  if (from !== undefined) checkFrom(part, from, context)
  if (from !== undefined && modelFile !== undefined) diagnostics.push(messages['two-sources']({ name: part.name, model: modelFile.path }, { place: document.place([...part.at, 'properties', 'from']) }))
  const isFilled = from !== undefined || modelFile !== undefined || model !== undefined || context.project?.isUnread === true || part.draft.model !== undefined
  const isDescribed = contractFile !== undefined || part.draft.contract !== undefined
  if (isFilled && !isDescribed) diagnostics.push(messages['no-contract']({ name: part.name }, { place: document.place(at) }))
  if (!isFilled && isDescribed) diagnostics.push(messages['no-source']({ name: part.name }, { place: document.place(at) }))
  if (!isFilled && !isDescribed) diagnostics.push(messages['data-set-elsewhere']({ name: part.title }, { place: document.place(at) }))
  return {
    name: part.name,
    title: part.title,
    ...(part.draft.description !== undefined && { description: part.draft.description }),
    ...(contract !== undefined && { contract }),
    ...(model !== undefined && { model }),
    ...(from !== undefined && { from }),
    ...(part.draft.maintenance !== undefined && { maintenance: part.draft.maintenance }),
    ...(part.draft.versionOf !== undefined && { versionOf: part.draft.versionOf }),
    ...(part.draft.plainName !== undefined && { plainName: part.draft.plainName }),
    ...(part.draft.retires !== undefined && { retires: part.draft.retires }),
    ...(part.draft.refresh !== undefined && { refresh: part.draft.refresh }),
    ...(part.draft.flink !== undefined && { flink: part.draft.flink }),
    place: document.laterPlace(at),
  }
}

/** The file that the component names, else the one that has the data set's name. */
function findFile(part: NamedPart<DataSetDraft>, key: 'contract' | 'model', files: ReadonlyMap<string, TextFile>, endings: readonly string[], context: Finding): TextFile | undefined {
  const named = part.draft[key]
  const paths = named === undefined ? endings.map((ending) => `${key}s/${part.name}${ending}`) : [named.replace(/^\.\//u, '')]
  const file = paths.map((path) => files.get(path)).find((found) => found !== undefined)
  if (file !== undefined) context.used.add(file.path)
  else if (named !== undefined) context.diagnostics.push(messages['missing-file']({ path: named, known: suggestions(() => files.keys())(named) }, { place: context.draft.document.place([...part.at, 'properties', key]) }))
  return file
}

function checkFrom(part: NamedPart<DataSetDraft>, from: string, context: Context): void {
  const { draft, diagnostics } = context
  if (draft.inputPorts.has(from) || draft.spoilt.has(from)) return
  diagnostics.push(messages['unknown-input-port']({ name: from, product: draft.name, known: context.likeInputPort(from) }, { place: draft.document.place([...part.at, 'properties', 'from']) }))
}

function contractOfFile(file: TextFile, dataSet: string, versionOf: string | undefined, context: Context): DataContract | undefined {
  const read = readDocument(file, 'DataContract', context.cache, checkContract)
  addAll(context.diagnostics, read.diagnostics)
  if (read.checked === undefined) return undefined
  const contract = readContract(read.checked.document)
  const own = chooseObject(contract, dataSet)
  // Its contract is the next version of another's, which calls the object as that one does.
  const object = !own.ok && versionOf !== undefined ? chooseObject(contract, versionOf) : own
  if (!object.ok) {
    addAll(context.diagnostics, object.diagnostics)
    return undefined
  }
  context.fingerprints.push(`${dataSet}:contract:${read.checked.fingerprint}`)
  const made = contractOf(contract, object.value)
  addAll(context.diagnostics, made.diagnostics)
  if (made.contract.columns.length === 0) context.diagnostics.push(messages['contract-without-columns']({ name: dataSet }, { place: read.checked.document.place(object.value?.at ?? [], 'key') }))
  return made.contract
}

function modelOfFile(file: TextFile, dataSet: string, context: Context): Model | undefined {
  if (!isUsable(file, context)) return undefined
  const fingerprint = sha256(file.text)
  context.fingerprints.push(`${file.path.slice(context.files.folder.length)}:${fingerprint}`)
  const read = context.models[dataSet]
  return { file: file.path, text: file.text, refs: read?.refs ?? [], sources: read?.sources ?? [], fingerprint: read?.fingerprint ?? fingerprint, place: startOf(file.path), ...(read?.program !== undefined && { program: read.program }) }
}
