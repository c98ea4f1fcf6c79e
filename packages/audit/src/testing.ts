// What other rooms' tests stand on: an audit in memory, and keepers of anchors and keys.

import { ok } from '@tulle/kernel'
import type { Audit, AuditLine } from './types.ts'

export { memoryAnchors, memoryKeys } from './memory-keeping.ts'
export type { MemoryAnchors } from './memory-keeping.ts'
export { nextAnchor, nextEntry, NOTHING_BEFORE, printEntry, readEntry } from './entry.ts'

export interface HeardAudit extends Audit { readonly lines: AuditLine[] }

/** Takes lines, and holds of them what is written in the open. */
export function heardAudit(): HeardAudit {
  const lines: AuditLine[] = []
  return {
    lines,
    record: async (line) => {
      const { values, ...open } = line
      lines.push(values === undefined ? line : open)
      return ok(undefined)
    },
    ready: () => ok(undefined),
  }
}
