// The tables of the control database as Kysely sees them. The migrations beside this file make them so.

import type { ColumnType as KyselyColumn } from 'kysely'
import type { ColdTables } from './schema-cold.ts'
import type { ErasureTables } from './schema-erasure.ts'
import type { ColumnType, Generated, Json as JsonColumn } from './column-types.ts'
import type { KafkaTopicTable } from './schema-kafka.ts'
import type { ForeignJobTable } from './schema-lineage.ts'
import type { DiscussionEntryTable, SharedWorkTable } from './schema-workbench.ts'

export interface Database extends ErasureTables, ColdTables {
  outbox: OutboxTable
  outbox_cursor: OutboxCursorTable
  table_pointer: TablePointerTable
  catalog_namespace: CatalogNamespaceTable
  account: AccountTable
  account_team: AccountTeamTable
  session_token: SessionTokenTable
  access_grant: AccessGrantTable
  access_request: AccessRequestTable
  access_verdict: AccessVerdictTable
  access_history: AccessHistoryTable
  api_token: ApiTokenTable
  elevation: ElevationTable
  mesh_state: MeshStateTable
  resource: ResourceTable
  apply: ApplyTable
  apply_stage: ApplyStageTable
  run: RunTable
  run_step: RunStepTable
  run_output: RunOutputTable
  run_worker: RunWorkerTable
  run_log: RunLogTable
  workflow_event: WorkflowEventTable
  trigger_pause: TriggerPauseTable
  check_verdict: CheckVerdictTable
  profile: ProfileTable
  profile_part: ProfilePartTable
  alert: AlertTable
  alert_delivery: AlertDeliveryTable
  alert_seen: AlertSeenTable
  audit_chain: AuditChainTable
  audit_anchor: AuditAnchorTable
  audit_key: AuditKeyTable
  audit_cut: AuditCutTable
  usage_day: UsageDayTable
  foreign_job: ForeignJobTable
  usage_cursor: UsageCursorTable
  export_slot: ExportSlotTable
  export_freeze: ExportFreezeTable
  hook_delivery: HookDeliveryTable
  file_watch: FileWatchTable
  sli_sample: SliSampleTable
  slo_burn: SloBurnTable
  incident: IncidentTable
  incident_entry: IncidentEntryTable
  incident_subscription: IncidentSubscriptionTable
  certification: CertificationTable
  statement_latency: StatementLatencyTable
  shared_work: SharedWorkTable
  discussion_entry: DiscussionEntryTable
  stream: StreamTable
  stream_segment: StreamSegmentTable
  stream_position: StreamPositionTable
  registry_schema: RegistrySchemaTable
  registry_version: RegistryVersionTable
  registry_subject: RegistrySubjectTable
  webhook: WebhookTable
  webhook_delivery: WebhookDeliveryTable
  webhook_dead_letter: WebhookDeadLetterTable
  kafka_topic: KafkaTopicTable
}

/** CloudEvents, in the order in which their transactions committed. `data` holds references, never row values. */
export interface OutboxTable {
  seq: Generated<string>
  id: string
  type: string
  source: string
  subject: string | null
  time: ColumnType<Date>
  data: JsonColumn
}

/** How far a consumer of the outbox has come. */
export interface OutboxCursorTable { consumer: string; seq: string }

/** One row per table or view: where its current metadata file is. Archived tables keep their row. */
export interface TablePointerTable {
  uuid: string
  kind: Generated<'table' | 'view'>
  namespace: string
  name: string
  metadata_location: string
  version: string
  archived_at: ColumnType<Date> | null
}

/** Namespaces of the catalogue that belong to no product. */
export interface CatalogNamespaceTable { name: string; properties: JsonColumn }

export interface AccountTable {
  id: string
  name: string
  role: string
  display_name: string
  /** SCRAM-SHA-256 verifier as PostgreSQL prints it; serves SQL and HTTP sign-in alike. */
  verifier: string
  purposes: JsonColumn
  attributes: JsonColumn
  kind: Generated<'user' | 'service'>
  /** Of a service identity: for whom it acts, by an id that never changes. */
  represents_kind: 'product' | 'application' | null
  represents_id: string | null
  /** Of a person whom an issuer knows: which, and when it last said so. */
  issuer: string | null
  issuer_subject: string | null
  confirmed_at: ColumnType<Date> | null
  created_at: ColumnType<Date>
  disabled_at: ColumnType<Date> | null
}
export interface AccountTeamTable { account_id: string; team: string }
/** Only the SHA-256 of a token is kept. A refresh token of an issuer is sealed by the token itself, which only its holder has. */
export interface SessionTokenTable {
  digest: string
  account_id: string
  created_at: ColumnType<Date>
  expires_at: ColumnType<Date>
  label: string
  sealed_refresh: string | null
  confirm_at: ColumnType<Date> | null
}

/** A secret of an account that a program holds. Kept are its SHA-256 and its SCRAM verifier, under the salt of the account. */
export interface ApiTokenTable {
  id: string
  account_id: string
  label: string
  digest: string
  verifier: string
  scope: 'read' | 'full' | 'decide' | 'lineage'
  /** Null: all of the account's. */
  purposes: JsonColumn | null
  created_by: string
  created_at: ColumnType<Date>
  expires_at: ColumnType<Date>
  last_used_at: ColumnType<Date> | null
  revoked_at: ColumnType<Date> | null
  revoked_by: string | null
  rotated_from: string | null
}

/** A time in which an account has an administrator's duties. */
export interface ElevationTable {
  id: string
  account_id: string
  justification: string
  started_at: ColumnType<Date>
  ends_at: ColumnType<Date>
  ended_at: ColumnType<Date> | null
}

export interface AccessGrantTable {
  id: string
  subject_kind: string
  subject: string
  product_id: string
  data_set: string | null
  columns: JsonColumn | null
  purposes: JsonColumn
  granted_by: string
  granted_at: ColumnType<Date>
  expires_at: ColumnType<Date> | null
  revoked_at: ColumnType<Date> | null
  revoked_by: string | null
  row_condition: string | null
  unmasked: JsonColumn | null
  /** The request whose outcome it is. */
  request_id: string | null
  /** The address of the resource in the mesh folder that declares it. */
  declared_by: string | null
  frozen_at: ColumnType<Date> | null
  frozen_by: string | null
  expiry_told_at: ColumnType<Date> | null
}

/** `terms` is what is asked for; what was approved stands in the last verdict, and in the grant. */
export interface AccessRequestTable {
  id: string
  kind: string
  state: string
  subject_kind: string
  subject: string
  product_id: string
  purpose: string
  terms: JsonColumn
  justification: string
  agreements: JsonColumn
  /** How many persons have to approve; 0 where nobody has to. */
  persons: number
  requested_by: string
  requested_by_name: string
  requested_at: ColumnType<Date>
  lapses_at: ColumnType<Date>
  renews_grant: string | null
  decided_at: ColumnType<Date> | null
  grant_id: string | null
}
export interface AccessVerdictTable {
  request_id: string
  ordinal: number
  verdict: string
  given_by: string
  given_by_name: string
  given_at: ColumnType<Date>
  terms: JsonColumn | null
  note: string | null
}
export interface AccessHistoryTable {
  seq: Generated<string>
  request_id: string | null
  grant_id: string | null
  change: string
  by_name: string
  at: ColumnType<Date>
  note: string | null
}

/** One row: the generation of the mesh rises with every change, so a stale plan is seen. */
export interface MeshStateTable { one: Generated<boolean>; generation: string; mesh: JsonColumn | null }

/** What exists, one row per resource; `id` never changes, also when the resource moves. */
export interface ResourceTable {
  id: string
  kind: string
  ref: string
  product: string | null
  spec: JsonColumn
  fingerprint: string
  archived_at: ColumnType<Date> | null
  updated_at: ColumnType<Date>
}

export interface ApplyTable {
  id: string
  plan_fingerprint: string
  plan: JsonColumn
  status: string
  started_by: string
  started_at: ColumnType<Date>
  finished_at: ColumnType<Date> | null
  diagnostics: JsonColumn
}
export interface ApplyStageTable { apply_id: string; ordinal: number; status: string; started_at: ColumnType<Date> | null; finished_at: ColumnType<Date> | null; message: string | null }

export interface RunTable {
  id: string
  product: string
  status: string
  trigger: JsonColumn
  parameters: JsonColumn
  requested_by: string
  requested_at: ColumnType<Date>
  started_at: ColumnType<Date> | null
  finished_at: ColumnType<Date> | null
  diagnostics: JsonColumn
  document: JsonColumn | null
  /** Higher ones go first among those that wait. */
  priority: Generated<number>
  /** Null while it waits for its turn; `waits` says for what. */
  admitted_at: ColumnType<Date> | null
  waits: string | null
  paused_at: ColumnType<Date> | null
  paused_by: string | null
  /** What it waits for without a place, since one of its steps only waits. */
  aside: string | null
  /** Since when it wants its place again. */
  returns_at: ColumnType<Date> | null
}
/** A process that carries runs: where it runs, its number and birth there, and its last sign of life. */
export interface RunWorkerTable { id: string; place: string; pid: number; born: string; seen_at: ColumnType<Date> }
export interface RunOutputTable { run_id: string; step: string; output: JsonColumn }
export interface RunStepTable {
  run_id: string
  ordinal: number
  name: string
  status: string
  started_at: ColumnType<Date> | null
  finished_at: ColumnType<Date> | null
  attempt: number
  rows_read: string | null
  rows_written: string | null
  reason: string | null
  output: JsonColumn | null
  /** What the task began with, and the names of the outputs that were there: another run may begin with the same. */
  began: JsonColumn | null
}
export interface RunLogTable { run_id: string; seq: Generated<string>; time: ColumnType<Date>; step: string | null; level: string; message: string }

/** CloudEvents between workflows. */
export interface WorkflowEventTable { position: Generated<string>; key: string; event: JsonColumn; kept_at: ColumnType<Date> }

/** Chains of the audit, and the machine and folder that each was last written in. */
export interface AuditChainTable { chain: string; place: string; opened_at: Generated<Date> }
/** Heads of those chains, as they were hashed. */
export interface AuditAnchorTable {
  chain: string
  number: KyselyColumn<string, number, number>
  seq: KyselyColumn<string, number, number>
  hash: string
  at: string
  prev: string
  digest: string
}
/** The key of one entry's values; destroying the row destroys the values. */
export interface AuditKeyTable { chain: string; seq: KyselyColumn<string, number, number>; subject: string | null; key: Buffer }
/** Entries that say that older ones were removed. */
export interface AuditCutTable {
  chain: string
  seq: KyselyColumn<string, number, number>
  hash: string
  through: KyselyColumn<string, number, number>
  anchor_number: KyselyColumn<string | null, number | null, number | null>
  anchor_digest: string | null
  at: Generated<Date>
}

/** What one subject did with one product on one day, for one purpose. */
export interface UsageDayTable {
  day: string
  product_id: string
  subject_id: string
  subject: string
  purpose: string
  statements: string
  refused: string
  rows: string
  bytes: string
  milliseconds: string
  crossing: string
  first_at: Date
  last_at: Date
}
/** The last entry of the audit that was counted. */
export interface UsageCursorTable { one: boolean; seq: KyselyColumn<string, number, number> }

/** What left of a product within some minutes, by subject. `start` is in milliseconds since 1970. */
export interface ExportSlotTable { subject: string; product_id: string; start: string; rows: string; bytes: string; statements: string }
export interface ExportFreezeTable {
  id: string
  subject: string
  subject_name: string
  product_id: string
  product: string
  at: ColumnType<Date>
  what: string
  amount: KyselyColumn<string, number, never>
  allowed: KyselyColumn<string, number, never>
  rule: string
  thawed_at: ColumnType<Date> | null
  thawed_by: string | null
}

/** What webhooks delivered, by their ids. */
export interface HookDeliveryTable { product: string; hook: string; id: string; run_id: string | null; at: Generated<Date>; seq: Generated<string>; body: Buffer | null; taken: Generated<boolean> }

/** Which files of a port started a run last: `seen` is a fingerprint. */
export interface FileWatchTable { product: string; port: string; seen: string; at: Generated<Date> }

/** What a check of a run said. Outlives the run: `measured` is the history that later ones are held against. */
/** What the columns of a published snapshot hold. It lives as long as the snapshot. */
export interface ProfileTable {
  product_id: string
  data_set: string
  snapshot_id: string
  run_id: string | null
  at: Generated<Date>
  /** read, joined or same: all rows were read, those that came, or none. */
  way: string
  milliseconds: number
  profile: JsonColumn
}
/** Of the newest profile of a data set: what was read, compressed, and of which files. */
export interface ProfilePartTable { product_id: string; data_set: string; snapshot_id: string; part: Buffer }

export interface CheckVerdictTable {
  run_id: string
  product: string
  data_set: string
  check_name: string
  at: KyselyColumn<Date, Date | string | undefined, never>
  /** pass, warn, fail or not-run, which is no pass. */
  status: string
  /** block, quarantine or warn: what it does where it fails. */
  action: string
  measured: number | null
  failing: string | null
  rows: string | null
  /** Where what is usual was asked: {low, high, expected}. */
  band: JsonColumn | null
  sentence: string
}

/** What somebody had to be told. `facts` holds references, never row values. */
export interface AlertTable {
  id: string
  reason: string
  product: string
  run_id: string | null
  sentence: string
  facts: JsonColumn
  at: ColumnType<Date>
}
/** One way out of an alert. Its id is the same on every try. */
export interface AlertDeliveryTable {
  id: string
  alert_id: string
  way: JsonColumn
  status: string
  attempts: Generated<number>
  next_at: ColumnType<Date>
  delivered_at: ColumnType<Date> | null
  trouble: string | null
}
/** Until when an account has seen what the console told. */
export interface AlertSeenTable { account_id: string; until: ColumnType<Date> }

/** Products whose triggers start nothing for a while; `missed` counts what came meanwhile. */
export interface TriggerPauseTable { product: string; by: string; at: ColumnType<Date>; missed: Generated<number> }

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
export interface SloBurnTable {
  product_id: string
  level: string
  indicator: string
  rule: string
  since: ColumnType<Date>
}

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
export interface IncidentEntryTable {
  seq: Generated<string>
  incident_id: string
  at: ColumnType<Date>
  what: string
  by_name: string | null
  note: string | null
}
export interface IncidentSubscriptionTable {
  account_id: string
  product_id: string
  at: ColumnType<Date>
}

/** One row for each change of the badge, or of what stands against it. */
export interface CertificationTable {
  seq: Generated<string>
  product_id: string
  certified: boolean
  at: ColumnType<Date>
  failing: JsonColumn
}

/** How many statements took about so long, by minute; what a bucket means, service-levels say. */
export interface StatementLatencyTable {
  product_id: string
  at: ColumnType<Date>
  bucket: number
  statements: string
}

/** The log of one data set, as it is stored. `head` and `oldest` are numbers of segments. */
export interface StreamTable { id: Generated<string>; product_id: string; data_set: string; head: Generated<string>; oldest: Generated<string> }

/** A stretch of the log: references to snapshots and to a file of rows, never rows. */
export interface StreamSegmentTable {
  stream_id: string
  number: string
  /** base, changes or event. */
  kind: string
  event_id: string
  from_snapshot: string | null
  to_snapshot: string | null
  run_id: string | null
  contract_version: string | null
  at: ColumnType<Date>
  entries: string
  file: string | null
  event: JsonColumn | null
}

/** How far a consumer has come, by its own name for it. */
export interface StreamPositionTable {
  owner_id: string
  stream_id: string
  consumer: string
  owner_name: string
  address: JsonColumn
  phase: string
  number: string
  ordinal: string
  saved_at: Generated<Date>
}
/** A schema of messages under the id that readers find in each message. Ids are never given twice. */
export interface RegistrySchemaTable { id: Generated<number>; type: string; body: string; refs: JsonColumn; canonical: string; normalized: string }
/** Under which subject, as which version. */
export interface RegistryVersionTable { subject: string; version: number; schema_id: number; deleted: Generated<boolean>; at: Generated<Date> }
/** What is set for a subject; the row of the empty name holds for all. `declared`: its schemas follow from a contract. */
export interface RegistrySubjectTable { subject: string; compatibility: string | null; mode: string | null; declared: Generated<boolean> }

/** A consumer's wish to be told at an address. `position` is the place up to which its target took everything. */
export interface WebhookTable {
  id: string
  account_id: string
  product_id: string
  data_set: string | null
  url: string
  purpose: string | null
  kinds: JsonColumn
  filter: JsonColumn
  batch: JsonColumn
  note: string | null
  created_at: ColumnType<Date>
  state: 'active' | 'paused'
  paused_by: string | null
  paused_why: string | null
  salt: string
  generation: number
  previous_until: ColumnType<Date> | null
  position: string
  epoch: number
  failures: number
  failing_since: ColumnType<Date> | null
  next_at: ColumnType<Date> | null
  trouble: string | null
  delivered: string
  last_delivered_at: ColumnType<Date> | null
}

/** One request to a webhook and how it ended; no row values. */
export interface WebhookDeliveryTable {
  seq: Generated<string>
  webhook_id: string
  kind: string
  at: ColumnType<Date>
  message: string
  events: number
  first_event: string | null
  last_event: string | null
  bytes: number
  status: number | null
  milliseconds: number
  outcome: string
  trouble: string | null
}

/** An event that a target never took: its place, not its content. `before` is the place from which it is read again. */
export interface WebhookDeadLetterTable {
  seq: Generated<string>
  webhook_id: string
  event: string
  type: string
  before: string
  reason: string
  at: ColumnType<Date>
  state: 'dead' | 'asked again' | 'delivered'
}
