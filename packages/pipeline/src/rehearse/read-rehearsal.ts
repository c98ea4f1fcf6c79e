// What a rehearsal builds: the product as a folder declares it, where production has the same to begin with. A data set is built
// where its code, or the code of what it reads, is not what production has; every other one is production's snapshot.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { fail, fingerprintOf, resultOf } from '@tulle/kernel'
import type { DataProduct } from '@tulle/model'
import type { Lake } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { ProductDefinition } from '@tulle/providers'
import { readProductDefinition } from '@tulle/providers'
import type { Snapshots, Target, Workshop } from '../types.ts'
import type { OtherProducts, ReadPlan } from '../read-plan.ts'
import { planOf, readPlan } from '../read-plan.ts'
import { printsOf } from '../unchanged-models.ts'
import { messages } from '../messages.ts'

/** What whoever asks gives: the product as their folder has it, and which data sets other products have there. */
export interface RehearsalRequest { readonly product: DataProduct; readonly others: OtherProducts }

export interface Rehearsal {
  readonly plan: ReadPlan
  readonly built: readonly Target[]
  /** Of the data sets of the product that are published. */
  readonly published: Snapshots
}

export async function readRehearsal({ store, lake }: Pick<Workshop, 'store' | 'lake'>, subject: string, { product, others }: RehearsalRequest): Promise<Result<Rehearsal>> {
  const applied = await readProductDefinition(store.db, subject)
  if (!applied.ok) return applied
  const plan = planOf(definitionOf(applied.value, product), others)
  if (!plan.ok) return plan
  const before = await readPlan(store, subject)
  const prints = before.ok ? printsOf(before.value, {}) : {}
  const wanted = printsOf(plan.value, {})
  const published = await publishedOf(lake, plan.value, applied.value)
  const diagnostics: Diagnostic[] = []
  const built = plan.value.targets.filter((target) => {
    const { name } = target.dataSet
    const isSame = published[name] !== undefined && prints[name] === wanted[name]
    // Whoever runs there would take what is sent for production's.
    if (!isSame && target.dataSet.model?.program?.call !== undefined) diagnostics.push(messages['rehearsal-call']({ dataSet: target.address }, { place: target.dataSet.model.place }))
    if (!isSame && target.dataSet.model === undefined) diagnostics.push(messages['rehearsal-source']({ dataSet: target.address }, { place: target.dataSet.place }))
    return !isSame
  })
  return resultOf({ plan: plan.value, built, published }, diagnostics)
}

/** A data set that production does not have yet has no table to name. Who the product is, and so what it may read, no folder says. */
function definitionOf({ id, tables, product: { team, domain } }: ProductDefinition, declared: DataProduct): ProductDefinition {
  const product: DataProduct = { ...declared, team, domain }
  const own = Object.fromEntries(product.dataSets.map(({ name }) => [name, tables[name] ?? { uuid: '', name: { namespace: product.name, name }, location: '', fieldIds: {} }]))
  return { id, product, tables: own, fingerprint: fingerprintOf(JSON.parse(JSON.stringify(product)) as Json) }
}

async function publishedOf(lake: Lake, { targets }: ReadPlan, { tables }: ProductDefinition): Promise<Snapshots> {
  const published: Record<string, string> = {}
  for (const { dataSet } of targets) {
    const table = tables[dataSet.name]
    const loaded = table === undefined ? undefined : await loadTable(lake, table.name)
    if (loaded?.ok === true && loaded.value.currentSnapshot !== undefined) published[dataSet.name] = loaded.value.currentSnapshot.id
  }
  return published
}

export const requestIn = (input: Readonly<Record<string, Json>>): RehearsalRequest => input['rehearses'] as unknown as RehearsalRequest

/** Refused before it is queued. */
export function checkRehearsal({ built }: Rehearsal, product: string): Result<void> {
  return built.length === 0 ? fail(messages['rehearsal-same']({ product })) : { ok: true, value: undefined, diagnostics: [] }
}
