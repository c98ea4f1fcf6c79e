// The workflow that builds a snapshot again from what it was made from, and says whether the result is the same. It publishes
// nothing: what it builds is gone with the run's folder.

import type { Result } from '@tulle/kernel'
import type { WorkflowDefinition } from '@tulle/workflow'
import { defineWorkflow } from '@tulle/workflow'
import type { Workshop } from './types.ts'
import { compare } from './compare.ts'
import { rebuild } from './rebuild.ts'
import { RETRY } from './run-product.ts'
import { transform } from './transform.ts'

export const REPRODUCE_SNAPSHOT = 'reproduce-snapshot'

export function reproduceSnapshotWorkflow(workshop: Workshop, timeoutMilliseconds: number): Result<WorkflowDefinition> {
  const step = { retry: RETRY, timeoutMilliseconds }
  return defineWorkflow({
    name: REPRODUCE_SNAPSHOT,
    steps: [
      { ...step, name: 'ingest', run: (context, one) => rebuild(workshop, context, one) },
      { ...step, name: 'transform', run: (context, one) => transform(workshop, context, one) },
      { ...step, name: 'compare', run: (context, one) => compare(workshop, context, one) },
    ],
    release: (runId) => workshop.sessions.release(runId),
  })
}
