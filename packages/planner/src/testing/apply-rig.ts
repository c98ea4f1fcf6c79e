// Plans and applies for real: PostgreSQL, a warehouse folder, the embedded providers.

import { desiredMesh, embeddedProviders } from '@tulle/providers'
import type { ObservedMesh } from '@tulle/providers'
import { meshOf, providerRig } from '@tulle/providers/testing'
import type { MeshWords, ProviderRig } from '@tulle/providers/testing'
import type { Result } from '@tulle/kernel'
import { applyPlan } from '../apply.ts'
import type { ApplyContext, ApplyRequest } from '../apply.ts'
import { changesOf, planMesh } from '../plan.ts'
import type { Applied, Plan, PlanOptions } from '../types.ts'

export interface ApplyRig extends AsyncDisposable {
  readonly providers: ProviderRig
  readonly context: ApplyContext
  plan(words: MeshWords, options?: Partial<PlanOptions>): Promise<Plan>
  apply(plan: Plan, request?: Partial<ApplyRequest>): Promise<Result<Applied>>
  /** Plans and applies, and fails the test where that fails. */
  make(words: MeshWords, options?: Partial<PlanOptions>): Promise<Applied>
}

export async function applyRig(): Promise<ApplyRig> {
  const providers = await providerRig()
  const { store, context: { objects, clock, newId }, observeMesh } = providers
  const context: ApplyContext = { store, objects, clock, newId, providers: embeddedProviders, observe: observeMesh }
  const plan: ApplyRig['plan'] = async (words, options) =>
    planMesh(desiredMesh(meshOf(words), { providers: embeddedProviders }), await providers.observe(), { providers: embeddedProviders, ...options })
  const apply: ApplyRig['apply'] = (of, request) => applyPlan(context, of, { startedBy: 'ada', ...request })
  return {
    providers,
    context,
    plan,
    apply,
    make: async (words, options) => valueOf(await apply(await plan(words, options))),
    [Symbol.asyncDispose]: () => providers[Symbol.asyncDispose](),
  }
}

export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map(({ code, message }) => `${code}: ${message}`).join('\n'))
}

/** `verb address` of every change. */
export const linesOf = (plan: Plan): readonly string[] => changesOf(plan).map(({ action, ref }) => `${action} ${ref}`)

/** What a world says, ids and times aside. */
export const factsOf = ({ resources }: ObservedMesh): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...resources.values()].map(({ ref, spec, archived, drift }) => [ref, { spec, archived, drift: drift?.reason }]).toSorted())
