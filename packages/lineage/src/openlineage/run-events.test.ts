// Events against the specification's own schemas, facets and all.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { RunFacts } from './run-events.ts'
import { runEvents } from './run-events.ts'

const SPEC = join(import.meta.dirname, '../../../../../shared/corpora/openlineage-spec/spec')
const isThere = existsSync(SPEC)
const options = { namespace: 'tulle://mesh.example', producer: 'https://mesh.example/tulle' }
const port = { product: 'late', kind: 'port', name: 'csv' } as const
const out = { product: 'late', kind: 'data-set', name: 'late' } as const
const lineage = { edges: [
  { from: { ...port, column: 'd' }, to: { ...out, column: 'delay' }, how: 'aggregation' as const, by: ['window' as const] },
  { from: { product: 'flights', kind: 'data-set' as const, name: 'flights', column: 'id' }, to: { ...out, column: '*' }, by: ['join' as const, 'order' as const] },
] }
const facts: RunFacts = {
  runId: '6f2b3c1e-5a57-4b7d-9f2d-2f6d6c6f1a11', product: 'late', status: 'succeeded', startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:09.000Z',
  inputs: [{ product: 'flights', dataSet: 'flights', snapshot: '77' }],
  outputs: [{ dataSet: 'late', snapshot: '12', rows: 3, columns: [{ name: 'delay', type: 'int' }, { name: 'day', type: 'date' }], checks: [{ name: 'delay is not null', column: 'delay', passed: true, warns: false }] }],
}

interface Told { readonly eventType: string; readonly run: object; readonly job: object; readonly inputs: readonly { readonly name: string; readonly facets: Readonly<Record<string, unknown>> }[]; readonly outputs: readonly { readonly name: string; readonly facets: Readonly<Record<string, { readonly fields: unknown; readonly dataset: unknown }>> }[] }
const told = (of: RunFacts): readonly Told[] => runEvents(of, lineage, options) as unknown as readonly Told[]

describe('the events of a run', () => {
  it('are a beginning, and an end that says how it ended', () => {
    const ends = (status: RunFacts['status']): readonly string[] => told({ ...facts, status, ...(status === 'failed' && { error: 'A check failed.' }) }).map(({ eventType }) => eventType)
    expect([ends('running'), ends('succeeded'), ends('failed'), ends('cancelled')]).toEqual([['START'], ['START', 'COMPLETE'], ['START', 'FAIL'], ['START', 'ABORT']])
  })

  it('say which versions were read and written, and which columns flow', () => {
    const [, end] = told(facts)
    expect(end?.inputs.map(({ name }) => name)).toEqual(['flights.flights', 'late:csv'])
    // Whoever draws graphs of columns leaves out edges from columns that nobody told of.
    expect(end?.inputs.map(({ facets }) => (facets['schema'] as { fields: unknown } | undefined)?.fields)).toEqual([undefined, [{ name: 'd' }]])
    expect(end?.outputs.map(({ name, facets }) => [name, facets['columnLineage']?.fields, facets['columnLineage']?.dataset])).toEqual([['late.late', {
      delay: { inputFields: [{ namespace: options.namespace, name: 'late:csv', field: 'd', transformations: [{ type: 'DIRECT', subtype: 'AGGREGATION', masking: false }, { type: 'INDIRECT', subtype: 'WINDOW', masking: false }] }] },
      day: { inputFields: [] },
    }, [{ namespace: options.namespace, name: 'flights.flights', field: 'id', transformations: [{ type: 'INDIRECT', subtype: 'JOIN', masking: false }, { type: 'INDIRECT', subtype: 'SORT', masking: false }] }]]])
  })

  describe.skipIf(!isThere)('by the schemas of the specification', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false }).addFormat('uri', /^[a-z]+:/).addFormat('date-time', /^\d{4}-\d\d-\d\dT/).addFormat('uuid', /^[0-9a-f-]{36}$/).addFormat('date', true)
    const schemas = !isThere ? [] : [join(SPEC, 'OpenLineage.json'), ...readdirSync(join(SPEC, 'facets')).filter((name) => name.endsWith('.json')).map((name) => join(SPEC, 'facets', name))]
    for (const file of schemas) ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object)
    const problems = (value: unknown, schema: string): readonly string[] => {
      const validate = ajv.getSchema(schema)
      if (validate === undefined) return [`No schema ${schema}`]
      return validate(value) === true ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${schema} ${instancePath} ${message ?? ''}`)
    }
    /** Every facet by the schema that it names itself. */
    const facetProblems = (value: unknown): readonly string[] => {
      if (value === null || typeof value !== 'object') return []
      const own = (value as Readonly<Record<string, string | undefined>>)['_schemaURL']
      return [...(own === undefined ? [] : problems(value, own)), ...Object.values(value).flatMap(facetProblems)]
    }

    it.each(['running', 'succeeded', 'failed', 'cancelled'] as const)('are right where the run is %s', (status) => {
      const events = runEvents({ ...facts, status, ...(status === 'failed' && { error: 'A check failed.' }) }, lineage, options)
      expect(events.flatMap((event) => [...problems(event, 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'), ...facetProblems(event)])).toEqual([])
    })

    it('would be found wrong', () => {
      const [, end] = runEvents(facts, lineage, options) as unknown as readonly [unknown, Told]
      expect(problems({ ...end, run: { runId: 'no UUID' } }, 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent')).not.toEqual([])
      expect(facetProblems({ ...end.outputs[0]?.facets['columnLineage'], fields: { delay: {} } })).not.toEqual([])
    })
  })
})
