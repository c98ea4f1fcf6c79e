// A run as the events of OpenLineage, so that other tools draw it in their graphs: what it read and wrote at which versions, with
// schema, column lineage and what the checks found. Pure; https://openlineage.io, specification 2-0-2.

import type { Json } from '@tulle/kernel'
import type { Directness, Influence } from '../types.ts'
import type { ColumnAt, Edge, ProductLineage } from '../graph/types.ts'
import { keyOfPlace } from '../graph/walk.ts'

export interface RunFacts {
  /** A UUID. */
  readonly runId: string
  readonly product: string
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled'
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly finishedAt?: string
  /** Why it failed, without values of rows. */
  readonly error?: string
  readonly outputs: readonly OutputFacts[]
  readonly inputs: readonly { readonly product: string; readonly dataSet: string; readonly snapshot: string }[]
}

export interface OutputFacts {
  readonly dataSet: string
  readonly snapshot: string
  readonly rows?: number
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly checks: readonly { readonly name: string; readonly column?: string; readonly passed: boolean; readonly warns: boolean }[]
}

export interface EventOptions {
  /** Of jobs and data sets: who names them. */
  readonly namespace: string
  /** A URI of who tells. */
  readonly producer: string
}

type Facets = Readonly<Record<string, Json>>

/** Its beginning, and its end where it has one. */
export function runEvents(facts: RunFacts, lineage: Pick<ProductLineage, 'edges'>, options: EventOptions): readonly Json[] {
  const began = event(facts, { type: 'START', time: facts.startedAt, inputs: [], outputs: [], facets: {} }, options)
  if (facts.status === 'running' || facts.finishedAt === undefined) return [began]
  const type = { succeeded: 'COMPLETE', failed: 'FAIL', cancelled: 'ABORT' }[facts.status]
  const facets = facts.error === undefined ? {} : { errorMessage: facet(options, 'ErrorMessageRunFacet', '1-0-1', { message: facts.error, programmingLanguage: 'SQL' }) }
  return [began, event(facts, { type, time: facts.finishedAt, inputs: inputsOf(facts, lineage, options), outputs: facts.outputs.map((output) => outputOf(facts.product, output, lineage, options)), facets }, options)]
}

interface Moment { readonly type: string; readonly time: string; readonly inputs: readonly Json[]; readonly outputs: readonly Json[]; readonly facets: Facets }

function event({ runId, product }: RunFacts, { type, time, inputs, outputs, facets }: Moment, options: EventOptions): Json {
  return {
    eventType: type, eventTime: time, producer: options.producer, schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
    run: { runId, facets: { ...facets, processing_engine: facet(options, 'ProcessingEngineRunFacet', '1-1-1', { name: 'Tulle', version: '0.1.0' }) } },
    job: { namespace: options.namespace, name: product, facets: { jobType: facet(options, 'JobTypeJobFacet', '2-0-4', { processingType: 'BATCH', integration: 'TULLE', jobType: 'DATA_PRODUCT' }) } },
    inputs, outputs,
  }
}

const facet = ({ producer }: EventOptions, name: string, version: string, members: Facets): Json =>
  ({ _producer: producer, _schemaURL: `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`, ...members })

/** Data sets at their versions, and the input ports that columns come from: with those, since nobody else tells of them, and who draws graphs of columns wants to know both ends. */
function inputsOf({ product, inputs }: RunFacts, { edges }: Pick<ProductLineage, 'edges'>, options: EventOptions): readonly Json[] {
  const ports = new Map<string, Set<string>>()
  for (const { from } of edges) {
    if (from.kind !== 'port' || from.product !== product) continue
    const columns = ports.get(keyOfPlace(from)) ?? new Set()
    ports.set(keyOfPlace(from), from.column === '*' ? columns : columns.add(from.column))
  }
  return [
    ...inputs.map((one): Json => ({ namespace: options.namespace, name: `${one.product}.${one.dataSet}`, facets: { version: facet(options, 'DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: one.snapshot }) } })),
    ...[...ports].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, columns]): Json => ({
      namespace: options.namespace, name,
      facets: columns.size === 0 ? {} : { schema: facet(options, 'SchemaDatasetFacet', '1-2-0', { fields: [...columns].toSorted().map((column) => ({ name: column })) }) },
    })),
  ]
}

function outputOf(product: string, { dataSet, snapshot, rows, columns, checks }: OutputFacts, { edges }: Pick<ProductLineage, 'edges'>, options: EventOptions): Json {
  const own = edges.filter(({ to }) => to.product === product && to.kind === 'data-set' && to.name === dataSet)
  return {
    namespace: options.namespace, name: `${product}.${dataSet}`,
    facets: {
      schema: facet(options, 'SchemaDatasetFacet', '1-2-0', { fields: columns.map(({ name, type }, i) => ({ name, type, ordinal_position: i + 1 })) }),
      version: facet(options, 'DatasetVersionDatasetFacet', '1-0-1', { datasetVersion: snapshot }),
      columnLineage: facet(options, 'ColumnLineageDatasetFacet', '1-2-0', {
        fields: Object.fromEntries(columns.map(({ name }) => [name, { inputFields: own.filter(({ to }) => to.column === name).map((edge) => fieldOf(edge, options)) }])),
        dataset: own.filter(({ to }) => to.column === '*').map((edge) => fieldOf(edge, options)),
      }),
      ...(checks.length > 0 && { dataQualityAssertions: facet(options, 'DataQualityAssertionsDatasetFacet', '1-1-0', { assertions: checks.map(({ name, column, passed, warns }) => ({ assertion: name, success: passed, severity: warns ? 'warn' : 'error', ...(column !== undefined && { column }) })) }) }),
    },
    ...(rows !== undefined && { outputFacets: { outputStatistics: facet(options, 'OutputStatisticsOutputDatasetFacet', '1-0-2', { rowCount: rows }) } }),
  }
}

const DIRECT: Readonly<Record<Directness, string>> = { identity: 'IDENTITY', transformation: 'TRANSFORMATION', aggregation: 'AGGREGATION' }
const INDIRECT: Readonly<Record<Influence, string>> = { join: 'JOIN', filter: 'FILTER', group: 'GROUP_BY', order: 'SORT', window: 'WINDOW', condition: 'CONDITIONAL' }

function fieldOf({ from, how, by }: Edge, { namespace }: EventOptions): Json {
  const at: ColumnAt = from
  return {
    namespace, name: keyOfPlace(at), field: at.column,
    transformations: [...(how === undefined ? [] : [{ type: 'DIRECT', subtype: DIRECT[how], masking: false }]), ...by.map((one) => ({ type: 'INDIRECT', subtype: INDIRECT[one], masking: false }))],
  }
}
