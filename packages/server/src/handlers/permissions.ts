// What a caller may do, as a button shows it, and the refusal that a handler answers with. Both ask the same policy.

import type { Permission } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Action, GovernedProduct, Subject } from '@tulle/policy'
import type { House } from '../house.ts'
import { decide } from '../house.ts'
import { messages } from '../messages.ts'

export function permission(house: House, subject: Subject, action: Action, product?: GovernedProduct): Permission {
  const decision = decide(house, subject, action, product)
  return decision.effect === 'allow' ? { allowed: true } : { allowed: false, reason: decision.reasons.map((reason) => reason.text).join(' ') }
}

const DEEDS: Readonly<Record<Action, string>> = {
  read: 'read', describe: 'see', run: 'run', write: 'write to', plan: 'plan', apply: 'apply changes', grant: 'grant access', approve: 'decide requests for', administer: 'administer', erase: 'erase persons from', elevate: 'become administrator for a while',
}

/** Success where the policy allows the action, else `not-allowed` with the policy's reason. */
export function require(house: House, subject: Subject, action: Action, product?: GovernedProduct): Result<undefined> {
  const { allowed, reason } = permission(house, subject, action, product)
  if (allowed) return ok(undefined)
  const what = product === undefined ? `${DEEDS[action]} here` : `${DEEDS[action]} "${product.name}"`
  return fail(messages['not-allowed']({ who: subject.name, what, rule: (reason ?? 'no rule allows it').replace(/\.$/u, '') }))
}
