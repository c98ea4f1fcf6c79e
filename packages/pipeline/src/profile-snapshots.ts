// Measures what the columns of the published snapshots hold. They are published by now and nobody waits for this; what cannot
// be measured is told, and fails no run.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Table } from '@tulle/lake'
import { loadTable, planScan, schemaAt } from '@tulle/lake'
import { keepProfile, keptPart, MOST_COLUMNS, profileRelation } from '@tulle/profiles'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Session, Snapshots, Target, Workshop } from './types.ts'
import { hasCode } from './fail-step.ts'
import { messages } from './messages.ts'
import { relationAt } from './pin-inputs.ts'
import { takeUp } from './take-up.ts'

/** Of one statement. */
const STATEMENT_MILLISECONDS = 5 * 60_000
/** Of all data sets of a run; what is left then has no profile. */
const ALL_MILLISECONDS = 10 * 60_000

export async function profile(workshop: Workshop, context: RunContext, step: StepContext): Promise<StepOutcome> {
  const begun = await takeUp(workshop, context, step.runId)
  const told = begun.ok ? [] : [...begun.diagnostics]
  const ways: Record<string, Json> = {}
  const signal = AbortSignal.any([step.signal, AbortSignal.timeout(ALL_MILLISECONDS)])
  if (begun.ok) {
    const { snapshots } = context.outputs['publish'] as unknown as { readonly snapshots: Snapshots }
    for (const target of begun.value.plan.targets) {
      const done = await profileOne(workshop, { target, snapshot: snapshots[target.dataSet.name] ?? '', productId: begun.value.plan.definition.id, runId: step.runId, signal }).catch(broken)
      if (done.ok) {
        ways[target.dataSet.name] = done.value
        step.log(`Profiled ${target.address}: ${WAYS[done.value]}.`)
        continue
      }
      if (step.signal.aborted) return { status: 'failed', diagnostics: done.diagnostics }
      if (hasCode(done.diagnostics, 'engine-died')) await workshop.sessions.drop(step.runId)
      told.push(messages['not-profiled']({ dataSet: target.address, why: whyNot(done) }))
    }
  }
  return { status: 'succeeded', output: { profiles: ways }, diagnostics: told.map((one) => ({ ...one, severity: 'warning' as const })) }
}

const WAYS = { read: 'all rows were read', joined: 'the rows that came were read', same: 'its files are those of the version before' } as const

const whyNot = ({ diagnostics: [first] }: Extract<Result<unknown>, { ok: false }>): string => (first?.message ?? 'nobody knows why.').slice(0, 500)

/** A database that is away is no reason for a run to have failed that has published. */
const broken = (error: unknown): Result<never> => fail(messages['profile-broke']({ why: error instanceof Error ? error.message : String(error) }))

interface Profiling { readonly target: Target; readonly snapshot: string; readonly productId: string; readonly runId: string; readonly signal: AbortSignal }

async function profileOne(workshop: Workshop, { target, snapshot, productId, runId, signal }: Profiling): Promise<Result<keyof typeof WAYS>> {
  const { lake, store, clock } = workshop
  const begunAt = clock.now()
  const opened = await workshop.sessions.of(runId)
  if (!opened.ok) return opened
  const session: Session = opened.value
  const table = await loadTable(lake, target.table.name)
  if (!table.ok) return table
  const columns = columnsOf(table.value, target, snapshot)
  if (!columns.ok) return columns
  const scan = await planScan(lake, table.value, { snapshotId: snapshot })
  if (!scan.ok) return scan
  const of = { productId, dataSet: target.dataSet.name }
  const now = { files: scan.value.files.map(({ file }) => file.path), isWhole: scan.value.files.every(({ deletes }) => deletes.length === 0) }
  const profiled = await profileRelation(session.process, {
    columns: columns.value, now, before: await keptPart(store, of), signal, timeoutMilliseconds: STATEMENT_MILLISECONDS,
    define: async (files) => {
      const relation = await relationAt(lake, { product: target.table.name.namespace, dataSet: target.table.name.name, snapshot }, session.inFolder, files === undefined ? {} : { files })
      const defined = relation.ok ? await session.process.define([relation.value]) : relation
      return defined.ok && relation.ok ? ok({ schema: relation.value.schema, name: relation.value.name, columns: columns.value }) : (defined as Result<never>)
    },
  })
  if (!profiled.ok) return profiled
  await keepProfile(store, { ...of, snapshot, runId, ...profiled.value, read: now, milliseconds: clock.now() - begunAt, snapshots: table.value.snapshots.map(({ id }) => id) })
  return ok(profiled.value.way)
}

/** What the contract promises, as far as the snapshot has it. */
function columnsOf(table: Table, { contract }: Target, snapshot: string) {
  const schema = schemaAt(table, snapshot)
  const promised = new Set(contract.columns.map(({ name }) => name))
  return schema.ok ? ok(schema.value.fields.filter(({ name }) => promised.has(name)).slice(0, MOST_COLUMNS).map(({ id, name, type }) => ({ fieldId: id, name, type }))) : schema
}
