// What data is read for: the wish of a client → a purpose that is open to the account, or the list of those that are.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Account } from './types.ts'
import { messages } from './messages.ts'

export type PurposesOf = Pick<Account, 'purposes' | 'grantedPurposes'>

/** Those of the account, then those that only its grants name. */
export const openPurposes = ({ purposes, grantedPurposes = [] }: PurposesOf): readonly string[] => [...new Set([...purposes, ...grantedPurposes])]

/**
 * The purpose that is wished for, where it is open. Without a wish the account's own only one, or the only one that is
 * open at all; undefined where there is a choice, which nobody makes for the account.
 */
export function choosePurpose(wish: string | undefined, account: PurposesOf): Result<string | undefined> {
  const open = openPurposes(account)
  if (wish === undefined) return ok(account.purposes.length === 1 ? account.purposes[0] : open.length === 1 ? open[0] : undefined)
  return open.includes(wish) ? ok(wish) : fail(messages['unknown-purpose']({ purpose: wish.slice(0, 100), purposes: open }))
}

/** One wish out of several places that may name it; they must not contradict each other. */
export function onePurpose(...wishes: readonly (string | undefined)[]): Result<string | undefined> {
  const named = [...new Set(wishes.filter((wish) => wish !== undefined && wish !== ''))]
  const [first, second] = named
  return first !== undefined && second !== undefined ? fail(messages['two-purposes']({ first: first.slice(0, 100), second: second.slice(0, 100) })) : ok(first)
}
