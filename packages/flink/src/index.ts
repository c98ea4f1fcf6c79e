// Keeps jobs of Flink in step with what was applied.

export { flinkJobProvider } from './job-provider.ts'
export type { FlinkJobProvider, FlinkRoom } from './job-provider.ts'
export { desiredJobs } from './desired-jobs.ts'
