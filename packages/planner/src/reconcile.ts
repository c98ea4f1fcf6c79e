// Reconciles a product by name: looks at it anew, heals what drifted under its feet, and says how it stands. It knows no
// files: what the last apply recorded is what should be. A row edited by hand can only be mended by the files.

import { ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { tryAdvisoryLock } from '@tulle/store'
import type { Observed, ProviderContext } from '@tulle/providers'
import { carryOut, MESH_LOCK } from './apply.ts'
import type { ApplyContext } from './apply.ts'
import type { Condition, PutChange } from './types.ts'

export interface Reconciled {
  readonly conditions: readonly Condition[]
  /** Milliseconds after which to ask again; absent where there is nothing to wait for. */
  readonly retryAfter?: number
}

/** Brings one product back to what was last applied. Doing it again changes nothing. */
export async function reconcileProduct(context: ApplyContext, product: string): Promise<Result<Reconciled>> {
  const locked = await tryAdvisoryLock(context.store, MESH_LOCK, () => reconcileLocked(context, product))
  if (locked.got) return locked.value
  return ok({ conditions: [condition('false', 'apply-in-progress', 'A plan is being applied.')], retryAfter: 5_000 })
}

async function reconcileLocked(context: ApplyContext, product: string): Promise<Result<Reconciled>> {
  const { store: { db }, objects, clock, newId } = context
  const observed = await context.observe({ db, objects })
  const self = observed.resources.get(`data-product:${product}`)
  if (self === undefined) return ok({ conditions: [condition('false', 'unknown', `There is no data product "${product}".`)] })
  if (self.archived) return ok({ conditions: [condition('false', 'archived', `The data product "${product}" is archived.`)] })
  const drifted = [...observed.resources.values()].filter((resource) => resource.product === product && !resource.archived && resource.drift !== undefined)
  const conditions: Condition[] = []
  for (const resource of drifted) conditions.push(await healed(context, { db, objects, clock, newId }, resource))
  if (conditions.length === 0) conditions.push(condition('true', 'as-declared', `The data product "${product}" is as it was applied.`))
  return ok({ conditions })
}

async function healed(context: ApplyContext, effects: ProviderContext, resource: Observed): Promise<Condition> {
  const message = resource.drift?.message ?? ''
  const provider = context.providers.find(({ kind }) => kind === resource.kind)
  if (provider === undefined || resource.drift?.reason === 'row-changed') {
    return condition('false', 'healing-failed', `${message} Plan and apply its files to mend it.`)
  }
  const outcome = await carryOut(provider, effects, healing(resource))
  if (!outcome.ok) return condition('false', 'healing-failed', `${message} ${outcome.diagnostics[0]?.message ?? ''}`)
  return condition('true', 'healed', `${message} ${outcome.value.note ?? resource.drift?.remedy ?? ''}`)
}

function healing({ id, kind, ref, product, spec, fingerprint }: Observed): PutChange {
  const address = { kind, ref, ...(product !== undefined && { product }) }
  return { action: 'heal', ...address, id, fields: [], breaking: false, destructive: false, consumers: [], desired: { ...address, spec, fingerprint } }
}

const condition = (status: Condition['status'], reason: Condition['reason'], message: string): Condition => ({ type: 'Ready', status, reason, message })
