// One indicator at one point of its grid → a sample. What is known of the past is measured also afterwards; what had to be seen
// then, and was not, is unknown.

import { unreachable } from '@tulle/kernel'
import type { Indicator } from '@tulle/model'
import { percentileOf, totalOf } from '../algebra/latency.ts'
import type { Buckets } from '../algebra/latency.ts'
import type { Probe, Sample } from '../types.ts'

/** What is known of a product. Lists are oldest first. */
export interface ProductFacts {
  /** When runs ended well, also those that found nothing new. */
  readonly goodRuns: readonly number[]
  readonly publications: readonly { readonly at: number; readonly snapshots: Readonly<Record<string, string>> }[]
  /** What the checks of runs came to. */
  readonly checks: readonly { readonly at: number; readonly passed: number; readonly total: number }[]
  readonly dataSets: readonly string[]
  /** Names of output ports that are served. */
  readonly ports: readonly string[]
  rowsOf(dataSet: string, snapshot: string): Promise<number | undefined>
  /** Percent of the values of its columns that are filled; undefined where statistics do not say. */
  filledOf(dataSet: string, snapshot: string): Promise<number | undefined>
  /** Of statements that ended in `[from, to)`. */
  latency(from: number, to: number): Promise<Buckets>
  probe(port: string): Promise<Probe>
  /** Milliseconds for which something has been waiting for each consumer of its change streams, now. */
  lags(dataSet: string | undefined): Promise<readonly number[]>
}

export interface Point {
  /** Of the grid. */
  readonly at: number
  /** The moment that is meant: now, or the point where it is made up for. */
  readonly moment: number
  readonly isNow: boolean
  /** Since when the indicator is there. */
  readonly since: number
}

export async function measure({ measured, every }: Indicator, point: Point, facts: ProductFacts): Promise<Sample> {
  const { at, moment, isNow, since } = point
  const sample = (state: Sample['state'], value?: number, note?: string): Sample => ({ at, state, ...(value !== undefined && { value }), ...(note !== undefined && { note: note.slice(0, 300) }) })
  switch (measured.kind) {
    case 'freshness': {
      const last = facts.goodRuns.findLast((time) => time <= moment)
      const age = moment - (last ?? since)
      if (last === undefined && age <= measured.within) return sample('idle', undefined, 'no run has succeeded yet')
      return sample(age <= measured.within ? 'good' : 'bad', age, last === undefined ? 'no run has succeeded yet' : undefined)
    }
    case 'volume': return ofDataSets(measured.dataSet, point, facts, (dataSet, snapshot) => facts.rowsOf(dataSet, snapshot), {
      join: (rows) => rows.reduce((sum, one) => sum + one, 0),
      isGood: (rows) => rows >= (measured.atLeast ?? 0) && rows <= (measured.atMost ?? Infinity),
    })
    case 'completeness': return ofDataSets(measured.dataSet, point, facts, (dataSet, snapshot) => facts.filledOf(dataSet, snapshot), {
      join: (filled) => Math.min(...filled),
      isGood: (filled) => filled >= measured.atLeast,
    })
    case 'quality': {
      const last = facts.checks.findLast((one) => one.at <= moment)
      if (last === undefined) return sample('idle', undefined, 'no checks ran yet')
      if (last.total === 0) return sample('unknown', undefined, 'the last run has no checks')
      const score = (last.passed / last.total) * 100
      return sample(score >= measured.atLeast ? 'good' : 'bad', score)
    }
    case 'latency': {
      const buckets = await facts.latency(at - every, at)
      const time = percentileOf(buckets, measured.percentile)
      return time === undefined ? sample('idle', undefined, 'nobody asked') : sample(time <= measured.below ? 'good' : 'bad', time, `of ${totalOf(buckets)} statements`)
    }
    case 'availability': {
      if (!isNow) return sample('unknown', undefined, 'nobody looked')
      if (facts.publications.length === 0) return sample('idle', undefined, 'nothing is published yet')
      const ports = measured.port === undefined ? facts.ports : [measured.port]
      if (ports.length === 0) return sample('idle', undefined, 'it serves no port')
      const probes = await Promise.all(ports.map(async (port) => ({ port, probe: await facts.probe(port) })))
      const said = ({ port, probe }: (typeof probes)[number]): string => ('why' in probe ? `${port}: ${probe.why}` : '')
      const broken = probes.filter(({ probe }) => probe.answers === false)
      if (broken.length > 0) return sample('bad', 100 * (1 - broken.length / ports.length), broken.map(said).join('; '))
      const unsure = probes.filter(({ probe }) => probe.answers === undefined)
      return unsure.length > 0 ? sample('unknown', undefined, unsure.map(said).join('; ')) : sample('good', 100)
    }
    case 'lag': {
      if (!isNow) return sample('unknown', undefined, 'nobody looked')
      const lags = await facts.lags(measured.dataSet)
      if (lags.length === 0) return sample('idle', undefined, 'no consumer says how far it has come')
      const behind = lags.filter((lag) => lag > measured.within).length
      // Who they are is for those who may grant.
      return sample(behind === 0 ? 'good' : 'bad', Math.max(...lags), behind === 0 ? undefined : `${behind} of ${lags.length} consumers ${behind === 1 ? 'is' : 'are'} behind`)
    }
    default: return unreachable(measured)
  }
}

interface Judgement { readonly join: (values: readonly number[]) => number; readonly isGood: (value: number) => boolean }

/** Of the snapshots that were served at the moment. */
async function ofDataSets(only: string | undefined, { at, moment }: Point, facts: ProductFacts, read: (dataSet: string, snapshot: string) => Promise<number | undefined>, { join, isGood }: Judgement): Promise<Sample> {
  const served = facts.publications.findLast((one) => one.at <= moment)?.snapshots
  if (served === undefined) return { at, state: 'idle', note: 'nothing is published yet' }
  const values: number[] = []
  for (const dataSet of only === undefined ? facts.dataSets : [only]) {
    const snapshot = served[dataSet]
    if (snapshot === undefined) continue
    const value = await read(dataSet, snapshot)
    if (value === undefined) return { at, state: 'unknown', note: `nothing is known of the version of ${dataSet} that was served` }
    values.push(value)
  }
  if (values.length === 0) return { at, state: 'idle', note: 'nothing is published yet' }
  const value = join(values)
  return { at, state: isGood(value) ? 'good' : 'bad', value }
}
