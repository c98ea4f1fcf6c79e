// What input ports over HTTP share: addresses, headers, ways to sign in.

import { z } from 'zod'
import { secretReference } from './secret-reference.ts'

// Neither a user nor a fragment; what a query holds is given as parameters.
const ADDRESS = /^https?:\/\/[^\s/?#@\\]+(?:\/[^\s?#\\]*)?$/u
export const address = z.string().max(2_000).regex(ADDRESS, 'must be an http or https address without a user or a query')

export const HEADER = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/u, 'must be the name of a header')
export const headerValue = z.string().max(2_000).regex(/^[\t\x20-\x7e]*$/u, 'must be printable ASCII')

export const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bearer'), token: secretReference }),
  z.strictObject({ type: z.literal('basic'), user: z.string().min(1).max(200), password: secretReference }),
  z.strictObject({ type: z.literal('header'), name: HEADER, value: secretReference }),
  z.strictObject({ type: z.literal('oauth2'), token_url: address, client_id: z.string().min(1).max(500), client_secret: secretReference, scope: z.string().max(1_000).optional() }),
])
