// Events of others by the specification's own instances, and what a stranger may send.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ColumnAt } from '../graph/types.ts'
import { LineageGraph } from '../graph/walk.ts'
import { runEvents } from './run-events.ts'
import { joinForeign, WHOLE_COLUMN } from './join-foreign.ts'
import { readEvent } from './read-event.ts'

const SPEC = join(import.meta.dirname, '../../../../../shared/corpora/openlineage-spec/spec')
const isThere = existsSync(SPEC)
if (!isThere) console.warn('SKIPPED: the facet instances of OpenLineage: the corpus is not on this machine.')

const event = (more: object = {}) => ({
  eventType: 'COMPLETE', eventTime: '2026-01-01T00:00:00.000Z', producer: 'https://airflow.example/1', schemaURL: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent',
  run: { runId: '6f2b3c1e-5a57-4b7d-9f2d-2f6d6c6f1a11' }, job: { namespace: 'airflow', name: 'daily.report' }, inputs: [], outputs: [], ...more,
})
const base = { _producer: 'https://airflow.example/1', _schemaURL: 'https://openlineage.io/spec/facets/1-2-0/X.json' }
const codes = (value: unknown): readonly string[] => readEvent(value).diagnostics.map(({ code, message }) => `${code} ${message}`)

/** By the name of an instance's folder: where in an event such a facet stands. */
function holder(folder: string): (facets: object) => object {
  if (folder.endsWith('RunFacet')) return (facets) => event({ run: { runId: '6f2b3c1e-5a57-4b7d-9f2d-2f6d6c6f1a11', facets } })
  if (folder.endsWith('JobFacet')) return (facets) => event({ job: { namespace: 'a', name: 'b', facets } })
  if (folder.endsWith('InputDatasetFacet')) return (facets) => event({ inputs: [{ namespace: 'a', name: 'b', inputFacets: facets }] })
  if (folder.endsWith('OutputDatasetFacet')) return (facets) => event({ outputs: [{ namespace: 'a', name: 'b', outputFacets: facets }] })
  return (facets) => event({ outputs: [{ namespace: 'a', name: 'b', facets }] })
}

describe('an event', () => {
  it.skipIf(!isThere)('is accepted with every facet of the specification\'s own instances', () => {
    const folders = isThere ? readdirSync(join(SPEC, 'tests'), { withFileTypes: true }).filter((one) => one.isDirectory()) : []
    const refused = folders.flatMap(({ name }) => readdirSync(join(SPEC, 'tests', name)).flatMap((file) => {
      const facets = JSON.parse(readFileSync(join(SPEC, 'tests', name, file), 'utf8')) as object
      return codes(holder(name)(facets)).map((problem) => `${name}/${file}: ${problem}`)
    }))
    expect(folders.length).toBeGreaterThan(20)
    expect(refused).toEqual([])
    expect(codes(JSON.parse(readFileSync(join(SPEC, 'tests/example_full_event.json'), 'utf8')))).toEqual([])
  })

  it('of our own is accepted', () => {
    const own = runEvents({ runId: '6f2b3c1e-5a57-4b7d-9f2d-2f6d6c6f1a11', product: 'late', status: 'succeeded', startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:09.000Z', inputs: [], outputs: [] }, { edges: [] }, { namespace: 'tulle://x', producer: 'https://x' })
    expect(own.flatMap(codes)).toEqual([])
  })

  it('may be of a job or a data set alone', () => {
    const { run: _run, eventType: _type, ...job } = event()
    expect(readEvent(job)).toMatchObject({ ok: true, value: { kind: 'job' } })
    const { job: _job, inputs: _in, outputs: _out, ...rest } = job
    expect(readEvent({ ...rest, dataset: { namespace: 's3://b', name: 'x', facets: { schema: { ...base, fields: [{ name: 'id' }] } } } })).toMatchObject({ ok: true, value: { kind: 'dataset', outputs: [{ columns: ['id'] }] } })
  })

  it.each<[string, unknown, string]>([
    ['nothing', null, 'it'], ['a list', [], 'it'], ['a text', 'x', 'it'],
    ['no time', event({ eventTime: undefined }), 'eventTime'], ['a time that is none', event({ eventTime: 'yesterday' }), 'eventTime'],
    ['a run without a UUID', event({ run: { runId: '7' } }), 'run.runId'], ['a job without a name', event({ job: { namespace: 'a' } }), 'job.name'],
    ['a state that is none', event({ eventType: 'DONE' }), 'eventType'], ['a producer that is no URI', event({ producer: 'me' }), 'producer'],
    ['a data set without a namespace', event({ inputs: [{ name: 'x' }] }), 'inputs.0.namespace'],
    ['a facet without its schema', event({ run: { runId: event().run.runId, facets: { nominalTime: { _producer: 'https://x' } } } }), 'run.facets.nominalTime._schemaURL'],
    ['a name that moves the cursor', event({ job: { namespace: 'a', name: 'b\u001b[2J' } }), 'job.name'], ['a name that turns around', event({ inputs: [{ namespace: 'a', name: '\u202efdp.exe' }] }), 'inputs.0.name'],
    ['column lineage of another shape', event({ outputs: [{ namespace: 'a', name: 'b', facets: { columnLineage: { ...base, fields: { id: {} } } } }] }), 'outputs.0.facets.columnLineage'],
  ])('is refused with the place: %s', (_, value, at) => {
    expect(codes(value)[0]).toContain('openlineage-invalid')
    expect(codes(value).join('\n')).toContain(at === 'it' ? '' : at)
  })

  it.each<[string, object]>([
    ['data sets', { inputs: Array.from({ length: 501 }, (_, i) => ({ namespace: 'a', name: `t${i}` })) }],
    ['columns of one data set', { outputs: [{ namespace: 'a', name: 'b', facets: { schema: { ...base, fields: Array.from({ length: 2_001 }, (_, i) => ({ name: `c${i}` })) } } }] }],
    ['edges between columns', { outputs: [{ namespace: 'a', name: 'b', facets: { columnLineage: { ...base, fields: { x: { inputFields: Array.from({ length: 10_001 }, () => ({ namespace: 'a', name: 'c', field: 'd' })) } } } } }] }],
  ])('is refused where it has more %s than anybody draws', (what, more) => {
    expect(codes(event(more))).toEqual([expect.stringContaining(`more ${what} than are taken`)])
  })

  it('of whatever shape never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (run, job, outputs) => {
      readEvent(event({ run, job, outputs }))
      readEvent({ ...event(), outputs: [{ namespace: 'a', name: 'b', facets: { columnLineage: run, schema: job, __proto__: outputs } }] })
    }), { numRuns: 60 })
  })
})

const S3 = { namespace: 's3://lake', name: 'report' }
const OURS = { namespace: 'postgres://mesh:5432', name: 'tulle.flights.flights' }
const flights = { product: 'flights', kind: 'data-set', name: 'flights' } as const
const joinedOf = (outputs: readonly object[], inputs: readonly object[] = []) => {
  const read = readEvent(event({ inputs, outputs }))
  if (!read.ok) throw new Error('no event')
  return joinForeign([read.value], {
    placeOf: ({ namespace, name }) => (namespace === OURS.namespace && name === OURS.name ? flights : namespace === 's3://lake' && name === 'drop.csv' ? { product: 'shop', kind: 'port', name: 'drop' } : undefined),
    columnsOf: ({ kind }) => (kind === 'port' ? ['id'] : ['delay', 'origin']), most: 1_000,
  })
}
const printed = ({ edges }: ReturnType<typeof joinedOf>['lineage']) => edges.map(({ from, to, how, by }) => `${from.product}/${from.name}.${from.column} → ${to.product}/${to.name}.${to.column} ${[how ?? '', ...by].join(' ').trim()}`)
const source = (transformations: object[]) => ({ fields: { worst: { inputFields: [{ ...OURS, field: 'delay', transformations }] } }, ...base })

describe('what others tell', () => {
  it('goes on from our data sets, column by column where they say so', () => {
    const { lineage } = joinedOf([{ ...S3, facets: { columnLineage: source([{ type: 'DIRECT', subtype: 'AGGREGATION' }, { type: 'INDIRECT', subtype: 'FILTER' }]) } }], [OURS])
    expect(printed(lineage)).toEqual(['flights/flights.delay → s3://lake/report.worst aggregation filter'])
    expect(lineage.columns).toEqual([{ product: 's3://lake', kind: 'foreign', name: 'report', column: 'worst' }])
  })

  it('is of every column where they say only what was read', () => {
    expect(printed(joinedOf([S3], [OURS]).lineage)).toEqual(['delay', 'origin'].map((column) => `flights/flights.${column} → s3://lake/report.${WHOLE_COLUMN} condition`))
  })

  it('comes into our input ports, and says nothing of our data sets', () => {
    expect(printed(joinedOf([{ namespace: 's3://lake', name: 'drop.csv' }, OURS], [S3]).lineage)).toEqual([`s3://lake/report.${WHOLE_COLUMN} → shop/drop.* condition`])
  })

  it('is one graph with ours: what is downstream of a column is downstream elsewhere too', () => {
    const own = { edges: [], columns: [{ ...flights, column: 'delay' }, { ...flights, column: 'origin' }] as readonly ColumnAt[] }
    const { lineage } = joinedOf([{ ...S3, facets: { columnLineage: source([{ type: 'DIRECT', subtype: 'IDENTITY' }]) } }], [OURS])
    const down = (column: string) => new LineageGraph([own, lineage]).walk([{ ...flights, column }], { direction: 'downstream', depth: 9, most: 100 }).columns.map((one) => `${one.kind} ${one.column}`)
    expect([down('delay'), down('origin')]).toEqual([['data-set delay', 'foreign worst'], ['data-set origin']])
  })

  it('is never more than asked for, and says so', () => {
    const read = readEvent(event({ inputs: [OURS], outputs: [S3] }))
    expect(read.ok && joinForeign([read.value], { placeOf: () => undefined, columnsOf: () => [], most: 0 })).toMatchObject({ isCut: true, lineage: { edges: [] } })
  })
})
