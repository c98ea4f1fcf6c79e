// A row of a run as a runtime knows it.

import type { Selectable } from 'kysely'
import type { Diagnostic } from '@tulle/kernel'
import type { RunTable } from '@tulle/store'
import type { RunInput, RunRecord, RunStatus } from './types.ts'

export function recordOf(row: Selectable<RunTable>): RunRecord {
  const { workflow, ...input } = row.parameters as RunInput
  return {
    runId: row.id,
    workflow: String(workflow ?? ''),
    subject: row.product,
    input,
    status: row.status as RunStatus,
    diagnostics: row.diagnostics as unknown as readonly Diagnostic[],
  }
}
