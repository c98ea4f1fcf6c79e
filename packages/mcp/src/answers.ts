// What a tool gives back: a sentence of Tulle's own, and what others wrote behind it, marked as such.

import type { CallToolResult } from '@modelcontextprotocol/server'
import type { Diagnostic } from '@tulle/kernel'
import { clip, fenced } from './untrusted.ts'

/** Characters of data in one answer: a reader's memory is small, and another question costs little. */
export const ROOM = 40_000
/** Of one text, or one value. */
export const TEXT = 2_000

/** `says` is a fixed sentence, never a text of somebody. */
export const answer = (says: string, data: Readonly<Record<string, unknown>>): CallToolResult => ({
  content: [{ type: 'text', text: says }, { type: 'text', text: fenced(data) }],
  structuredContent: { untrusted: data },
})

const ASK = 'Call describe with the product: it says which columns you may read, for which purposes, and why not others. Call request_access to ask its owner; a person decides.'
const MEND = 'Mend it as the message says, and call the tool again.'

/** What to do about a refusal, by its code. */
const REMEDIES: Readonly<Record<string, string>> = {
  'read-denied': ASK,
  'request-forbidden': 'No grant would give that. Ask for less: fewer columns, fewer rows, or another purpose.',
  'purpose-needed': 'Call query again with "purpose": one of the purposes in the message, whichever the person named. Do not choose for them.',
  'unknown-purpose': 'Call query again with "purpose": one of the purposes in the message, whichever the person named. Do not choose for them.',
  'unknown-product': 'Call search to find its name.',
  'unknown-table': 'Call search, or describe, to find its name; tables are written product.data_set.',
  'agreement-needed': 'Show the person the terms. Call request_access again with them in "agreements" after they have accepted.',
  'request-exists': 'It was asked for already: my_requests says how it stands.',
  'token-reads-only': 'The token that this client holds is for reading alone. The person asks in the console, or gives the client a token of the scope "full".',
  'export-cut': 'So many rows are not given out. Ask for counts and sums in place of rows.',
  'export-frozen': 'The way to this product is closed until its owner or a steward opens it again. Tell the person.',
}

/** A refusal with its reasons and what to do. */
export const refusal = (diagnostics: readonly Diagnostic[]): CallToolResult => {
  const codes = [...new Set(diagnostics.map(({ code }) => code))]
  const remedies = [...new Set(codes.map((code) => REMEDIES[code] ?? MEND))]
  const data = { refused: diagnostics.slice(0, 20).map(({ code, message, help }) => ({ code, message: clip(message, TEXT), ...(help !== undefined && { help: clip(help, TEXT) }) })) }
  return { isError: true, content: [{ type: 'text', text: `Refused (${codes.join(', ')}). ${remedies.join(' ')}` }, { type: 'text', text: fenced(data) }], structuredContent: { untrusted: data } }
}
