// A statement that answers a few rows of text which the session knows by itself.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Statement, WireField } from './types.ts'
import { dataRow } from './replies.ts'

export function heldTable(text: string, verb: string, fields: readonly WireField[], read: () => Result<readonly (readonly string[])[]> | Promise<Result<readonly (readonly string[])[]>>): Statement {
  return {
    text,
    parameterTypes: [],
    fields,
    endsTransaction: false,
    // Text is the same bytes in both formats.
    async run() {
      const rows = await read()
      if (!rows.ok) return rows
      let rest = rows.value
      return ok({
        kind: 'rows',
        verb,
        rows: {
          async fetch(maxRows) {
            const taken = rest.slice(0, maxRows)
            rest = rest.slice(maxRows)
            return ok({ bytes: Buffer.concat(taken.map((row) => dataRow(row))), rows: taken.length, done: rest.length === 0 })
          },
          close: async () => {},
        },
      })
    },
  }
}
