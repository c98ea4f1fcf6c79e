// An event of somebody else, read by the specification: what a run, a job or a data set event must have, and of its facets those that
// a graph is drawn of. A facet that is known is held to its shape; the others must only be facets. Nothing is kept of what is not
// named here. Pure; https://openlineage.io, specification 2-0-2.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { z } from 'zod'
import type { Directness, Influence } from '../types.ts'
import type { ForeignEvent, ForeignInput, ForeignName, ForeignOutput, ForeignSource } from './foreign-types.ts'
import { messages } from './messages.ts'

/** Of one event. */
const MOST = { dataSets: 500, columns: 2_000, edges: 10_000 }

// Names are shown in terminals and on pages: nothing in them moves a cursor or turns a line around.
const text = z.string().min(1).max(1_000).regex(/^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]+$/u, 'must be characters that can be shown')
const uri = z.string().max(2_000).regex(/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/u, 'must be a URI')
const instant = z.iso.datetime({ offset: true })
const names = { namespace: text, name: text }

const base = { _producer: uri, _schemaURL: uri }
const deleted = z.looseObject({ ...base, _deleted: z.literal(true) })
const facet = z.looseObject(base)
const transformation = z.looseObject({ type: z.string().max(100), subtype: z.string().max(100).optional(), masking: z.boolean().optional() })
const inputField = z.looseObject({ ...names, field: text, transformations: z.array(transformation).max(100).optional() })
const datasetField = z.looseObject({ ...names, field: text.optional(), transformations: z.array(transformation).max(100).optional() })
const lineageFacet = z.looseObject({
  ...base,
  fields: z.record(text, z.looseObject({ inputFields: z.array(inputField), transformationType: z.string().nullish() })),
  dataset: z.array(datasetField).optional(),
})
const schemaFacet = z.looseObject({ ...base, fields: z.array(z.looseObject({ name: text })).optional() })
const facets = z.looseObject({ schema: deleted.or(schemaFacet).optional(), columnLineage: deleted.or(lineageFacet).optional() }).catchall(facet)
const anyFacets = z.record(z.string(), facet)
const input = z.looseObject({ ...names, facets: facets.optional(), inputFacets: anyFacets.optional() })
const output = z.looseObject({ ...names, facets: facets.optional(), outputFacets: anyFacets.optional() })
const job = z.looseObject({ ...names, facets: anyFacets.optional() })

const common = { eventTime: instant, producer: uri, schemaURL: uri }
const runEvent = z.looseObject({
  ...common, eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']).optional(),
  run: z.looseObject({ runId: z.guid(), facets: anyFacets.optional() }), job, inputs: z.array(input).optional(), outputs: z.array(output).optional(),
})
const jobEvent = z.looseObject({ ...common, job, inputs: z.array(input).optional(), outputs: z.array(output).optional() })
const datasetEvent = z.looseObject({ ...common, dataset: input })

type Facets = z.output<typeof facets> | undefined

/** The event, or each place where it is none. */
export function readEvent(value: unknown): Result<ForeignEvent> {
  const has = (key: string): boolean => typeof value === 'object' && value !== null && Object.hasOwn(value, key)
  if (has('dataset') && !has('run') && !has('job')) {
    const read = datasetEvent.safeParse(value)
    if (!read.success) return invalid(read.error)
    const { dataset, eventTime, producer } = read.data
    // A data set by itself is a job that only writes: its schema is what it tells.
    return bounded({ kind: 'dataset', job: { namespace: dataset.namespace, name: dataset.name }, time: eventTime, producer, inputs: [], outputs: [outputOf(dataset)] })
  }
  const read = has('run') ? runEvent.safeParse(value) : jobEvent.safeParse(value)
  if (!read.success) return invalid(read.error)
  const { job: { namespace, name }, eventTime, producer, inputs = [], outputs = [] } = read.data
  const run = has('run') ? (read.data as z.output<typeof runEvent>) : undefined
  return bounded({
    kind: run === undefined ? 'job' : 'run', job: { namespace, name }, time: eventTime, producer,
    ...(run !== undefined && { runId: run.run.runId, ...(run.eventType !== undefined && { state: run.eventType }) }),
    inputs: inputs.map((one): ForeignInput => ({ ...nameOf(one), columns: columnsOf(one.facets) })), outputs: outputs.map(outputOf),
  })
}

function invalid({ issues }: z.ZodError): Result<never> {
  return fail(...issues.slice(0, 10).map(({ path, message }) => messages['openlineage-invalid']({ at: path.map(String).join('.').slice(0, 200), problem: `is wrong (${message.slice(0, 200)})` })))
}

function bounded(event: ForeignEvent): Result<ForeignEvent> {
  if (event.inputs.length + event.outputs.length > MOST.dataSets) return fail(messages['openlineage-too-large']({ what: 'data sets', most: MOST.dataSets }))
  if ([...event.inputs, ...event.outputs].some(({ columns }) => columns.length > MOST.columns)) return fail(messages['openlineage-too-large']({ what: 'columns of one data set', most: MOST.columns }))
  const edges = event.outputs.reduce((sum, { fields, rows }) => sum + rows.length + Object.values(fields).reduce((own, sources) => own + sources.length, 0), 0)
  return edges > MOST.edges ? fail(messages['openlineage-too-large']({ what: 'edges between columns', most: MOST.edges })) : ok(event)
}

const nameOf = ({ namespace, name }: ForeignName): ForeignName => ({ namespace, name })

function columnsOf(given: Facets): readonly string[] {
  const schema = given?.schema
  return schema === undefined || !('fields' in schema) ? [] : [...new Set((schema.fields as readonly { readonly name: string }[] | undefined ?? []).map(({ name }) => name))]
}

function outputOf(given: ForeignName & { readonly facets?: Facets }): ForeignOutput {
  const lineage = given.facets?.columnLineage
  const { fields = {}, dataset = [] } = lineage !== undefined && 'fields' in lineage ? (lineage as z.output<typeof lineageFacet>) : {}
  return {
    ...nameOf(given),
    columns: [...new Set([...columnsOf(given.facets), ...Object.keys(fields)])],
    fields: Object.fromEntries(Object.entries(fields).map(([column, { inputFields, transformationType }]) => [column, inputFields.map((one) => sourceOf(one, transformationType))])),
    rows: dataset.map((one) => sourceOf(one, 'INDIRECT')),
  }
}

const FLOWS: Readonly<Record<string, Directness>> = { IDENTITY: 'identity', TRANSFORMATION: 'transformation', AGGREGATION: 'aggregation' }
const DECIDES: Readonly<Record<string, Influence>> = { JOIN: 'join', FILTER: 'filter', GROUP_BY: 'group', SORT: 'order', WINDOW: 'window', CONDITIONAL: 'condition' }

/** Where nothing is said of how, the value flows somehow. */
function sourceOf({ namespace, name, field = '*', transformations = [] }: z.output<typeof datasetField>, otherwise: string | null | undefined): ForeignSource {
  const direct = transformations.filter(({ type }) => type === 'DIRECT')
  const by = [...new Set(transformations.flatMap(({ type, subtype = '' }) => (type === 'INDIRECT' ? [DECIDES[subtype] ?? 'condition'] : [])))]
  const how = direct.length > 0 ? (FLOWS[direct[0]?.subtype ?? ''] ?? 'transformation') : transformations.length > 0 || otherwise === 'INDIRECT' ? undefined : (FLOWS[otherwise ?? ''] ?? 'transformation')
  return { namespace, name, column: field, ...(how !== undefined && { how }), by: how === undefined && by.length === 0 ? ['condition'] : by }
}
