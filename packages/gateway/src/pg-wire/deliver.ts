// Moves rows from a result to a client, no faster than the client reads.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Rows } from './types.ts'
import type { Wire } from './wire.ts'
import { messages } from '../messages.ts'

export interface Delivered { readonly rows: number; readonly done: boolean }

const FIRST = 256
const LEAST = 64
const MOST = 1 << 15
const BATCH_BYTES = 1 << 19

/**
 * Sends up to `maxRows` rows, or all of them where it is 0. The engine works on one batch while the client takes the
 * one before; the next is asked for only then.
 */
export async function deliver(wire: Wire, rows: Rows, maxRows: number, signal: AbortSignal): Promise<Result<Delivered>> {
  let sent = 0
  let size = FIRST
  let coming = rows.fetch(maxRows === 0 ? size : Math.min(size, maxRows), signal, wire.rooms)
  for (;;) {
    const batch = await coming
    if (!batch.ok) return batch
    const { bytes, rows: count, done } = batch.value
    sent += count
    if (bytes.length > 0) wire.send(bytes)
    if (done || (maxRows !== 0 && sent >= maxRows)) return ok({ rows: sent, done })
    if (count > 0) size = Math.max(LEAST, Math.min(MOST, Math.ceil((BATCH_BYTES / Math.max(bytes.length, 1)) * count)))
    coming = rows.fetch(maxRows === 0 ? size : Math.min(size, maxRows - sent), signal, wire.rooms)
    const taken = await wire.flush()
    if (taken && !signal.aborted) continue
    await coming
    return fail(taken ? whyStopped(signal) : messages['client-gone']({}))
  }
}

// Who stopped it says why.
const whyStopped = ({ reason }: AbortSignal): Diagnostic => (typeof (reason as Partial<Diagnostic> | undefined)?.code === 'string' ? (reason as Diagnostic) : messages['statement-cancelled']({}))
