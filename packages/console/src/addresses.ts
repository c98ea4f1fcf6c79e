// What the addresses of pages may say beside their path. The router lays what is read here over what the address says,
// so what is not understood must be said to be undefined: left out, it would stay as it came.

import type { QuarantinedRows, RunStatus } from '@tulle/api'

type RawSearch = Readonly<Record<string, unknown>>

export const FACET_NAMES = ['domain', 'type', 'classification', 'port', 'certified', 'freshness'] as const
export type FacetName = (typeof FACET_NAMES)[number]

/** Of each facet the values that fit, with commas between them. */
export type FacetChoices = { readonly [facet in FacetName]?: string | undefined }

export interface CatalogueSearch extends FacetChoices {
  readonly q?: string | undefined
  /** Only what the viewer may read. */
  readonly readable?: boolean | undefined
}

export const readCatalogueSearch = (raw: RawSearch): CatalogueSearch => ({
  q: text(raw['q']), readable: yes(raw['readable']),
  domain: text(raw['domain']), type: text(raw['type']), classification: text(raw['classification']), port: text(raw['port']), certified: text(raw['certified']), freshness: text(raw['freshness']),
})

export const PRODUCT_TABS = ['overview', 'ports', 'schema', 'profile', 'sample', 'runs', 'status', 'quarantine', 'versions', 'retention', 'changelog', 'lineage', 'changes', 'access', 'usage', 'discussion'] as const
export type ProductTab = (typeof PRODUCT_TABS)[number]

export const LINEAGE_STEPS = ['one', 'two', 'all'] as const

export interface ProductSearch {
  readonly tab?: ProductTab | undefined
  /** The data set, where the tab is of one. */
  readonly of?: string | undefined
  /** Of rows that were set aside. */
  readonly state?: RowState | undefined
  /** Of lineage: the column that is followed, the snapshot as of which, and how far. */
  readonly column?: string | undefined
  readonly at?: string | undefined
  /** Of contracts: what the version is compared with. */
  readonly to?: string | undefined
  readonly steps?: (typeof LINEAGE_STEPS)[number] | undefined
}

export type RowState = QuarantinedRows['rows'][number]['state']
export const ROW_STATES: readonly RowState[] = ['open', 'repaired', 'replay', 'published', 'discarded', 'gone']

export const readProductSearch = (raw: RawSearch): ProductSearch => ({
  tab: oneOf(PRODUCT_TABS, raw['tab']), of: text(raw['of']), state: oneOf(ROW_STATES, raw['state']),
  column: text(raw['column']), at: snapshotId(raw['at']), to: snapshotId(raw['to']), steps: oneOf(LINEAGE_STEPS, raw['steps']),
})

export const INCIDENT_STATES = ['open', 'acknowledged', 'resolved'] as const

export interface IncidentSearch {
  readonly product?: string | undefined
  readonly state?: (typeof INCIDENT_STATES)[number] | undefined
}

export const readIncidentSearch = (raw: RawSearch): IncidentSearch => ({ product: text(raw['product']), state: oneOf(INCIDENT_STATES, raw['state']) })

/** A request for access as far as it is written. */
export interface AskSearch {
  readonly purpose?: string | undefined
  readonly dataSet?: string | undefined
  readonly columns?: readonly string[] | undefined
  readonly where?: string | undefined
  readonly days?: number | undefined
  readonly unmask?: boolean | undefined
}

export const readAskSearch = (raw: RawSearch): AskSearch => ({
  purpose: text(raw['purpose']), dataSet: text(raw['dataSet']), where: text(raw['where']), unmask: yes(raw['unmask']),
  columns: Array.isArray(raw['columns']) ? raw['columns'].flatMap((name) => text(name) ?? []) : undefined,
  days: typeof raw['days'] === 'number' && raw['days'] >= 1 ? raw['days'] : undefined,
})

export const RUN_STATUSES: readonly RunStatus[] = ['running', 'queued', 'succeeded', 'failed', 'cancelled']

export interface RunSearch {
  readonly product?: string | undefined
  readonly status?: RunStatus | undefined
}

export const readRunSearch = (raw: RawSearch): RunSearch => ({ product: text(raw['product']), status: oneOf(RUN_STATUSES, raw['status']) })

export const CHART_MARKS = ['bar', 'line', 'dot'] as const

/** How rows are drawn. */
export interface ChartChoice {
  readonly mark?: (typeof CHART_MARKS)[number] | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly colour?: string | undefined
}

/** A statement and how its rows are shown. */
export interface WorkbenchSearch extends ChartChoice {
  /** The saved query that it is, or began as: `product.name`. */
  readonly query?: string | undefined
  readonly sql?: string | undefined
  readonly purpose?: string | undefined
  readonly view?: 'chart' | undefined
}

export const GOVERNANCE_TABS = ['policies', 'coverage', 'purposes', 'exceptions'] as const

export const readGovernanceSearch = (raw: RawSearch): { readonly tab?: (typeof GOVERNANCE_TABS)[number] | undefined } => ({ tab: oneOf(GOVERNANCE_TABS, raw['tab']) })

export const readBackfillSearch = (raw: RawSearch): { readonly product?: string | undefined } => ({ product: text(raw['product']) })

export const readEditorSearch = (raw: RawSearch): { readonly file?: string | undefined } => ({ file: text(raw['file']) })

export const readDashboardSearch = (raw: RawSearch): { readonly purpose?: string | undefined } => ({ purpose: text(raw['purpose']) })

export const readWorkbenchSearch = (raw: RawSearch): WorkbenchSearch => ({
  query: text(raw['query']), sql: text(raw['sql']), purpose: text(raw['purpose']), view: oneOf(['chart'], raw['view']), mark: oneOf(CHART_MARKS, raw['mark']), x: text(raw['x']), y: text(raw['y']), colour: text(raw['colour']),
})

/** What stands out on the map, and the part of it that is seen. */
export interface MapSearch {
  readonly q?: string | undefined
  readonly domain?: string | undefined
  readonly product?: string | undefined
  readonly view?: string | undefined
}

export const readMapSearch = (raw: RawSearch): MapSearch => ({ q: text(raw['q']), domain: text(raw['domain']), product: text(raw['product']), view: text(raw['view']) })

const PERIODS = ['hour', 'day', 'week'] as const

export interface AuditSearch {
  readonly subject?: string | undefined
  readonly product?: string | undefined
  readonly decision?: 'deny' | undefined
  readonly since?: (typeof PERIODS)[number] | undefined
  /** Entries before this one. */
  readonly before?: number | undefined
}

export const readAuditSearch = (raw: RawSearch): AuditSearch => ({
  subject: text(raw['subject']), product: text(raw['product']), decision: oneOf(['deny'], raw['decision']), since: oneOf(PERIODS, raw['since']),
  before: typeof raw['before'] === 'number' && raw['before'] >= 1 ? raw['before'] : undefined,
})

export interface SignInSearch {
  /** The page to go on with. */
  readonly to?: string | undefined
  /** A session was there and has ended. */
  readonly ended?: boolean | undefined
  /** Why a sign-in elsewhere came to nothing. */
  readonly trouble?: string | undefined
}

/** Only ways within the console lead back: never `//elsewhere`, which a browser takes for another host. */
export function readSignInSearch(raw: RawSearch): SignInSearch {
  const to = text(raw['to'])
  return { to: to !== undefined && /^\/(?![/\\])/u.test(to) ? to : undefined, ended: yes(raw['ended']), trouble: text(raw['trouble']) }
}

// The router reads `q=747` as a number.
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined)

// Nineteen digits: read as a number it would be another one, and is taken for none.
const snapshotId = (value: unknown): string | undefined => (typeof value === 'number' && !Number.isSafeInteger(value) ? undefined : text(value))

const yes = (value: unknown): true | undefined => (value === true ? true : undefined)

const oneOf = <T extends string>(values: readonly T[], value: unknown): T | undefined => values.find((known) => known === value)
