// The applied rows of a product become its definition: what runs, ports and the catalogue work from. The folder is never
// read, so what runs is what was applied.

import { didYouMean, fail, fingerprintOf, ok } from '@tulle/kernel'
import type { Json, Place, Result } from '@tulle/kernel'
import type { Kysely } from 'kysely'
import type {
  Approval, Component, ConnectedSource, ContractColumn, DataContract, DataLayout, DataProduct, DataSet, DataShredding, DbtProject, FailureWords, FileInputPort, InputPort, Model, Program, ModelReads, ModelRef, OutputPort, QualityRule, RowRetention,
} from '@tulle/model'
import type { TableName } from '@tulle/lake'
import type { Database } from '@tulle/store'
import { messages } from './messages.ts'
import { workflowTriggers } from './workflow.ts'
import { toResourceRow } from './rows.ts'
import type { ResourceKind, ResourceRow, Spec } from './types.ts'

/** The table of a data set. */
export interface AppliedTable {
  readonly uuid: string
  readonly name: TableName
  readonly location: string
  /** Iceberg field ids by column. */
  readonly fieldIds: Readonly<Record<string, number>>
}

export interface ProductDefinition {
  /** Immutable: what grants and policies name. */
  readonly id: string
  /** Equal exactly when a run would do the same: ports, contracts, models, schedule. */
  readonly fingerprint: string
  /** As applied. Places name files, not lines: lines move without anything changing. */
  readonly product: DataProduct
  readonly tables: Readonly<Record<string, AppliedTable>>
}

/** Reads the applied definition of one product. */
export async function readProductDefinition(db: Kysely<Database>, name: string): Promise<Result<ProductDefinition>> {
  const stored = await db.selectFrom('resource').selectAll().where('product', '=', name).orderBy('ref').execute()
  const rows = stored.map(toResourceRow)
  const product = rows.find((row) => row.kind === 'data-product' && !row.archived)
  if (product !== undefined) return ok(definitionOf(product, rows.filter((row) => !row.archived)))
  if (rows.some((row) => row.kind === 'data-product')) return fail(messages['product-archived']({ name }))
  const known = await db.selectFrom('resource').select('product').where('kind', '=', 'data-product').where('archived_at', 'is', null).execute()
  return fail(messages['unknown-product']({ name, suggestion: didYouMean(name, known.map((row) => row.product ?? '')) }))
}

/** Reads the applied definitions of all products in use, or of the named ones; by name. */
export async function readProductDefinitions(db: Kysely<Database>, names?: readonly string[]): Promise<readonly ProductDefinition[]> {
  let query = db.selectFrom('resource').selectAll().where('product', 'is not', null).where('archived_at', 'is', null)
  if (names !== undefined) query = query.where('product', 'in', names.length === 0 ? [''] : [...names])
  const rows = (await query.orderBy('product').orderBy('ref').execute()).map(toResourceRow)
  const byProduct = Map.groupBy(rows, (row) => row.product ?? '')
  return [...byProduct.values()].flatMap((own) => {
    const product = own.find((row) => row.kind === 'data-product')
    return product === undefined ? [] : [definitionOf(product, own)]
  })
}

function definitionOf(product: ResourceRow, rows: readonly ResourceRow[]): ProductDefinition {
  const of = (kind: ResourceKind): readonly ResourceRow[] => rows.filter((row) => row.kind === kind)
  const workflow = of('workflow')[0]?.spec ?? {}
  const dataSets = of('data-set')
  // By which document it runs is no matter of a run on its way: that one keeps its own.
  const withoutFlow = ({ flow: _flow, ...spec }: Spec): Spec => spec
  const what = (row: ResourceRow): Json => [row.ref, row.kind === 'workflow' && row.spec['flow'] !== undefined ? fingerprintOf(withoutFlow(row.spec) as Json) : row.recorded]
  const running = [...of('input-port'), ...dataSets, ...of('workflow')]
  return {
    id: product.id,
    fingerprint: fingerprintOf(running.toSorted((a, b) => (a.ref < b.ref ? -1 : 1)).map(what)),
    product: toDataProduct(product, { of, workflow, dataSets }),
    tables: Object.fromEntries(dataSets.flatMap((row) => {
      const table = toTable(row)
      return table === undefined ? [] : [[text(row.spec, 'name'), table]]
    })),
  }
}

interface Parts {
  readonly of: (kind: ResourceKind) => readonly ResourceRow[]
  readonly workflow: Spec
  readonly dataSets: readonly ResourceRow[]
}

function toDataProduct(row: ResourceRow, { of, workflow, dataSets }: Parts): DataProduct {
  const { spec } = row
  const folder = text(spec, 'folder')
  const place: Place = { file: `${folder}/product.yaml`, line: 1, column: 1 }
  const models = object(workflow['models'])
  return {
    name: text(spec, 'name'),
    title: text(spec, 'title'),
    domain: text(spec, 'domain'),
    team: text(spec, 'team'),
    folder,
    certified: spec['certified'] === true,
    tags: list<string>(spec['tags']),
    ...optional(spec, 'description'),
    ...optional(spec, 'owner'),
    ...optional(spec, 'type'),
    components: of('service-level').map((level) => toComponent(level.spec, place)),
    dataSets: dataSets.map((dataSet) => toDataSet(dataSet.spec, object(models[text(dataSet.spec, 'name')]), { folder, place })),
    inputPorts: of('input-port').map((port) => toInputPort(port.spec, place)),
    outputPorts: of('output-port').map((port) => toOutputPort(port.spec, place)),
    workflow: { ...optional(workflow, 'schedule'), ...workflowTriggers(workflow) },
    ...(workflow['dbt'] !== undefined && workflow['dbt'] !== null && { dbt: toDbt(object(workflow['dbt']), place) }),
    ...(workflow['macros'] !== undefined && { macros: Object.entries(object(workflow['macros'])).map(([file, macro]) => ({ file: `${folder}/${file}`, text: String(macro) })) }),
    place,
    fingerprint: row.recorded,
  }
}

function toTable({ spec, made }: ResourceRow): AppliedTable | undefined {
  if (made === undefined || typeof made['uuid'] !== 'string' || typeof made['location'] !== 'string') return undefined
  return {
    uuid: made['uuid'],
    name: { namespace: text(spec, 'product'), name: text(spec, 'name') },
    location: made['location'],
    fieldIds: object(made['fieldIds']) as Readonly<Record<string, number>>,
  }
}

interface Where { readonly folder: string; readonly place: Place }

function toDataSet(spec: Spec, model: Spec, { folder, place }: Where): DataSet {
  const contract = spec['contract']
  return {
    name: text(spec, 'name'),
    title: text(spec, 'title'),
    ...optional(spec, 'description'),
    ...optional(spec, 'from'),
    ...optional(spec, 'versionOf'),
    ...optional(spec, 'retires'),
    ...(spec['refresh'] === 'continuous' && { refresh: 'continuous' as const }),
    ...(spec['flink'] !== undefined && { flink: optional(object(spec['flink']), 'application') }),
    ...(spec['plainName'] === true && { plainName: true }),
    ...(contract !== undefined && { contract: toContract(object(contract), { ...place, file: `${folder}/contracts/${text(spec, 'name')}.odcs.yaml` }) }),
    ...(typeof model['text'] === 'string' && { model: toModel(model, folder) }),
    place,
  }
}

const toReads = (spec: Spec, place: Place): ModelReads => {
  const refs = (value: Json | undefined): readonly ModelRef[] => list<ModelRef>(value).map((ref) => ({ ...ref, place }))
  return { refs: refs(spec['refs']), sources: refs(spec['sources']) }
}

const toDbt = (spec: Spec, place: Place): DbtProject => ({
  folder: text(spec, 'folder'), files: object(spec['files']) as Readonly<Record<string, string>>, fingerprint: text(spec, 'fingerprint'), ...toReads(spec, place),
})

function toModel(model: Spec, folder: string): Model {
  const place: Place = { file: `${folder}/${text(model, 'file')}`, line: 1, column: 1 }
  return {
    file: place.file,
    text: text(model, 'text'),
    fingerprint: text(model, 'fingerprint'),
    ...toReads(model, place),
    place,
    ...(model['program'] !== undefined && { program: toProgram(model['program'] as unknown as Program, place) }),
  }
}

const toProgram = (program: Program, place: Place): Program => ({ ...program, reads: program.reads.map((read) => ({ ...read, place })) })

function toContract(contract: Spec, place: Place): DataContract {
  const rules = (value: Json | undefined): readonly QualityRule[] => list<QualityRule>(value).map((rule) => ({ ...rule, place }))
  return {
    id: text(contract, 'id'),
    version: text(contract, 'version'),
    major: Number(contract['major']),
    columns: list<ContractColumn>(contract['columns']).map((column) => ({ ...column, quality: rules(column.quality as unknown as Json), place })),
    quality: rules(contract['quality']),
    ...(contract['onFailure'] !== undefined && { onFailure: object(contract['onFailure']) as FailureWords }),
    ...(contract['layout'] !== undefined && { layout: object(contract['layout']) as DataLayout }),
    ...((contract['drift'] === 'evolve' || contract['drift'] === 'quarantine') && { drift: contract['drift'] }),
    ...(contract['retention'] !== undefined && { retention: object(contract['retention']) as unknown as RowRetention }),
    ...(contract['shredding'] !== undefined && { shredding: object(contract['shredding']) as unknown as DataShredding }),
    ...(typeof contract['legalHold'] === 'string' && { legalHold: contract['legalHold'] }),
    document: contract['document'] ?? null,
    place,
  }
}

function toInputPort(spec: Spec, place: Place): InputPort {
  const base = { name: text(spec, 'name'), title: text(spec, 'title'), place }
  switch (spec['kind']) {
    case 'file':
      return {
        ...base,
        kind: 'file',
        path: text(spec, 'path'),
        format: text(spec, 'format') as FileInputPort['format'],
        options: object(spec['options']) as FileInputPort['options'],
      }
    case 'product': return { ...base, kind: 'product', product: text(spec, 'from'), ...optional(spec, 'dataSet'), ...optional(spec, 'purpose') }
    case 'iceberg':
      return {
        ...base, kind: 'iceberg', uri: text(spec, 'uri'), namespace: text(spec, 'namespace'), table: text(spec, 'table'),
        ...optional(spec, 'warehouse'), ...optional(spec, 'ref'), ...optional(spec, 'snapshot'), ...optional(spec, 'secret'),
      }
    case 'connected': return { ...base, kind: 'connected', system: text(spec, 'system') as ConnectedSource['system'], settings: object(spec['settings']) as ConnectedSource['settings'] }
    default: return { ...base, kind: 'external', ...optional(spec, 'description') }
  }
}

const toOutputPort = (spec: Spec, place: Place): OutputPort => ({
  name: text(spec, 'name'),
  title: text(spec, 'title'),
  kind: text(spec, 'kind') as OutputPort['kind'],
  dataSets: list<string>(spec['dataSets']),
  ...(typeof spec['approval'] === 'string' && { approval: spec['approval'] as Approval }),
  ...optional(spec, 'url'),
  ...optional(spec, 'description'),
  ...(spec['settings'] !== undefined && { settings: object(spec['settings']) as NonNullable<OutputPort['settings']> }),
  place,
})

const toComponent = (spec: Spec, place: Place): Component => ({
  name: text(spec, 'name'),
  title: text(spec, 'title'),
  type: text(spec, 'type'),
  baseType: text(spec, 'promise'),
  properties: object(spec['properties']) as Readonly<Record<string, Json>>,
  place,
})

const text = (spec: Spec, member: string): string => (typeof spec[member] === 'string' ? spec[member] : '')
const object = (value: Json | undefined): Spec => (value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Spec) : {})
const list = <T>(value: Json | undefined): readonly T[] => (Array.isArray(value) ? (value as unknown as readonly T[]) : [])
const optional = <K extends string>(spec: Spec, member: K): { readonly [M in K]?: string } =>
  (typeof spec[member] === 'string' ? { [member]: spec[member] } : {}) as { readonly [M in K]?: string }
