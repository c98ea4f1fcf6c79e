// Audit lines in a file, one JSON object each, in order. A line that cannot be written is told to the server's log.

import { appendFileSync } from 'node:fs'
import type { Audit } from '@tulle/gateway'
import type { Log } from './log.ts'

export function fileAudit(file: string, log: Log): Audit {
  return {
    record: (line) => {
      try {
        appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 })
      } catch (error) {
        log.error('an audit line could not be written', { error: String(error) })
      }
    },
  }
}
