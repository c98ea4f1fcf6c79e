// The nouns of service levels. Times are milliseconds since 1970, shares are from 0 to 1, unless a name says percent.

import type { Clock } from '@tulle/kernel'
import type { Lake } from '@tulle/lake'
import type { Indicator, ServiceLevel } from '@tulle/model'
import type { ProductDefinition } from '@tulle/providers'
import type { Store } from '@tulle/store'

/** `idle`: there was nothing to measure (nobody asked, nothing was published yet). `unknown`: nobody looked, or nobody could tell. */
export type SampleState = 'good' | 'bad' | 'unknown' | 'idle'

/** How an indicator stood at a point of its grid. `value` is in the indicator's own unit: milliseconds, percent or rows. */
export interface Sample { readonly at: number; readonly state: SampleState; readonly value?: number; readonly note?: string }

export interface Counts { readonly good: number; readonly bad: number; readonly unknown: number; readonly idle: number }

/** `kept`, or `missed`: more was not good than the budget of the whole window allows. `burning`: it soon will be. `waiting`: nothing is measured yet. */
export type StandingState = 'waiting' | 'kept' | 'burning' | 'missed'

/** Where a promise stands by one of its indicators. */
export interface Standing {
  readonly state: StandingState
  readonly counts: Counts
  /** Percent of what was measured that was good; absent where nothing was. */
  readonly attained?: number
  /** In samples, of the whole window. `left` is negative where it is overdrawn. */
  readonly budget: { readonly allowed: number; readonly spent: number; readonly left: number; readonly leftShare: number }
  readonly burns: readonly Burn[]
  readonly last?: Sample
}

/** A budget of which so much goes at once that it would not last. `rate` 1 uses it up exactly by the end of the window. */
export interface Burn { readonly rule: 'fast' | 'slow'; readonly rate: number; readonly over: number }

/** One bar of a history. */
export interface HistoryBar { readonly from: number; readonly to: number; readonly counts: Counts; readonly attained?: number; readonly value?: number }

export interface MeasuredIndicator extends Indicator { readonly standing: Standing; readonly history: readonly HistoryBar[] }

/** A promise and how it is kept: as by the worst of its indicators. `unmeasured`: it has none that Tulle measures. */
export interface MeasuredLevel extends Omit<ServiceLevel, 'indicators'> {
  readonly state: StandingState | 'unmeasured'
  readonly indicators: readonly MeasuredIndicator[]
}

/** Port: asks one output port of a product as the product's own service identity. Cheap: no rows leave an engine. */
export type ProbePort = (definition: ProductDefinition, port: string) => Promise<Probe>
export type Probe = { readonly answers: true; readonly milliseconds: number } | { readonly answers: false; readonly why: string } | { readonly answers: undefined; readonly why: string }

export type Followers = (productId: string) => Promise<readonly { readonly dataSet: string; readonly milliseconds: number }[]>

export interface ServiceLevelOptions {
  readonly store: Store
  readonly lake: Lake
  readonly clock: Clock
  readonly probe: ProbePort
  /** Consumers that keep no named position of a stream, such as topics that are written from it: how long the oldest change has waited for each. */
  readonly followers?: Followers | undefined
  readonly warn?: (message: string) => void
}
