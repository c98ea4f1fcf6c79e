// The server's own log: one JSON object per line, with references and never a secret or a row.

import { appendFileSync, renameSync, statSync } from 'node:fs'
import type { Clock, Diagnostic } from '@tulle/kernel'
import { renderDiagnostic } from '@tulle/kernel'

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
  findings(diagnostics: readonly Diagnostic[]): void
}

const LARGEST = 32 * 1024 * 1024

/** A log in a file that is turned over once at 32 MB. A full disk silences it rather than stopping the server. */
export function fileLog(file: string, clock: Clock): Log {
  let written = sizeOf(file)
  const write = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    const line = `${JSON.stringify({ time: new Date(clock.now()).toISOString(), level, message, ...fields })}\n`
    try {
      if (written > LARGEST) {
        renameSync(file, `${file}.1`)
        written = 0
      }
      appendFileSync(file, line, { mode: 0o600 })
      written += line.length
    } catch {
      // Logging is the last resort; nothing is left to tell.
    }
  }
  return {
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warning', message, fields),
    error: (message, fields) => write('error', message, fields),
    findings: (diagnostics) => {
      for (const diagnostic of diagnostics) write(diagnostic.severity, renderDiagnostic(diagnostic), { code: diagnostic.code })
    },
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size
  } catch {
    return 0
  }
}
