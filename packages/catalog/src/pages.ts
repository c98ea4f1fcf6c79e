// Long lists in pages. A page's token is the last name before it, so that what comes and goes between two pages neither
// hides nor repeats what stays.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

export interface Page<T> { readonly items: readonly T[]; readonly next: string | null }

/** Cuts one page out of a list, ordered by key. Without `pageToken` everything is one page, as the protocol wants. */
export function pageOf<T>(items: readonly T[], keyOf: (item: T) => string, query: URLSearchParams): Result<Page<T>> {
  const asked = query.get('pageSize')
  const size = asked === null ? Infinity : Number(asked)
  if (asked !== null && (!/^[1-9]\d{0,8}$/u.test(asked))) return fail(messages['catalog-request-invalid']({ problem: 'pageSize is a whole number of at least 1.' }))
  const sorted = items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const token = query.get('pageToken')
  if (token === null) return ok({ items: sorted, next: null })
  const after = Buffer.from(token, 'base64url').toString('utf8')
  const rest = sorted.filter((item) => keyOf(item) > after)
  const page = rest.slice(0, size)
  const last = page.at(-1)
  return ok({ items: page, next: rest.length > page.length && last !== undefined ? Buffer.from(keyOf(last), 'utf8').toString('base64url') : null })
}
