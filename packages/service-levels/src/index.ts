// Measures what products promise of their service, opens incidents where it breaks, and certifies those that keep it.

// On the clock, and behind events.
export { openServiceLevels } from './service-levels.ts'
export type { ServiceLevels } from './service-levels.ts'
export type { Probe, ProbePort, ServiceLevelOptions } from './types.ts'

// How long statements took.
export { countLatency, readLatency } from './measure/latency-store.ts'
export type { LatencyCounts } from './measure/latency-store.ts'
export { percentileOf, totalOf } from './algebra/latency.ts'

// How promises are kept.
export { readLevels } from './reconcile.ts'
export { readCheckScores } from './measure/check-scores.ts'
export type { MeasuredLevel, Sample, Standing } from './types.ts'

// The badge.
export { readCertification, readRules } from './certify/grant-badge.ts'
export type { CertificationLine } from './certify/grant-badge.ts'

// Incidents.
export { acknowledgeIncident, resolveIncident } from './incidents/change-incident.ts'
export { findIncident, listIncidents } from './incidents/read-incidents.ts'
export { upstreamOf } from './incidents/affected.ts'
export { subscribe, subscriptionsOf, unsubscribe } from './incidents/subscriptions.ts'
export type { Incident, IncidentEntry } from './incidents/types.ts'

// Metrics as a text.
export { OPEN_METRICS_TYPE, printOpenMetrics } from './control/open-metrics.ts'
export type { MetricFamily } from './control/open-metrics.ts'
export { metricsOf } from './control/metrics-of.ts'
export type { ProductMetrics } from './control/metrics-of.ts'
