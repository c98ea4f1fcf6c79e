// The first rows of a statement, for whoever asks: prepared, decided, watched and written into the audit by a governor, as a
// statement of psql is.

import type { Governor, GovernedStatement, Who } from '@tulle/gateway'
import type { AuditLine } from '@tulle/audit'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'

export interface FirstRows {
  readonly columns: { name: string; type: string }[]
  /** At most as many as were asked for. */
  readonly rows: Json[][]
  /** True where there are more. */
  readonly more: boolean
  /** What the statement reads. */
  readonly tables: GovernedStatement['tables']
}

const BATCH = 2_000

/** One more than asked for is drawn, and never leaves. */
export async function firstRows(governor: Governor, who: Who, statement: string, { limit, signal, port = 'rest' }: { readonly limit: number; readonly signal: AbortSignal; readonly port?: AuditLine['port'] }): Promise<Result<FirstRows>> {
  const prepared = await governor.prepare(who, statement, port, signal)
  if (!prepared.ok) return prepared
  const opened = await prepared.value.open({ parameters: [], encoding: { kind: 'rows' }, signal })
  if (!opened.ok) return opened
  try {
    const rows: Json[][] = []
    for (;;) {
      const batch = await opened.value.fetch(Math.min(BATCH, limit + 1 - rows.length), signal)
      if (!batch.ok) return batch
      rows.push(...(JSON.parse(Buffer.from(batch.value.bytes).toString('utf8') || '[]') as Json[][]))
      if (batch.value.done || rows.length > limit) {
        return ok({ columns: opened.value.columns.map(({ name, type }) => ({ name, type })), rows: rows.slice(0, limit), more: rows.length > limit, tables: prepared.value.tables })
      }
    }
  } finally {
    await opened.value.close()
  }
}
