// Old entries of the audit, by the mesh's rule. Nothing is removed while a backup copies, or somebody else removes.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { OBJECT_REMOVAL, tryAdvisoryLock } from '@tulle/store'
import type { MaintenanceOptions, Removal } from './types.ts'
import { messages } from './messages.ts'
import { printSpan } from './print-time.ts'

const RULE = 'keep-audit'

/** `keep` in milliseconds; undefined: for ever. */
export async function retireAudit({ audit, clock, store }: MaintenanceOptions, keep: number | undefined, dryRun: boolean): Promise<Result<readonly Removal[]>> {
  if (audit === undefined || keep === undefined) return ok([])
  const asked = { before: clock.now() - keep, rule: RULE, dryRun }
  const locked = dryRun ? { got: true as const, value: await audit.retire(asked) } : await tryAdvisoryLock(store, OBJECT_REMOVAL, () => audit.retire(asked))
  if (!locked.got) return ok([], [messages['maintenance-busy']({ table: 'The audit' })])
  if (!locked.value.ok) return locked.value
  return ok(locked.value.value.map(({ file, bytes, first, last, to }) => ({
    job: 'audit' as const, what: 'segment' as const, name: file, bytes, rule: RULE, reason: `Its entries ${first} to ${last} are older than ${printSpan(keep)}; the newest is of ${to}.`,
  })), locked.value.diagnostics)
}
