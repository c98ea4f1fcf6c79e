// Moves rows from a result to a client, no faster than the client reads.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Rows } from './types.ts'
import type { Wire } from './wire.ts'
import { messages } from '../messages.ts'

export interface Delivered { readonly rows: number; readonly done: boolean }

const FIRST = 256
const MOST = 1 << 15
const BATCH_BYTES = 1 << 18

/** Sends up to `maxRows` rows (0 is all). The next batch is asked for only when the client has taken the last one. */
export async function deliver(wire: Wire, rows: Rows, maxRows: number, signal: AbortSignal): Promise<Result<Delivered>> {
  let sent = 0
  let size = FIRST
  for (;;) {
    const wanted = maxRows === 0 ? size : Math.min(size, maxRows - sent)
    const batch = await rows.fetch(wanted, signal)
    if (!batch.ok) return batch
    const { bytes, rows: count, done } = batch.value
    sent += count
    if (bytes.length > 0) wire.send(bytes)
    if (done || (maxRows !== 0 && sent >= maxRows)) return ok({ rows: sent, done })
    if (!(await wire.flush())) return fail(messages['reader-stalled']({ seconds: 0 }))
    if (signal.aborted) return fail(messages['statement-cancelled']({}))
    if (count > 0) size = Math.max(64, Math.min(MOST, Math.ceil((BATCH_BYTES / Math.max(bytes.length, 1)) * count)))
  }
}
