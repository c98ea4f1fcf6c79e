// Who a link to a file was made for, as they are now.

import { findAccountById, findAccountByToken } from '@tulle/access'
import type { Account } from '@tulle/access'
import type { FileLink, Who } from '@tulle/gateway'
import { fail } from '@tulle/kernel'
import type { House } from './house.ts'
import { messages } from './messages.ts'
import { whoIs } from './who.ts'

/** The account, or the token that the link was made with, which may have ended; narrowed to the purpose that it was made for. */
export const whoOfLink = (house: House) => ({ subjectId, tokenId, productId, purpose }: FileLink): Who => async () => {
  const again = (): Promise<Account | undefined> => (tokenId === undefined ? findAccountById(house.store, subjectId, house.clock) : findAccountByToken(house.store, tokenId, house.clock))
  const account = await again()
  if (account === undefined) return fail(messages['link-over']({}))
  return whoIs(house, { subject: account.subject, again: async () => account, ...(tokenId !== undefined && { apiToken: { id: tokenId, scope: 'read' } }) }, productId, purpose)()
}
