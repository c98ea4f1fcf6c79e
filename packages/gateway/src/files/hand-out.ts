// Bytes of a file on their way out: before each piece the rights are asked again, each piece is counted by the export watch, and
// the last one leaves when the audit has it written down.

import { createReadStream } from 'node:fs'
import type { Audit, AuditLine } from '@tulle/audit'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Authorizer } from '../authorize.ts'
import type { Reading } from '../governed-relations.ts'
import { messages } from '../messages.ts'
import { statementRecorder } from '../record-statement.ts'
import { DataStopped } from '../rest/bodies.ts'
import { standingAt } from '../rest/validators.ts'
import type { Asker, VisibleTable, Who } from '../types.ts'
import type { ExportWatch } from '../watch/types.ts'
import type { MadeFile } from './types.ts'

export interface HandingOut { readonly authorizer: Authorizer; readonly watch: ExportWatch; readonly audit: Audit; readonly clock: Clock; readonly port: AuditLine['port'] }

export interface Handed {
  readonly who: Who
  readonly asker: Asker
  readonly table: VisibleTable
  readonly reading: Reading
  /** What the file was made for. */
  readonly standing: string
  readonly file: MadeFile
  /** Rows that count as leaving with this request: all of them with the first of a link, none with those that read on. */
  readonly rows: number
  readonly range: { readonly start: number; readonly end: number }
  readonly signal: AbortSignal
  /** Nothing of it is needed any more. */
  readonly done: () => void
}

/** Read at a time: a revoked right stops the next one. */
const PIECE = 512 * 1024

export async function handOut({ authorizer, watch, audit, clock, port }: HandingOut, handed: Handed): Promise<Result<AsyncIterable<Uint8Array>>> {
  const { who, asker, table, reading, file, rows, range } = handed
  const since = clock.now()
  const record = statementRecorder({ audit, authorizer, clock })
  const told = (bytes: number, diagnostics?: readonly Diagnostic[]): Promise<Result<void>> =>
    record({ port, asker, since, names: [{ schema: table.product.schema, name: table.dataSet.name }], readings: [reading], rows: diagnostics === undefined || bytes > 0 ? rows : 0, bytes, ...(diagnostics !== undefined && { diagnostics }) })
  const refused = async (failure: Result<unknown> & { ok: false }): Promise<typeof failure> => {
    handed.done()
    await told(0, failure.diagnostics)
    return failure
  }
  const writable = audit.ready()
  if (!writable.ok) return refused(writable)
  const leaving = await watch.begin(asker, [table])
  if (!leaving.ok) return refused(leaving)
  const counted = await leaving.value.take(rows, 0)
  if (!counted.ok) {
    await leaving.value.end()
    return refused(counted)
  }
  // Until the first piece is asked for nothing is open.
  return ok((async function* (): AsyncGenerator<Uint8Array> {
    let bytes = 0
    let trouble: readonly Diagnostic[] | undefined
    let isTold = false
    try {
      let held: Uint8Array | undefined
      for await (const piece of createReadStream(file.path, { ...range, highWaterMark: PIECE }) as AsyncIterable<Uint8Array>) {
        if (held !== undefined) yield held
        const still = await stillAllowed(authorizer, who, handed)
        const taken = still.ok ? await leaving.value.take(0, piece.length) : still
        if (!taken.ok) {
          trouble = taken.diagnostics
          throw new DataStopped(taken.diagnostics)
        }
        bytes += piece.length
        held = piece
      }
      // INVARIANT: nobody has the end of it that is not written down.
      isTold = true
      const written = await told(bytes)
      if (!written.ok) throw new DataStopped(written.diagnostics)
      if (held !== undefined) yield held
    } finally {
      handed.done()
      await leaving.value.end()
      if (!isTold) await told(bytes, trouble)
    }
  })())
}

async function stillAllowed(authorizer: Authorizer, who: Who, { asker, table, standing, reading }: Handed): Promise<Result<void>> {
  const now = await who()
  if (!now.ok) return now
  const allowed = await authorizer.authorize({ ...now.value, purpose: asker.purpose }, [{ schema: table.product.schema, name: table.dataSet.name }])
  if (!allowed.ok) return allowed
  const at = await standingAt(authorizer, allowed.value[0] as VisibleTable, reading.snapshot)
  if (!at.ok) return at
  return at.value.of === standing ? ok(undefined) : fail(messages['rights-changed']({ table: `${table.product.schema}.${table.dataSet.name}` }))
}
