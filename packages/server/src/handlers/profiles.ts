// Profiles show values of rows, so they are given by the same decision as rows: a column that is not there for the caller is not
// there, of a masked one no value is told, and whoever sees only some of the rows sees no profile of all of them.

import type { DataSetProfile, Handlers, SuggestedChecks } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { DataSet } from '@tulle/model'
import { governedDataSet } from '@tulle/policy'
import { driftOf, findProfile, listProfiles, suggestChecks } from '@tulle/profiles'
import type { ColumnProfile, KeptProfile, Profile } from '@tulle/profiles'
import { readProductDefinition } from '@tulle/providers'
import { recordDeed } from '../audit-deeds.ts'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { decideRead } from '../house.ts'
import { messages } from '../messages.ts'
import { whoIs } from '../who.ts'
import { findProduct, governed } from './products.ts'

type ProfileHandlers = Pick<Handlers<Caller>, 'getProfile' | 'suggestChecks'>
interface Asked { readonly product: string; readonly dataSet: string; readonly snapshot?: string | undefined; readonly against?: string | undefined }

export function profileHandlers(house: House): ProfileHandlers {
  return {
    getProfile: (asked, caller) => readProfile(house, asked, caller),
    suggestChecks: async ({ product, dataSet }, caller): Promise<Result<SuggestedChecks>> => {
      const sight = await sightOf(house, { product, dataSet }, caller)
      if (!sight.ok) return sight
      const { closed, shown, of, declared } = sight.value
      if (closed !== undefined) return ok({ closed, suggestions: [] })
      const [newest] = await listProfiles(house.store, of)
      const kept = newest === undefined ? undefined : await findProfile(house.store, of, newest.snapshot)
      if (kept === undefined) return ok({ suggestions: [] })
      const told = await record(house, caller, sight.value)
      if (!told.ok) return told
      const seen = { rows: kept.profile.rows, columns: shown(kept.profile).flatMap((column) => (column.masked === true ? [] : [column])) }
      return ok({ snapshot: kept.snapshot, suggestions: suggestChecks(seen, declared.contract).map((one, i) => ({ number: i + 1, ...one })) })
    },
  }
}

async function readProfile(house: House, { product, dataSet, snapshot, against }: Asked, caller: Caller): Promise<Result<DataSetProfile>> {
  const sight = await sightOf(house, { product, dataSet }, caller)
  if (!sight.ok) return sight
  const { closed, shown, of } = sight.value
  if (closed !== undefined) return ok({ product, dataSet, closed, snapshots: [] })
  const kept = await listProfiles(house.store, of)
  const snapshots = kept.map((one) => ({ snapshot: one.snapshot, at: one.at.toISOString() }))
  const missing = (id: string): Result<never> => fail(messages['profile-missing']({ dataSet: `${product}.${dataSet}`, snapshot: id, known: snapshots.slice(0, 5).map((one) => one.snapshot) }))
  const wanted = snapshot ?? kept[0]?.snapshot
  if (wanted === undefined) return ok({ product, dataSet, snapshots })
  const found = await findProfile(house.store, of, wanted)
  if (found === undefined) return missing(wanted)
  const old = against ?? kept[kept.findIndex((one) => one.snapshot === wanted) + 1]?.snapshot
  const before = old === undefined ? undefined : await findProfile(house.store, of, old)
  if (against !== undefined && before === undefined) return missing(against)
  const told = await record(house, caller, sight.value)
  if (!told.ok) return told
  return ok({
    product, dataSet, snapshots,
    profile: { snapshot: found.snapshot, at: found.at.toISOString(), way: found.way, milliseconds: found.milliseconds, rows: found.profile.rows, columns: shown(found.profile).map(toView) },
    ...(before !== undefined && { drift: driftView(before, found, shown) }),
  })
}

/** A column as the caller sees it, by its name of today. */
type Shown = ColumnProfile & { readonly masked?: true }

interface Sight {
  readonly of: { readonly productId: string; readonly dataSet: string }
  readonly product: string
  readonly declared: DataSet
  readonly columns: readonly string[]
  readonly closed?: string
  shown(profile: Profile): readonly Shown[]
}

/** By the policy of this moment. Columns are found by their field ids: a profile may be from before one was renamed, or dropped and made anew. */
async function sightOf(house: House, { product, dataSet }: Pick<Asked, 'product' | 'dataSet'>, caller: Caller): Promise<Result<Sight>> {
  const found = await findProduct(house, product)
  if (!found.ok) return found
  const definition = await readProductDefinition(house.db, product)
  if (!definition.ok) return definition
  const declared = definition.value.product.dataSets.find(({ name }) => name === dataSet)
  const table = definition.value.tables[dataSet]
  const who = await whoIs(house, caller, found.value.id)()
  if (!who.ok) return who
  if (declared === undefined || table === undefined) return fail(messages['unknown-data-set']({ product, dataSet, hint: didYouMean(dataSet, definition.value.product.dataSets.map(({ name }) => name)) }))
  const decision = await decideRead(house, who.value.subject, { product: governed(found.value), dataSet: governedDataSet(declared) }, who.value.purpose)
  if (decision.effect === 'deny') return fail(messages['not-allowed']({ who: who.value.subject.name, what: `see the profile of "${product}.${dataSet}"`, rule: decision.reasons.map(({ text }) => text).join(' ').replace(/\.$/u, '') }))
  const nameOf = new Map(decision.columns.flatMap((name) => (table.fieldIds[name] === undefined ? [] : [[table.fieldIds[name], name] as const])))
  return ok({
    of: { productId: found.value.id, dataSet }, product, declared, columns: decision.columns,
    ...(decision.rowFilter !== undefined && { closed: 'You see some of its rows. A profile is of all of them, so there is none for you; ask for what you see by SQL.' }),
    shown: (profile) => decision.rowFilter !== undefined ? [] : profile.columns.flatMap((column): Shown[] => {
      const name = nameOf.get(column.fieldId)
      if (name === undefined) return []
      return decision.masks[name] === undefined ? [{ ...column, name }] : [veiled({ ...column, name })]
    }),
  })
}

/** What says nothing of any single value. */
const veiled = ({ fieldId, name, type, kind, nulls, distinct, isEstimate }: ColumnProfile): Shown =>
  ({ fieldId, name, type, kind, nulls, masked: true, ...(distinct !== undefined && { distinct }), ...(isEstimate !== undefined && { isEstimate }) })

const toView = ({ fieldId: _id, type, quantiles, histogram, top, shapes, ...column }: Shown): NonNullable<DataSetProfile['profile']>['columns'][number] => ({
  ...column,
  type: typeof type === 'string' ? type : type.type,
  ...(quantiles !== undefined && { quantiles: [...quantiles] }),
  ...(histogram !== undefined && { histogram: { ...histogram, counts: [...histogram.counts] } }),
  ...(top !== undefined && { top: [...top] }),
  ...(shapes !== undefined && { shapes: [...shapes] }),
})

/** Of what both profiles show the caller. */
function driftView(before: KeptProfile, after: KeptProfile, shown: Sight['shown']): NonNullable<DataSetProfile['drift']> {
  const drift = driftOf({ rows: before.profile.rows, columns: shown(before.profile) }, { rows: after.profile.rows, columns: shown(after.profile) })
  return {
    against: before.snapshot, at: before.at.toISOString(), rows: drift.rows,
    columns: drift.columns.map(({ fieldId: _id, appeared, vanished, why, ...column }) => ({ ...column, why: [...why], ...(appeared !== undefined && { appeared: [...appeared] }), ...(vanished !== undefined && { vanished: [...vanished] }) })),
  }
}

const record = (house: House, caller: Caller, { of, product, columns }: Sight): Promise<Result<unknown>> => recordDeed(house, {
  port: 'api', subject: caller.subject, token: caller.apiToken?.id, outcome: 'ok', deed: { operation: 'getProfile' },
  reads: [{ product, productId: of.productId, dataSet: of.dataSet, columns: [...columns] }],
})
