// The nouns of incidents.

/** `gate`: a run's checks stopped it. `service-level`: a promise is missed. `port`: a probe got no answer. */
export type Cause = 'gate' | 'service-level' | 'port'

export interface Affected {
  /** Products that read it, and those that read them. */
  readonly products: readonly string[]
  /** Who has a grant on it in force. */
  readonly consumers: readonly { readonly kind: string; readonly name: string }[]
}

/** What opens one. `key` is the same as long as it is the same cause. */
export interface NewIncident {
  readonly product: string
  readonly productId: string
  readonly cause: Cause
  readonly key: string
  /** For a person, without values of rows. */
  readonly sentence: string
  /** What happened once and would be told again after a crash: the run. Absent: a state, which either holds or not. */
  readonly runId?: string
}

export interface Incident extends Omit<NewIncident, 'key' | 'productId'> {
  readonly id: string
  readonly productId: string
  readonly state: 'open' | 'acknowledged' | 'resolved'
  readonly affected: Affected
  readonly openedAt: Date
  readonly acknowledged?: { readonly at: Date; readonly by: string }
  readonly resolved?: { readonly at: Date; readonly by: string }
  /** How often the cause came again while it was open. */
  readonly repeats: number
}

export interface IncidentEntry { readonly at: Date; readonly what: 'opened' | 'again' | 'acknowledged' | 'note' | 'resolved'; readonly by?: string; readonly note?: string }
