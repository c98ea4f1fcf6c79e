// The tables of service levels, incidents and certification.

import type { ColumnType, Generated, Json as JsonColumn } from './column-types.ts'

export interface ServiceLevelTables {
  sli_sample: SliSampleTable
  slo_burn: SloBurnTable
  incident: IncidentTable
  incident_entry: IncidentEntryTable
  incident_subscription: IncidentSubscriptionTable
  certification: CertificationTable
  statement_latency: StatementLatencyTable
}

/** How an indicator stood at one point of its grid. */
export interface SliSampleTable {
  product_id: string
  indicator: string
  at: ColumnType<Date>
  state: string
  value: number | null
  note: string | null
}

/** A budget that goes fast, from when on. The row goes when it no longer does. */
export interface SloBurnTable { product_id: string; level: string; indicator: string; rule: string; since: ColumnType<Date> }

/** At most one is open for each product and `cause_key`. `affected` holds names, never row values. */
export interface IncidentTable {
  id: string
  product: string
  product_id: string
  cause: string
  cause_key: string
  sentence: string
  run_id: string | null
  affected: JsonColumn
  opened_at: ColumnType<Date>
  acknowledged_at: ColumnType<Date> | null
  acknowledged_by: string | null
  resolved_at: ColumnType<Date> | null
  resolved_by: string | null
  /** How often the cause came again while it was open. */
  repeats: Generated<number>
}
export interface IncidentEntryTable { seq: Generated<string>; incident_id: string; at: ColumnType<Date>; what: string; by_name: string | null; note: string | null }
export interface IncidentSubscriptionTable { account_id: string; product_id: string; at: ColumnType<Date> }

/** One row for each change of the badge, or of what stands against it. */
export interface CertificationTable { seq: Generated<string>; product_id: string; certified: boolean; at: ColumnType<Date>; failing: JsonColumn }

/** How many statements took about so long, by minute; what a bucket means, service-levels say. */
export interface StatementLatencyTable { product_id: string; at: ColumnType<Date>; bucket: number; statements: string }
