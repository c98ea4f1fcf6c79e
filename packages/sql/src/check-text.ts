// A statement's own limits, before any parser sees it.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

/** Bytes of UTF-8: beyond, the parser itself becomes the target. */
export const TEXT_LIMIT = 64 * 1024

export function checkText(text: string): Result<string> {
  const bytes = Buffer.byteLength(text, 'utf8')
  if (bytes > TEXT_LIMIT) return fail(messages['sql-too-long']({ bytes, limit: TEXT_LIMIT }))
  if (text.includes('\0')) return fail(messages['sql-not-allowed']({ what: 'The character U+0000' }))
  return ok(text)
}
