// Resolves the ports of a draft: which files, which data set of which product, which data sets are offered.

import type { Diagnostic } from '@tulle/kernel'
import type { InputPortDraft, OutputPortDraft } from '../capabilities/contribution.ts'
import { addAll } from '../add-all.ts'
import { isPathInside } from '../file-roles.ts'
import { messages } from '../messages.ts'
import type { Suggest } from '../suggestions.ts'
import { suggestions } from '../suggestions.ts'
import type { DataSet, FileInputPort, InputPort, OutputPort } from '../types.ts'
import type { Path } from '../yaml/locate.ts'
import { checkConnected } from './check-connected.ts'
import type { ProductDraft } from './draft-product.ts'
import type { NamedPart } from './named-part.ts'

/** What ports may refer to beyond their product. */
export interface MeshNames {
  /** Data sets by product; undefined for a product that is refused for mistakes of its own. */
  readonly dataSets: ReadonlyMap<string, readonly string[] | undefined>
  /** Those of them that are versions of others, by product: whoever names none means none of these. */
  readonly versions: ReadonlyMap<string, ReadonlySet<string>>
  /** Products that have an output port of a title. */
  readonly outputPorts: ReadonlyMap<string, readonly string[]>
  readonly likeProduct: Suggest
  readonly likeOutputPort: Suggest
}

interface Findings { readonly draft: ProductDraft; readonly names: MeshNames; readonly diagnostics: Diagnostic[] }

export function buildInputPorts(draft: ProductDraft, names: MeshNames): { ports: readonly InputPort[]; diagnostics: readonly Diagnostic[] } {
  const findings: Findings = { draft, names, diagnostics: [] }
  return { ports: [...draft.inputPorts.values()].map((part) => inputPort(part, findings)), diagnostics: findings.diagnostics }
}

function inputPort(part: NamedPart<InputPortDraft>, findings: Findings): InputPort {
  const { draft } = part
  const { document } = findings.draft
  const at = [...part.at, 'name']
  const base = { name: part.name, title: part.title, place: document.laterPlace(at) }
  switch (draft.kind) {
    case 'file': {
      const format = draft.format ?? formatOfPath(draft.path)
      const pathAt = () => document.place([...part.at, 'properties', 'path'])
      const settings = draft.connection === undefined ? undefined : { path: draft.path, format: format ?? 'csv', options: draft.options, ...draft.connection }
      if (settings !== undefined) addAll(findings.diagnostics, checkConnected(part.name, { system: 'files', settings }, (key) => document.place([...part.at, 'properties', ...(key === undefined ? [] : [key])])))
      const isElsewhere = settings !== undefined && /^(?:s3|https?):\/\//u.test(draft.path)
      if (!isElsewhere && !isSourcePath(draft.path)) findings.diagnostics.push(messages['file-path-escapes']({ path: draft.path.slice(0, 200) }, { place: pathAt() }))
      else if (format === undefined) findings.diagnostics.push(messages['file-format-unknown']({ path: draft.path }, { place: pathAt() }))
      if (settings !== undefined) return { ...base, kind: 'connected', system: 'files', settings }
      return { ...base, kind: 'file', path: draft.path, format: format ?? 'csv', options: draft.options }
    }
    case 'product': {
      const dataSet = dataSetRead(draft, part.at, findings)
      return { ...base, kind: 'product', product: draft.product, ...(dataSet !== undefined && { dataSet }), ...(draft.purpose !== undefined && { purpose: draft.purpose }) }
    }
    case 'iceberg': {
      const { title: _, ...port } = draft
      if (port.ref !== undefined && port.snapshot !== undefined) findings.diagnostics.push(messages['ref-and-snapshot']({ name: part.name }, { place: document.place([...part.at, 'properties', 'snapshot']) }))
      return { ...base, ...port }
    }
    case 'connected': {
      const { title: _, ...port } = draft
      addAll(findings.diagnostics, checkConnected(part.name, port, (key) => document.place([...part.at, 'properties', ...(key === undefined ? [] : [key])])))
      return { ...base, ...port }
    }
    case 'associated': {
      const owners = findings.names.outputPorts.get(draft.outputPort) ?? []
      const [product] = owners
      const portAt = (): ReturnType<typeof document.place> => document.place([...part.at, 'properties', 'associated_output_port'])
      if (product === undefined) {
        findings.diagnostics.push(messages['unknown-output-port']({ name: draft.outputPort, known: findings.names.likeOutputPort(draft.outputPort) }, { place: portAt() }))
        return { ...base, kind: 'external', ...(draft.description !== undefined && { description: draft.description }) }
      }
      if (owners.length > 1) findings.diagnostics.push(messages['ambiguous-output-port']({ name: draft.outputPort, products: owners }, { place: portAt() }))
      const offered = (findings.names.dataSets.get(product) ?? []).filter((name) => findings.names.versions.get(product)?.has(name) !== true)
      return { ...base, kind: 'product', product, ...(offered.length === 1 && offered[0] !== undefined && { dataSet: offered[0] }) }
    }
    case 'external':
      findings.diagnostics.push(messages['input-elsewhere']({ name: part.title }, { place: document.place(at) }))
      return { ...base, kind: 'external', ...(draft.description !== undefined && { description: draft.description }) }
  }
}

/** The data set that a product input port reads, where the port is right. */
function dataSetRead(port: { readonly product: string; readonly dataSet?: string }, at: Path, findings: Findings): string | undefined {
  const { draft, names, diagnostics } = findings
  const place = (key: string) => draft.document.place([...at, 'properties', key])
  const known = names.dataSets.get(port.product)
  if (!names.dataSets.has(port.product)) {
    diagnostics.push(messages['unknown-product']({ name: port.product, known: names.likeProduct(port.product) }, { place: place('product') }))
    return port.dataSet
  }
  if (known === undefined) return port.dataSet
  if (port.dataSet !== undefined) {
    if (!known.includes(port.dataSet)) diagnostics.push(messages['unknown-data-set']({ name: port.dataSet, product: port.product, known }, { place: place('data_set') }))
    return port.dataSet
  }
  const versions = names.versions.get(port.product)
  const named = versions === undefined ? known : known.filter((name) => !versions.has(name))
  if (named.length !== 1) diagnostics.push(messages['which-data-set']({ product: port.product, known }, { place: place('product') }))
  return named[0]
}

export function buildOutputPorts(draft: ProductDraft, dataSets: readonly DataSet[]): { ports: readonly OutputPort[]; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const likeDataSet = suggestions(() => draft.dataSets.keys())
  const ports = [...draft.outputPorts.values()].map((part: NamedPart<OutputPortDraft>) => {
    const { kind, url, description, approval, settings } = part.draft
    const at = [...part.at, 'name']
    for (const [i, name] of (part.draft.dataSets ?? []).entries()) {
      if (!draft.dataSets.has(name) && !draft.spoilt.has(name)) {
        diagnostics.push(messages['unknown-data-set']({ name, product: draft.name, known: likeDataSet(name) }, { place: draft.document.place([...part.at, 'properties', 'data_sets', i]) }))
      }
    }
    if (kind === 'external') diagnostics.push(messages['port-elsewhere']({ name: part.title }, { place: draft.document.place(at) }))
    const offered = part.draft.dataSets ?? dataSets.filter((dataSet) => dataSet.contract !== undefined).map((dataSet) => dataSet.name)
    return { name: part.name, title: part.title, kind, dataSets: kind === 'external' ? [] : offered, ...(approval !== undefined && { approval }), ...(url !== undefined && { url }), ...(description !== undefined && { description }), ...(settings !== undefined && { settings }), place: draft.document.laterPlace(at) }
  })
  return { ports, diagnostics }
}

const NPM_PATH = /^npm:(@[a-z0-9._-]+\/)?[a-z0-9._-]+\/(.+)$/u

const isSourcePath = (path: string): boolean => {
  const shipped = NPM_PATH.exec(path)?.[2]
  if (path.startsWith('npm:')) return shipped !== undefined && isPathInside(shipped)
  return isPathInside(path) && !/^[a-z][a-z0-9+.-]*:/iu.test(path)
}

const ENDINGS: Readonly<Record<string, FileInputPort['format']>> = { csv: 'csv', tsv: 'csv', json: 'json', ndjson: 'ndjson', jsonl: 'ndjson', parquet: 'parquet', arrow: 'arrow', feather: 'arrow' }

function formatOfPath(path: string): FileInputPort['format'] | undefined {
  const ending = /\.([a-z]+)(?:\.(?:gz|zst))?$/iu.exec(path.replace(/^https?:\/\/[^/]*|\?.*$/gu, ''))?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
}
