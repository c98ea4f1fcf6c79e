// A question of a data port as a file: asked of an engine of whoever needs it first, under their rights. What is made leaves by
// other hands, which count it.

import { copyFile, open } from 'node:fs/promises'
import type { AuditLine } from '@tulle/audit'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { ARROW_END } from '@tulle/engine'
import type { FieldIds } from '@tulle/lake'
import type { GovernedRows, Governor, Who } from '../types.ts'
import { messages } from '../messages.ts'
import { csvHeader } from '../rest/bodies.ts'
import type { FileFormat } from './types.ts'

export interface Question {
  readonly text: string
  readonly parameters: readonly (string | number | boolean)[]
  readonly format: FileFormat
  /** Of its columns, stamped into a Parquet file. */
  readonly fieldIds: FieldIds
  /** For the audit. */
  readonly port: AuditLine['port']
}

/** Of rows in one piece; a piece is also bounded by its bytes. */
const BATCH = 100_000

export async function makeFile(governor: Governor, who: Who, { text, parameters, format, fieldIds, port }: Question, { path, most, signal }: { readonly path: string; readonly most: number; readonly signal: AbortSignal }): Promise<Result<{ readonly rows: number }>> {
  const tooLarge = fail(messages['file-too-large']({ megabytes: Math.floor(most / 1024 / 1024) }))
  const statement = await governor.prepare(who, text, port)
  if (!statement.ok) return statement
  if (format === 'parquet') {
    const written = await statement.value.write({ parameters, signal, fieldIds })
    if (!written.ok) return written
    try {
      const { rows, bytes } = written.value.file
      if (bytes > most) return tooLarge
      await copyFile(written.value.file.path, path)
      return ok({ rows })
    } finally {
      await written.value.remove()
    }
  }
  const opened = await statement.value.open({ parameters, encoding: { kind: format }, signal })
  if (!opened.ok) return opened
  try {
    return await writeRows(opened.value, format, { path, most, signal, tooLarge })
  } finally {
    await opened.value.close()
  }
}

async function writeRows(rows: GovernedRows, format: 'csv' | 'arrow', { path, most, signal, tooLarge }: { readonly path: string; readonly most: number; readonly signal: AbortSignal; readonly tooLarge: Result<never> }): Promise<Result<{ readonly rows: number }>> {
  const file = await open(path, 'wx', 0o600)
  let [count, bytes] = [0, 0]
  try {
    if (format === 'csv') await file.write(Buffer.from(csvHeader(rows.columns.map(({ name }) => name))))
    for (let done = false; !done; ) {
      const batch = await rows.fetch(BATCH, signal)
      if (!batch.ok) return batch
      count += batch.value.rows
      bytes += batch.value.bytes.length
      if (bytes > most) return tooLarge
      if (batch.value.bytes.length > 0) await file.write(batch.value.bytes)
      ;({ done } = batch.value)
    }
    if (format === 'arrow') await file.write(ARROW_END)
    return ok({ rows: count })
  } finally {
    await file.close()
  }
}
