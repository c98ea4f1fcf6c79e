// The nouns of compatibility.

/** How a consumer reads: by names through SQL, from files with a schema of its own, or message by message. */
export type PortKind = 'sql' | 'files' | 'stream'

/**
 * `forward`: readers of the old version meet data of the new one. `backward`: readers of the new version meet data of the
 * old one, as in kept snapshots and logs. `full`: both.
 */
export type Direction = 'forward' | 'backward' | 'full'

export type ChangeSeverity = 'none' | 'minor' | 'breaking'

/** What a change means for each side. */
export interface Effect { readonly forward: ChangeSeverity; readonly backward: ChangeSeverity; readonly reason: string }

/** One difference. `path` is `orders.customer.id`, `orders.tags[]`, or a section such as `servers.prod`. */
export interface ContractChange { readonly path: string; readonly severity: ChangeSeverity; readonly reason: string }

export interface Compatibility {
  readonly severity: ChangeSeverity
  readonly changes: readonly ContractChange[]
  /** Whether the version rose as far as the severity asks; undefined where the versions are no numbers. */
  readonly versionFits?: boolean
}
