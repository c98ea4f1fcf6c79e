// A data set: its contract as declared, and how two contracts differ for whoever reads the data. Pure; what becomes of
// the table stands in data-set.provider.ts.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { widens } from '@tulle/contracts'
import type { ContractColumn, DataContract, DataLayout, DataProduct, DataSet, QualityRule } from '@tulle/model'
import { compareSpecs } from './compare.ts'
import type { Verdict } from './compare.ts'
import { resourceOf } from './resource.ts'
import type { Desire, Difference, FieldChange, Observed, Resource } from './types.ts'

export const dataSetDesire: Desire = {
  of: 'product',
  list: (product) => product.dataSets.map((dataSet) => dataSetResource(product, dataSet)),
}

function dataSetResource(product: DataProduct, dataSet: DataSet): Resource {
  const { name, title, description, from, contract, maintenance, versionOf, plainName, retires, refresh, flink } = dataSet
  return resourceOf({
    kind: 'data-set',
    name: `${product.name}.${name}`,
    product: product.name,
    declaredBy: contract ?? dataSet,
    facts: { product: product.name, name, title, description, from, contract: contract === undefined ? undefined : contractFacts(contract), maintenance: maintenance === undefined ? undefined : { ...maintenance }, versionOf, plainName, retires, refresh, flink: flink === undefined ? undefined : { ...flink } },
  })
}

const DRIFTS: Readonly<Record<string, string>> = {
  evolve: 'Columns that its source gets are kept from the next run on.',
  quarantine: 'Rows of its source that do not fit the contract are set aside from the next run on.',
}

const contractFacts = ({ id, version, major, columns, quality, onFailure, layout, drift, retention, shredding, legalHold, document }: DataContract): Json => ({
  id, version, major, columns: columns.map(columnFacts), quality: quality.map(ruleFacts),
  ...(onFailure !== undefined && { onFailure: { ...onFailure } }),
  ...(layout !== undefined && { layout: { ...layout } }),
  ...(drift !== undefined && { drift }),
  ...(retention !== undefined && { retention: { ...retention, ...(retention.where !== undefined && { where: retention.where.map(({ column, values }) => ({ column, values: [...values] })) }) } as Json }),
  ...(shredding !== undefined && { shredding: { ...shredding, columns: [...shredding.columns] } }),
  ...(legalHold !== undefined && { legalHold }),
  document,
})

/** Whether a data set as it is recorded is on its way out: the day on which it may go, and what its contract says of itself. */
export function deprecationOf(spec: Observed['spec']): { readonly retires?: string; readonly deprecated?: true } {
  const { retires, contract } = spec as { readonly retires?: string; readonly contract?: { readonly document?: { readonly status?: Json } } }
  return { ...(retires !== undefined && { retires }), ...(contract?.document?.status === 'deprecated' && { deprecated: true }) }
}

function retentionText(after: Json | undefined): string {
  if (after === undefined) return 'Its rows are kept for ever.'
  const isArchived = (after as { readonly action?: Json }).action === 'archive'
  return `Rows that the contract keeps no longer ${isArchived ? 'are archived' : 'go'} from the next maintenance on; "tulle maintain --dry-run" says how many.`
}

function columnFacts({ name, type, required, unique, primaryKey, classification, businessKey, description, quality, onFailure }: ContractColumn): Json {
  return {
    name, type, required, unique,
    ...(primaryKey !== undefined && { primaryKey }),
    ...(classification !== undefined && { classification }),
    ...(businessKey !== undefined && { businessKey }),
    ...(description !== undefined && { description }),
    ...(quality.length > 0 && { quality: quality.map(ruleFacts) }),
    ...(onFailure !== undefined && { onFailure: { ...onFailure } }),
  }
}

const ruleFacts = ({ metric, rule }: QualityRule): Json => ({ ...(metric !== undefined && { metric }), rule })

/** How a data set differs, told by its columns. The rest of the contract's text is named only where no column says more. */
export function diffDataSet(desired: Resource, observed: Pick<Observed, 'spec' | 'fingerprint'>): Difference {
  if (desired.fingerprint === observed.fingerprint) return { moves: false, fields: [] }
  const fields = compareSpecs(observed.spec, desired.spec, { whole: isWhole, judge })
  const telling = fields.filter((field) => field.path !== 'contract.document')
  return { moves: false, fields: telling.length > 0 ? telling : fields }
}

const isWhole = (path: readonly string[]): boolean =>
  (path.length === 2 && (path[1] === 'document' || path[1] === 'quality' || path[1] === 'onFailure' || path[1] === 'layout' || path[1] === 'shredding' || path[1] === 'retention')) || (path[1] === 'columns' && (path[3] === 'quality' || path[3] === 'onFailure'))

function judge(path: readonly string[], before: Json | undefined, after: Json | undefined): Verdict | undefined {
  if (path[0] === 'from') return { sentence: `It is filled ${sourceText(after)} (before: ${sourceText(before)}).` }
  if (path[0] === 'versionOf') return after === undefined ? { breaking: true, sentence: `It is no longer a version of ${String(before)}.` } : { sentence: `It becomes a version of ${String(after)}.` }
  if (path[0] === 'plainName') return { sentence: after === true ? 'It gets the plain name.' : 'It gives up the plain name.' }
  if (path[0] === 'retires') return { sentence: after === undefined ? `It no longer retires (it was to go on ${String(before)}).` : `It retires on ${String(after)}: whoever reads it is told.` }
  if (path[0] === 'flink') return { sentence: after === undefined ? 'No job of Flink keeps it in step in a topic any more.' : 'A job of Flink keeps it in step in a topic, too.' }
  if (path[0] === 'refresh') return { sentence: after === undefined ? 'It is built anew as a whole by each run.' : 'From its next run on only rows are worked out that a change of what it reads touches; that run builds it as a whole.' }
  if (path[0] !== 'contract') return undefined
  if (path.length === 1) return judgeContract(before, after)
  if (path[1] === 'document') return { sentence: `The contract's text changes (${changedMembers(before, after)}).` }
  if (path[1] === 'drift') return { sentence: DRIFTS[String(after)] ?? 'What does not fit the contract stops the run.' }
  if (path[1] === 'retention') return { sentence: retentionText(after) }
  if (path[1] === 'shredding') return { sentence: after === undefined ? 'What the next runs write lies in its files in plain.' : 'The next runs write columns of persons enciphered under a key of each, which an erasure destroys. What lies in plain by then stays so, and is erased by rewriting.' }
  if (path[1] === 'legalHold') return { sentence: after === undefined ? 'Its legal hold ends: persons can be erased from it.' : 'It is under a legal hold: no row of it is erased, or goes by its age.' }
  if (path[1] === 'layout') return { sentence: `${layoutText(after)} Files already written stay as they are; the next run writes the new way.` }
  if (path[1] === 'onFailure' || path[3] === 'onFailure') return { sentence: 'What becomes of rows that break a promise changes; the next run does so.' }
  if (path[1] === 'quality') return { sentence: 'The quality rules change; the next run checks by the new ones.' }
  if (path[1] !== 'columns' || path[2] === undefined) return undefined
  return path.length === 3 ? judgeColumn(path[2], before, after) : judgeFact(path[2], path[3] ?? '', before, after)
}

function layoutText(value: Json | undefined): string {
  const { partitioning = [], sortOrder = [] } = (value ?? {}) as DataLayout
  const by = partitioning.map(({ column, transform }) => (transform === 'identity' ? column : transform.includes('[') ? transform.replace('[', `(${column}, `).replace(']', ')') : `${transform}(${column})`))
  const sorted = sortOrder.map(({ column, direction }) => (direction === 'desc' ? `${column} descending` : column))
  return [
    by.length === 0 ? 'The table is not partitioned' : `The table is partitioned by ${by.join(', ')}`,
    sorted.length === 0 ? '.' : ` and sorted by ${sorted.join(', ')}.`,
  ].join('')
}

const sourceText = (value: Json | undefined): string => (typeof value === 'string' ? `from the input port ${value}` : 'by its model')

function judgeContract(before: Json | undefined, after: Json | undefined): Verdict | undefined {
  if (before === undefined) return { sentence: 'The data set gets a contract, and with it a table.' }
  if (after === undefined) return { breaking: true, destructive: true, sentence: 'The data set has no contract any more: its table is archived.' }
  return undefined
}

function judgeColumn(column: string, before: Json | undefined, after: Json | undefined): Verdict | undefined {
  if (before === undefined) return { sentence: `Column ${column} (${memberText(after, 'type')}) is added; it is empty until the next run.` }
  if (after === undefined) return { breaking: true, destructive: true, sentence: `Column ${column} (${memberText(before, 'type')}) is dropped.` }
  return undefined
}

function judgeFact(column: string, fact: string, before: Json | undefined, after: Json | undefined): Verdict | undefined {
  switch (fact) {
    case 'type': return judgeType(column, String(before), String(after))
    case 'required':
      return after === true
        ? { breaking: true, sentence: `Column ${column} becomes required: a run whose rows lack it no longer publishes.` }
        : { breaking: true, sentence: `Column ${column} becomes optional: whoever reads it may meet nulls.` }
    case 'unique':
      return after === true
        ? { sentence: `Column ${column} becomes unique.` }
        : { breaking: true, sentence: `Column ${column} is no longer unique: joins on it may multiply rows.` }
    case 'primaryKey':
      return {
        breaking: true,
        sentence: `Column ${column} ${after === undefined ? 'leaves the primary key' : `becomes part ${String(after)} of the primary key`}.`,
      }
    default: return undefined
  }
}

function judgeType(column: string, before: string, after: string): Verdict {
  if (widens(before, after)) return { sentence: `Column ${column} widens from ${before} to ${after}; every value stays readable.` }
  return {
    breaking: true,
    destructive: true,
    sentence: `Column ${column} changes from ${before} to ${after}: its values are empty until the next run.`,
  }
}

const memberText = (value: Json | undefined, member: string): string =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? String((value as Record<string, Json>)[member]) : ''

function changedMembers(before: Json | undefined, after: Json | undefined): string {
  if (!isDocument(before) || !isDocument(after)) return 'all of it'
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((member) => canonicalJson(before[member] ?? null) !== canonicalJson(after[member] ?? null))
  return changed.length === 0 ? 'its form' : changed.slice(0, 6).join(', ')
}

const isDocument = (value: Json | undefined): value is Record<string, Json> => value !== null && typeof value === 'object' && !Array.isArray(value)

/** A contract column as the row keeps it: what the table is made from. */
export interface AppliedColumn { readonly name: string; readonly type: string; readonly required: boolean; readonly description?: string }

/** The columns that a data set's row declares; undefined where it has no contract and so no table. */
export function columnsOf(spec: Resource['spec']): readonly AppliedColumn[] | undefined {
  const contract = spec['contract']
  if (!isDocument(contract)) return undefined
  const columns = contract['columns']
  return Array.isArray(columns) ? (columns as unknown as readonly AppliedColumn[]) : []
}

/** The layout that a data set's row declares; undefined where it leaves that to others. */
export function layoutOf(spec: Resource['spec']): DataLayout | undefined {
  const contract = spec['contract']
  const layout = isDocument(contract) ? contract['layout'] : undefined
  return isDocument(layout) ? (layout as unknown as DataLayout) : undefined
}

/** The sentences of a difference that concern the columns; what the event `tulle.schema.changed` carries. */
export const columnChanges = (fields: readonly FieldChange[]): readonly FieldChange[] => fields.filter((field) => field.path.startsWith('contract.columns'))
