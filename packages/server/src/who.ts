// A signed-in caller as the gateway asks for one: looked up anew each time, with a purpose of their own.

import { findAccount } from '@tulle/access'
import type { Who } from '@tulle/gateway'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { House } from './house.ts'
import { messages } from './messages.ts'

/**
 * The purpose is the one that was named, else the only one of the account, else the first of its own that opens the
 * product: whoever has several may be served for any of them.
 */
export function whoIs(house: House, subject: Subject, productId?: string, purpose?: string): Who {
  return async () => {
    const account = await findAccount(house.store, subject.name)
    if (account === undefined) return fail(messages['not-signed-in']({}))
    const open = productId === undefined ? [] : house.access.policy().openPurposes(account.subject, productId, { now: house.clock.now(), environment: 'prod' })
    const chosen = purpose ?? (account.purposes.length === 1 ? account.purposes[0] : open.find((name) => account.purposes.includes(name)))
    return ok({ subject: account.subject, purpose: chosen, purposes: account.purposes })
  }
}
