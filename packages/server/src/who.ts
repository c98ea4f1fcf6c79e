// A signed-in caller as the gateway asks for one: looked up anew each time, with a purpose of their own.

import type { Account } from '@tulle/access'
import type { Who } from '@tulle/gateway'
import { choosePurpose, openPurposes } from '@tulle/gateway'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { House } from './house.ts'
import type { Caller } from './http/callers.ts'
import { messages } from './messages.ts'

/**
 * The purpose is the one that was named, where it is open to the account; else the only one of the account, else the
 * first of its own that opens the product: whoever has several may be served for any of them.
 */
export function whoIs(house: House, caller: Caller, productId: string, purpose?: string): Who {
  return async () => {
    const account = await caller.again()
    if (account === undefined) return fail(messages['not-signed-in']({}))
    const grantedPurposes = within(account, openFor(house, account.subject, productId))
    const open = { purposes: account.purposes, grantedPurposes }
    const chosen = choosePurpose(purpose, open)
    if (!chosen.ok) return chosen
    return ok({ subject: account.subject, purpose: chosen.value ?? grantedPurposes.find((name) => account.purposes.includes(name)), purposes: openPurposes(open), ...(caller.apiToken !== undefined && { token: caller.apiToken.id }) })
  }
}

/** The purposes for which the account was granted something, of whatever product. */
export async function grantedPurposesOf(house: House, account: Pick<Account, 'subject' | 'onlyPurposes'>): Promise<readonly string[]> {
  return within(account, [...new Set((await listProducts(house.db)).flatMap(({ id }) => openFor(house, account.subject, id)))].toSorted())
}

const within = ({ onlyPurposes }: Pick<Account, 'onlyPurposes'>, purposes: readonly string[]): readonly string[] => (onlyPurposes === undefined ? purposes : purposes.filter((purpose) => onlyPurposes.includes(purpose)))

const openFor = (house: House, subject: Subject, productId: string): readonly string[] =>
  house.access.policy().openPurposes(subject, productId, { now: house.clock.now(), environment: house.access.environment })
