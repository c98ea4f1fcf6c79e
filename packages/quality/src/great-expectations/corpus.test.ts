import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json, Place } from '@tulle/kernel'
import { corpusFiles, readCorpus } from '@tulle/model/testing'
import { gateQueries } from '../gate-queries.ts'
import { planScans } from '../plan-scans.ts'
import { isFault } from '../read-values.ts'
import { checkOf } from '../reading.ts'
import { runChecks } from '../run-checks.ts'
import type { EngineRig } from '../testing/engine-rig.ts'
import { engineRig, valueOf } from '../testing/engine-rig.ts'
import { readExpectation } from './read-suite.ts'

interface Out { readonly success?: boolean; readonly unexpected_list?: readonly Json[]; readonly traceback_substring?: string; readonly observed_value?: Json; readonly result?: { readonly unexpected_count?: number; readonly element_count?: number } }
interface Case { readonly title: string; readonly in: Readonly<Record<string, Json>>; readonly out: Out; readonly error?: Json; readonly only_for?: readonly string[]; readonly tolerance?: number }
interface DataSet { readonly data: Readonly<Record<string, readonly Json[]>>; readonly tests: readonly Case[] }

const files = corpusFiles('great-expectations/*.json')
const place: Place = { file: 'suite.json', line: 1, column: 1 }

let rig: EngineRig
beforeAll(async () => { rig = await engineRig() })
afterAll(() => rig[Symbol.asyncDispose]())

const DAY = /^(?:[A-Z][a-z]{2} \d\d \d{4} |\d{4}-\d\d-\d\d)/u
function typeOf(values: readonly Json[], name: string): string {
  if (values.length === 0) return name.includes('mean') ? 'long' : 'string'
  const there = values.filter((value) => value !== null)
  if (there.length > 0 && there.every((value) => typeof value === 'number')) return there.every((value) => Number.isInteger(value)) ? 'long' : 'double'
  if (there.length > 0 && there.every((value) => typeof value === 'boolean')) return 'boolean'
  return there.length > 0 && there.every((value) => typeof value === 'string' && DAY.test(value)) ? 'timestamp' : 'string'
}
const printed = (value: Json): Json => (typeof value === 'string' && DAY.test(value) ? (value.includes('-') ? value : new Date(`${value} UTC`).toISOString().slice(0, 19)) : value)

// Great Expectations on BigQuery counts empty cells as values; everywhere else, and here, they are none.
const isForeign = ({ only_for: only }: Case): boolean => only?.includes('bigquery_v3_api') === true

describe.skipIf(files.length === 0)('a case of Great Expectations (skipped where shared/corpora/great-expectations is absent)', () => {
  it('there are twelve expectations of them', () => { expect(files).toHaveLength(12) })

  for (const file of files) {
    const name = file.replace(/^.*\/|\.json$/gu, '')
    const { datasets } = JSON.parse(readCorpus(file)) as { readonly datasets: readonly DataSet[] }
    for (const [i, { data, tests }] of datasets.entries()) {
      it(`of ${name}, ${i + 1}: ${tests.length} cases`, async () => {
        const types = new Map(Object.entries(data).map(([column, values]) => [column, typeOf(values, name)]))
        const relation = await rig.table('gx', 'data', Object.fromEntries(Object.entries(data).map(([column, values]) => [column, { type: types.get(column) ?? 'string', values: values.map(printed) }])))
        await rig.define(relation)
        for (const one of tests.filter((test) => !isForeign(test))) {
          const drafts = readExpectation(name, one.in, { relation, columns: types })
          const fails = one.error !== undefined || one.out.traceback_substring !== undefined
          expect({ case: one.title, refused: isFault(drafts) }, JSON.stringify(drafts)).toEqual({ case: one.title, refused: fails })
          if (isFault(drafts)) continue
          const checks = drafts.map((draft, n) => checkOf(draft, { name: `${n}`, action: 'block', place }))
          const plan = valueOf(await gateQueries({ checks, scans: planScans(checks, relation) }, { relation, columns: [...types.keys()], parse: (sql) => rig.process.parse(sql) }))
          const verdicts = valueOf(await runChecks(rig.process, { plan, relation, dataSet: 'gx.data' }))
          const success = verdicts.every(({ status }) => status === 'pass')
          const measure = checks[0]?.measure
          const failing = measure?.kind === 'bad' || measure?.kind === 'repeats' ? await countOf(rig, plan.scans, JSON.stringify(measure)) : undefined
          const unexpected = one.out.unexpected_list?.length ?? one.out.result?.unexpected_count
          const got = { case: one.title, success, ...(unexpected !== undefined && { unexpected: failing }) }
          expect(got, JSON.stringify(verdicts)).toEqual({ case: one.title, success: one.out.success, ...(unexpected !== undefined && { unexpected }) })
          if (typeof one.out.observed_value === 'number') expect(verdicts[0]?.measured).toBeCloseTo(one.out.observed_value, 4)
          const quantiles = (one.out.observed_value as { readonly values?: readonly number[] } | undefined)?.values
          for (const [n, value] of (Array.isArray(quantiles) ? quantiles : []).entries()) expect(Math.abs((verdicts[n]?.measured ?? NaN) - value)).toBeLessThanOrEqual(one.tolerance ?? 1e-6)
        }
      })
    }
  }
})

/** The count itself: a verdict that passes says no failing rows. */
async function countOf({ process }: EngineRig, scans: readonly { readonly sql: string; readonly measures: readonly string[] }[], key: string): Promise<number> {
  const scan = scans.find(({ measures }) => measures.includes(key))
  const cursor = valueOf(await process.open(scan?.sql ?? '', { encoding: { kind: 'rows' } }))
  const batch = valueOf(await cursor.fetch(1))
  await cursor.close()
  const [row] = JSON.parse(Buffer.from(batch.bytes).toString()) as readonly (readonly Json[])[]
  return Number(row?.[scan?.measures.indexOf(key) ?? 0])
}
