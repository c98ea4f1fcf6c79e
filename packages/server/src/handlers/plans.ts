// Plans made from files that a caller sends, and applies that go on after the answer.

import { randomUUID } from 'node:crypto'
import type { Apply, Handlers } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { explain, readApply, summaryOf } from '@tulle/planner'
import type { Applied } from '@tulle/planner'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import { permission, require } from './permissions.ts'
import { governed } from './products.ts'

type PlanHandlers = Pick<Handlers<Caller>, 'createPlan' | 'applyPlan' | 'getApply'>

const POLL_MILLISECONDS = 20

export function planHandlers(house: House): PlanHandlers {
  return {
    createPlan: async ({ files, prune, allowDestroy, allowBreaking }, { subject }) => {
      const allowed = require(house, subject, 'plan')
      if (!allowed.ok) return allowed
      const planned = await house.planning.plan(new Map(Object.entries(files)), { prune, allowDestroy, allowBreaking }, await knownTo(house, subject))
      if (!planned.ok) return planned
      const plan = planned.value
      return ok({
        plan: plan as unknown as Json,
        fingerprint: plan.fingerprint,
        text: explain(plan),
        summary: { ...summaryOf(plan) },
        applyable: plan.applyable,
        diagnostics: [...planned.diagnostics, ...plan.diagnostics],
        can: { apply: permission(house, subject, 'apply') },
      })
    },
    applyPlan: async ({ plan }, { subject }) => {
      const allowed = require(house, subject, 'apply')
      if (!allowed.ok) return allowed
      const id = randomUUID()
      const applying = house.planning.apply(plan, { startedBy: subject.name, id }).then((applied) => (applied.ok ? ok(toApply(applied.value)) : applied))
      // A refusal comes at once; an apply that has begun is in the journal and goes on without its caller.
      return Promise.race([applying, whenJournalled(house, id, applying)])
    },
    getApply: async ({ apply }) => {
      const applied = await readApply(house.db, apply)
      return applied.ok ? ok(toApply(applied.value)) : applied
    },
  }
}

/** Over which products a subject may see who ran what, as the audit tells it to them. */
export async function knownTo(house: House, subject: Subject): Promise<(productId: string) => boolean> {
  if (permission(house, subject, 'administer').allowed) return () => true
  const own = new Set((await listProducts(house.db)).filter((product) => permission(house, subject, 'grant', governed(product)).allowed).map(({ id }) => id))
  return (productId) => own.has(productId)
}

/** The apply as its journal says, as soon as it says anything; where it never does, how it ended. */
async function whenJournalled(house: House, id: string, applying: Promise<Result<Apply>>): Promise<Result<Apply>> {
  const ended = new AbortController()
  applying.catch((error: unknown) => house.log.error('apply broke', { id, error: String(error) })).finally(() => ended.abort(new Error('ended')))
  while (!ended.signal.aborted) {
    const applied = await readApply(house.db, id)
    if (applied.ok) return ok(toApply(applied.value))
    await house.clock.sleep(POLL_MILLISECONDS, ended.signal).catch(() => undefined)
  }
  return applying
}

function toApply({ id, status, startedBy, startedAt, finishedAt, stages, diagnostics }: Applied): Apply {
  return {
    id,
    status: status === 'interrupted' ? 'failed' : status,
    startedBy,
    startedAt,
    ...(finishedAt !== undefined && { finishedAt }),
    stages: stages.map((stage) => ({ ...stage })),
    diagnostics: [...diagnostics],
  }
}
