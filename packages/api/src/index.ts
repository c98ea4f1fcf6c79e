// The HTTP API, described once. Runs in Node and in browsers: nothing here may import a module of Node.

// The table, and what a server must implement.
export { API_ROOT, endpoints } from './endpoints.ts'
export type { EndpointName, Endpoints, Handlers } from './endpoints.ts'
export type { AnswerOf, CallOf, Endpoint, Handler, InputOf, Method, OutputOf } from './endpoint.ts'

// What a server needs to take requests and give answers.
export { readInput } from './request.ts'
export type { RawRequest } from './request.ts'
export { PROBLEM_TYPE, statusOf, toProblem } from './problem.ts'
export type { Problem } from './problem.ts'
export { KEEP_ALIVE, printEvent, STREAM_TYPE } from './event-stream.ts'
export { openApi } from './openapi.ts'
export type { ApiInfo } from './openapi.ts'
export { messages } from './messages.ts'

// What a client needs.
export { ApiProblem, createClient, valueOrThrow } from './client.ts'
export type { ApiFailure, ApiResult, Client, ClientOptions } from './client.ts'

// The nouns that travel.
export type { Permission } from './nouns.ts'
export type { Doors } from './doors.ts'
export type { SignedIn, Status, User } from './session.ts'
export type { Access, Column, DataSet, Domain, InputPort, OutputPort, Product, ProductSummary, Sample, Team } from './catalogue.ts'
export { reproduction } from './history.ts'
export type { Difference, Reproduction, Rollback, Snapshot } from './history.ts'
export type { Capability, CapabilitySummary } from './capabilities.ts'
export type { Maintenance, Removal } from './maintenance.ts'
export type { Apply, Plan } from './plans.ts'
export type { Quarantine, QuarantinedRows } from './quarantine.ts'
export type { Backfill, Run, RunStatus, RunStep, RunSummary, TriggerState } from './runs.ts'
export type { Consumers } from './consumers.ts'
export type { Notice } from './notices.ts'
export type { AccessHistoryEntry, AccessRequest, AccessTerms, Agreement, Freeze, ShownDataSet } from './access.ts'
export type { Certification, ProductStatus, ServiceLevel, ServiceLevelIndicator } from './service-levels.ts'
export type { Incident, IncidentDetail } from './incidents.ts'
export type { ControlMetadata, ControlMetrics, ControlPolicies } from './control.ts'
export type { Account, Grant, Purpose } from './grants.ts'
export type { Elevation } from './accounts.ts'
export type { ApiToken, MadeToken } from './tokens.ts'
export type { Policy, PolicyExplanation } from './policies.ts'
export type { Event } from './events.ts'
export type { AuditAnchor, AuditEntry, AuditVerification, StoppedExport } from './audit.ts'
export { auditLine, readsOf, whatOf } from './audit-line.ts'
export type { Found, SearchHit } from './search.ts'
export type { Usage } from './usage.ts'
export type { Backup, BackupProgress } from './backups.ts'
