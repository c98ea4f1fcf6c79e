// The short answers that handlers share.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { printExactJson } from '@tulle/lake'
import type { ExactJson, JsonReader } from '@tulle/lake'
import { messages } from './messages.ts'
import type { Reply } from './types.ts'

export const NO_CONTENT: Reply = { status: 204 }

export const jsonReply = (value: ExactJson): Result<Reply> => ok({ status: 200, body: printExactJson(value) })

/** Everything that is wrong with a body. */
export const badRequest = (body: JsonReader): Result<never> => fail(...body.findings.slice(0, 5).map((finding) => messages['catalog-request-invalid']({ problem: finding.message })))
