// The audit as governors write into it, with a count of how long statements took: what a line says, once it is on disk.

import type { Audit } from '@tulle/audit'
import type { LatencyCounts } from '@tulle/service-levels'

export const countingAudit = (audit: Audit, latency: Pick<LatencyCounts, 'count'>): Audit => ({
  ready: () => audit.ready(),
  async record(line) {
    const recorded = await audit.record(line)
    // What was refused or broke says nothing of how long an answer takes.
    if (recorded.ok && line.decision === 'allow' && line.outcome === 'ok') latency.count(line.reads.map(({ productId }) => productId), line.milliseconds, Date.parse(line.time))
    return recorded
  },
})
