// Writes what the product serves as files for others, where the operator allows it. Files are named by their snapshot, so that
// writing them again changes nothing.

import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { counted, didYouMean, fail, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import { loadTable } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { quoteIdentifier } from '@tulle/sql'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Session, Target, Workshop } from './types.ts'
import { failStep, hasCode } from './fail-step.ts'
import { messages } from './messages.ts'
import { relationAt } from './pin-inputs.ts'
import { readPlan } from './read-plan.ts'

interface Arguments { readonly to?: string; readonly dataSet?: string; readonly format?: 'parquet' | 'csv' }

const ROWS_AT_ONCE = 10_000

export async function exportDataSets(workshop: Workshop, { subject, call }: RunContext, { runId, signal, log }: StepContext): Promise<StepOutcome> {
  const fall = (diagnostics: readonly Diagnostic[]): Promise<StepOutcome> => failStep(workshop, runId, diagnostics)
  const { to = '', dataSet: named, format = 'parquet' } = (call?.arguments ?? {}) as Arguments
  const place = workshop.exports.get(to)
  if (place === undefined) return fall([messages['export-nowhere']({ to, known: [...workshop.exports.keys()] })])
  const plan = await readPlan(workshop.store, subject)
  if (!plan.ok) return fall(plan.diagnostics)
  const targets = plan.value.targets.filter(({ dataSet }) => named === undefined || dataSet.name === named)
  if (targets.length === 0) return fall([messages['export-nothing']({ product: subject, dataSet: named ?? '', meant: didYouMean(named ?? '', plan.value.targets.map(({ dataSet }) => dataSet.name)) })])
  const session = await workshop.sessions.of(runId)
  if (!session.ok) return fall(session.diagnostics)
  const files: Record<string, Json> = {}
  let rows = 0
  for (const target of targets) {
    const written = await exportOne(workshop, session.value, { target, place, format, signal })
    if (!written.ok) return fall(written.diagnostics)
    files[target.dataSet.name] = written.value.address
    rows += written.value.rows
    log(written.value.isNew ? `Wrote ${counted(written.value.rows, 'row')} of ${target.address} to ${to}: ${written.value.path}.` : `${target.address} is in ${to} already: ${written.value.path}.`)
  }
  return { status: 'succeeded', output: { to, format, files }, rowsWritten: rows }
}

interface OneExport { readonly target: Target; readonly place: Objects; readonly format: 'parquet' | 'csv'; readonly signal: AbortSignal }
interface Exported { readonly address: string; readonly path: string; readonly rows: number; readonly isNew: boolean }

async function exportOne({ lake }: Workshop, session: Session, { target, place, format, signal }: OneExport): Promise<Result<Exported>> {
  const { namespace, name } = target.table.name
  const table = await loadTable(lake, target.table.name)
  if (!table.ok) return table
  const snapshot = table.value.currentSnapshot
  if (snapshot === undefined) return fail(messages['export-unpublished']({ address: target.address }))
  const path = `${namespace}/${name}/${snapshot.id}.${format}`
  const relation = await relationAt(lake, { product: namespace, dataSet: name, snapshot: snapshot.id }, session.inFolder)
  if (!relation.ok) return relation
  const defined = await session.process.define([relation.value])
  if (!defined.ok) return defined
  const written = await writeFile(session, relation.value, { name: `export-${name}.${format}`, format, signal })
  if (!written.ok) return written
  const adopted = await place.adopt(path, written.value.file)
  await rm(written.value.file, { force: true })
  if (adopted.ok) return ok({ address: adopted.value, path, rows: written.value.rows, isNew: true })
  return hasCode(adopted.diagnostics, 'object-exists') ? ok({ address: place.address(path), path, rows: 0, isNew: false }) : adopted
}

async function writeFile({ process, outFolder, factsFolder }: Session, { schema, name: table, columns }: Relation, { name, format, signal }: { readonly name: string; readonly format: 'parquet' | 'csv'; readonly signal: AbortSignal }): Promise<Result<{ readonly file: string; readonly rows: number }>> {
  const query = `SELECT * FROM ${quoteIdentifier(schema)}.${quoteIdentifier(table)}`
  if (format === 'parquet') {
    const written = await process.write(query, { path: join(outFolder, name), fieldIds: {}, signal })
    return written.ok ? ok({ file: written.value.path, rows: written.value.rows }) : written
  }
  const cursor = await process.open(query, { encoding: { kind: 'csv' }, signal })
  if (!cursor.ok) return cursor
  const path = join(factsFolder, name)
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(`${columns.map((column) => csvText(column.name)).join(',')}\n`)
  let rows = 0
  try {
    for (let done = false; !done;) {
      const batch = await cursor.value.fetch(ROWS_AT_ONCE, { signal })
      if (!batch.ok) return batch
      await file.writeFile(batch.value.bytes)
      rows += batch.value.rows
      done = batch.value.done
    }
    await file.sync()
  } finally {
    await cursor.value.close()
  }
  return ok({ file: path, rows })
}

const csvText = (text: string): string => (/[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
