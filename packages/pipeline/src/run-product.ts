// The default workflow of a product: ingest, transform, write, check, publish, notify.

import type { Result } from '@tulle/kernel'
import type { RetryPolicy, WorkflowDefinition } from '@tulle/workflow'
import { defineWorkflow } from '@tulle/workflow'
import type { Workshop } from './types.ts'
import { check } from './check.ts'
import { ingest } from './ingest.ts'
import { notify } from './notify.ts'
import { publish } from './publish.ts'
import { transform } from './transform.ts'
import { write } from './write.ts'

export const RUN_PRODUCT = 'run-product'

/** A database or an engine that goes away comes back; bad data is never tried again. */
export const RETRY: RetryPolicy = { attempts: 4, delayMilliseconds: 250, factor: 2, maxDelayMilliseconds: 5_000 }

export function runProductWorkflow(workshop: Workshop, timeoutMilliseconds: number): Result<WorkflowDefinition> {
  const step = { retry: RETRY, timeoutMilliseconds }
  return defineWorkflow({
    name: RUN_PRODUCT,
    steps: [
      { ...step, name: 'ingest', run: (context, one) => ingest(workshop, context, one) },
      { ...step, name: 'transform', run: (context, one) => transform(workshop, context, one) },
      { ...step, name: 'write', run: (context, one) => write(workshop, context, one) },
      { ...step, name: 'check', run: (context, one) => check(workshop, context, one) },
      { ...step, name: 'publish', run: (context, one) => publish(workshop, context, one) },
      { ...step, name: 'notify', run: (context, one) => notify(workshop, context, one) },
    ],
    release: (runId) => workshop.sessions.release(runId),
  })
}
