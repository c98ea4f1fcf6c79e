// JSON from a stranger's hands becomes a plan, or is refused. What apply acts on is checked member by member; the
// fingerprint then tells whether anybody edited it since it was made.

import { fail, fingerprintOf, isName, ok } from '@tulle/kernel'
import type { Json, Result } from '@tulle/kernel'
import { ACTIONS, RESOURCE_KINDS } from '@tulle/providers'
import { messages } from './messages.ts'
import { planFingerprint } from './plan.ts'
import type { Plan } from './types.ts'

/** Reads a saved plan. */
export function parsePlan(json: Json): Result<Plan> {
  const problem = problemOf(json)
  if (problem !== undefined) return fail(messages['plan-invalid']({ problem }))
  const plan = json as unknown as Plan
  if (planFingerprint(plan) !== plan.fingerprint) return fail(messages['plan-invalid']({ problem: 'it was changed after it was made' }))
  return ok(plan)
}

type Members = { readonly [member: string]: Json | undefined }
const isObject = (value: Json | undefined): value is Members => value !== null && typeof value === 'object' && !Array.isArray(value)
const isText = (value: Json | undefined): value is string => typeof value === 'string'
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)

function problemOf(plan: Json): string | undefined {
  if (!isObject(plan)) return 'it is not an object'
  if (plan['format'] !== 1) return 'its format is not 1'
  const { mesh, options } = plan
  if (!isObject(mesh) || !isText(mesh['name']) || !isText(mesh['title'])) return 'it names no mesh'
  if (!isText(plan['basis']) || !isText(plan['generation']) || !isText(plan['fingerprint'])) return 'it names no basis'
  if (!isObject(options) || !['prune', 'allowDestroy', 'allowBreaking'].every((name) => typeof options[name] === 'boolean')) return 'it has no options'
  if (typeof plan['complete'] !== 'boolean' || typeof plan['applyable'] !== 'boolean') return 'it does not say whether it can be applied'
  if (!isList(plan['diagnostics']) || !plan['diagnostics'].every(isDiagnostic)) return 'its diagnostics cannot be read'
  if (!isList(plan['stages'])) return 'it has no stages'
  for (const [index, stage] of plan['stages'].entries()) {
    const problem = stageProblem(stage)
    if (problem !== undefined) return `stage ${index + 1} ${problem}`
  }
  return undefined
}

const isDiagnostic = (value: Json): boolean => isObject(value) && isText(value['code']) && isText(value['severity']) && isText(value['message'])

/** The member that says whom a stage is about. */
const SUBJECT: Readonly<Record<string, string | undefined>> = Object.freeze({
  'found-mesh': undefined, 'settle-domain': 'domain', 'move-product': 'product', 'build-product': 'product', archive: 'subject', destroy: 'subject',
})

function stageProblem(stage: Json): string | undefined {
  if (!isObject(stage) || !isText(stage['kind']) || !Object.hasOwn(SUBJECT, stage['kind'])) return 'is of an unknown kind'
  const subject = SUBJECT[stage['kind']]
  if (subject !== undefined && !isText(stage[subject])) return `names no ${subject}`
  if (!isList(stage['changes'])) return 'has no changes'
  return stage['changes'].map((change) => changeProblem(change, stage['kind'] as string)).find((problem) => problem !== undefined)
}

function changeProblem(change: Json, stage: string): string | undefined {
  if (!isObject(change) || !isText(change['ref']) || !isText(change['kind']) || !isText(change['action'])) return 'has a change without an address'
  const { ref, kind, action, product, desired } = change
  if (!RESOURCE_KINDS.some((known) => known === kind) || !ref.startsWith(`${kind}:`)) return `has a change of an unknown kind: ${ref}`
  if (!ACTIONS.some((known) => known === action)) return `does something unknown to ${ref}`
  if (product !== undefined && !(isText(product) && isName(product))) return `gives ${ref} to no product`
  if (!isList(change['fields']) || !isList(change['consumers']) || typeof change['breaking'] !== 'boolean') return `does not say how ${ref} changes`
  const leaves = action === 'archive' || action === 'destroy'
  if (leaves !== (desired === undefined)) return `does not say what ${ref} should be`
  if ((stage === 'destroy') !== (action === 'destroy')) return `would destroy ${ref} out of order`
  return desired === undefined ? undefined : desiredProblem(desired, ref, kind, product)
}

function desiredProblem(desired: Json, ref: string, kind: string, product: Json | undefined): string | undefined {
  if (!isObject(desired) || desired['ref'] !== ref || desired['kind'] !== kind || desired['product'] !== product) {
    return `speaks of another resource than ${ref}`
  }
  if (!isObject(desired['spec']) || desired['fingerprint'] !== fingerprintOf(desired['spec'] as Json)) return `was changed at ${ref} after it was made`
  return undefined
}
