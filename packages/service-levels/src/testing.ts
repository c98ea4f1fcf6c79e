export { parseOpenMetrics } from './testing/parse-open-metrics.ts'
