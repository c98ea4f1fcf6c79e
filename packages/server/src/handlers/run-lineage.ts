// A run as the events of OpenLineage, for whoever may know of its product.

import type { Handlers } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { loadTable, printType, schemaAt, snapshotOf } from '@tulle/lake'
import { runEvents } from '@tulle/lineage'
import type { OutputFacts, RunFacts } from '@tulle/lineage'
import { readProductDefinition } from '@tulle/providers'
import { RUN_SUMMARY } from '@tulle/pipeline'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { findProductFor } from './products.ts'
import { readRun } from './run-views.ts'

const STATUS: Readonly<Record<string, RunFacts['status']>> = { succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled' }

export function runLineageHandlers(house: House): Pick<Handlers<Caller>, 'getRunLineage'> {
  return {
    getRunLineage: async ({ run: id }, { subject }) => {
      const run = await readRun(house.db, id)
      if (run === undefined) return fail(messages['unknown-run']({ run: id }))
      const found = await findProductFor(house, subject, 'describe', run.product)
      if (!found.ok) return found
      const outputs = await outputsOf(house, { product: run.product, run: id })
      if (!outputs.ok) return outputs
      const [first] = outputs.value
      const version = first === undefined ? undefined : await house.lineage.version(run.product, first.snapshot)
      const made = version?.ok === true ? version.value : undefined
      const [failed] = run.diagnostics
      const facts: RunFacts = {
        runId: id, product: run.product, status: STATUS[run.status] ?? 'running', startedAt: run.startedAt ?? run.requestedAt, outputs: outputs.value,
        ...(run.finishedAt !== undefined && { finishedAt: run.finishedAt }),
        // Messages of checks name columns and counts, and never values of rows; the code alone says enough to others.
        ...(failed !== undefined && run.status === 'failed' && { error: failed.code }),
        inputs: Object.entries(made?.reads ?? {}).map(([input, snapshot]) => ({ product: input.slice(0, input.indexOf('.')), dataSet: input.slice(input.indexOf('.') + 1), snapshot })),
      }
      return ok({ events: [...runEvents(facts, { edges: made?.lineage.edges ?? [] }, { namespace: house.url.replace(/^https?:/u, 'tulle:'), producer: house.url })] as Json[] })
    },
  }
}

/** What the run wrote, published or not: a version that never was published has no place in anybody's graph. */
async function outputsOf(house: House, { product, run }: { readonly product: string; readonly run: string }): Promise<Result<readonly OutputFacts[]>> {
  const definition = await readProductDefinition(house.db, product)
  if (!definition.ok) return definition
  const verdicts = await house.db.selectFrom('check_verdict').select(['data_set', 'check_name', 'status', 'action']).where('run_id', '=', run).orderBy('check_name').execute()
  const outputs: OutputFacts[] = []
  for (const [dataSet, { name }] of Object.entries(definition.value.tables)) {
    const table = await loadTable(house.lake, name)
    if (!table.ok) return table
    const own = table.value.metadata.snapshotLog.map((entry) => snapshotOf(table.value, entry.snapshotId)).flatMap((one) => (one.ok && one.value.summary[RUN_SUMMARY.run] === run ? [one.value] : [])).at(-1)
    if (own === undefined) continue
    const schema = schemaAt(table.value, own.id)
    if (!schema.ok) return schema
    const rows = Number(own.summary['total-records'])
    outputs.push({
      dataSet, snapshot: own.id, ...(Number.isSafeInteger(rows) && { rows }),
      columns: schema.value.fields.map((field) => ({ name: field.name, type: printType(field.type) })),
      checks: verdicts.filter((one) => one.data_set === dataSet || one.data_set === `${product}.${dataSet}`).map(({ check_name: check, status, action }) => ({ name: check, passed: status === 'pass', warns: action === 'warn' })),
    })
  }
  return ok(outputs)
}
