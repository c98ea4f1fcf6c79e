// What was rehearsed beside what production has: columns, rows, and what the contract's checks say of it. Counts and names
// alone leave the engine.

import type { Json, Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import { duckdbTypeOf } from '@tulle/engine'
import { compileChecks, dataSetsNamed, hasQueries, runChecks } from '@tulle/quality'
import type { StepContext, StepOutcome } from '@tulle/workflow'
import type { Comparison } from '../compare.ts'
import { compareRelations } from '../compare.ts'
import { failStep } from '../fail-step.ts'
import { relationAt } from '../pin-inputs.ts'
import type { TakenUp } from '../take-up.ts'
import type { Session, Target, Workshop } from '../types.ts'
import { relationOfStaged } from '../write-data-set.ts'
import type { Rehearsal } from './read-rehearsal.ts'

export interface Rehearsed {
  readonly dataSet: string
  /** Production's; absent where it has none. */
  readonly snapshot?: string
  readonly rows: { readonly production?: number; readonly rehearsed: number }
  /** Rows that the other side lacks, by the columns that both have. */
  readonly onlyInProduction?: number
  readonly onlyInRehearsed?: number
  /** Columns whose values, taken alone, differ. */
  readonly columns: readonly string[]
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly retyped: readonly string[]
  /** Checks that do not pass, as sentences. `unchecked`: why none ran. */
  readonly failing: readonly string[]
  readonly unchecked?: string
}

export async function compareRehearsal(workshop: Workshop, { built, published }: Rehearsal, begun: TakenUp, production: Workshop['lake'], step: StepContext): Promise<StepOutcome> {
  const rehearsed: Rehearsed[] = []
  for (const target of built) {
    const one = await compareOne(workshop, target, { begun, production, snapshot: published[target.dataSet.name], step })
    if (!one.ok) return failStep(workshop, step.runId, one.diagnostics)
    rehearsed.push(one.value)
    step.log(sentenceOf(one.value))
  }
  return { status: 'succeeded', output: { dataSets: rehearsed as unknown as Json } }
}

interface Beside { readonly begun: TakenUp; readonly production: Workshop['lake']; readonly snapshot: string | undefined; readonly step: StepContext }

async function compareOne(workshop: Workshop, target: Target, { begun: { session, staged }, production, snapshot, step }: Beside): Promise<Result<Rehearsed>> {
  const here = await relationOfStaged(workshop.lake, session, target, staged[target.dataSet.name] ?? [])
  if (!here.ok) return here
  const checked = await check(workshop, session, target, here.value, step)
  if (!checked.ok) return checked
  if (snapshot === undefined) {
    const rows = (staged[target.dataSet.name] ?? []).reduce((sum, file) => sum + file.rows, 0)
    return ok({ dataSet: target.address, rows: { rehearsed: rows }, columns: [], added: here.value.columns.map(({ name }) => name), removed: [], retyped: [], ...checked.value })
  }
  const there = await relationAt(production, { product: target.table.name.namespace, dataSet: target.table.name.name, snapshot }, session.inFolder)
  if (!there.ok) return there
  const typeIn = (relation: Relation, name: string): string | undefined => ((column) => (column === undefined ? undefined : duckdbTypeOf(column.type)))(relation.columns.find((column) => column.name === name))
  const names = here.value.columns.map(({ name }) => name)
  const retyped = names.filter((name) => typeIn(there.value, name) !== undefined && typeIn(there.value, name) !== typeIn(here.value, name))
  const same = here.value.columns.filter(({ name }) => typeIn(there.value, name) === typeIn(here.value, name))
  const compared = await compareRelations(session.process, { there: there.value, here: { ...here.value, columns: same }, signal: step.signal })
  if (!compared.ok) return compared
  const { rows, onlyInSnapshot, onlyInRebuilt, columns }: Omit<Comparison, 'dataSet' | 'snapshot'> = compared.value
  return ok({
    dataSet: target.address, snapshot, rows: { production: rows.snapshot, rehearsed: rows.rebuilt }, onlyInProduction: onlyInSnapshot, onlyInRehearsed: onlyInRebuilt, columns,
    added: names.filter((name) => typeIn(there.value, name) === undefined), removed: there.value.columns.map(({ name }) => name).filter((name) => !names.includes(name)), retyped, ...checked.value,
  })
}

/** The contract's own checks; those that look at other data sets are left to a run. */
async function check({ clock }: Workshop, session: Session, target: Target, relation: Relation, { signal }: StepContext): Promise<Result<Pick<Rehearsed, 'failing' | 'unchecked'>>> {
  if (dataSetsNamed(target.contract).length > 0) return ok({ failing: [], unchecked: 'its checks look at other data sets' })
  const checks = compileChecks(target.contract, relation, { other: () => undefined })
  if (!checks.ok) return checks
  if (hasQueries(checks.value)) return ok({ failing: [], unchecked: 'its checks have queries' })
  const defined = await session.process.define([relation])
  if (!defined.ok) return defined
  const judged = await runChecks(session.process, { plan: checks.value, relation, dataSet: target.address, signal, now: clock.now(), history: new Map() })
  return judged.ok ? ok({ failing: judged.value.filter(({ status }) => status === 'fail' || status === 'warn').map(({ sentence }) => sentence) }) : judged
}

function sentenceOf({ dataSet, rows, onlyInProduction = 0, onlyInRehearsed = 0, added, removed, retyped, failing }: Rehearsed): string {
  const columns = [...added.map((name) => `+${name}`), ...removed.map((name) => `-${name}`), ...retyped.map((name) => `~${name}`)]
  const beside = rows.production === undefined ? 'production has none' : `production ${rows.production}; ${onlyInProduction} only there, ${onlyInRehearsed} only here`
  return `Rehearsed ${dataSet}: ${counted(rows.rehearsed, 'row')}, ${beside}${columns.length === 0 ? '' : `; columns ${columns.join(' ')}`}${failing.length === 0 ? '' : `; ${failing.length} checks do not pass`}.`
}

