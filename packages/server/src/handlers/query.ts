// One statement by HTTP: prepared, decided, watched and written into the audit by the governor of the SQL port, as a statement of psql is.

import type { Handlers } from '@tulle/api'
import { choosePurpose, openPurposes } from '@tulle/gateway'
import type { GovernedRows, Who } from '@tulle/gateway'
import { fail, ok } from '@tulle/kernel'
import type { Json, Result } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { grantedPurposesOf } from '../who.ts'

const BATCH = 2_000

export function queryHandlers(house: House): Pick<Handlers<Caller>, 'query' | 'listReadable'> {
  return {
    query: async ({ sql, purpose, limit }, caller, signal) => {
      const begun = house.clock.now()
      const who = whoAsks(house, caller, purpose)
      const asker = await who()
      if (!asker.ok) return asker
      const statement = await house.sql.governor.prepare(who, sql, 'rest', signal)
      if (!statement.ok) return statement
      const rows = await statement.value.open({ parameters: [], encoding: { kind: 'rows' }, signal })
      if (!rows.ok) return rows
      try {
        const read = await readRows(rows.value, limit, signal)
        if (!read.ok) return read
        return ok({
          columns: rows.value.columns.map(({ name, type }) => ({ name, type })),
          rows: read.value.rows, more: read.value.more,
          reads: [...new Set(statement.value.tables.map(({ product, dataSet }) => `${product.schema}.${dataSet.name}`))],
          ...(asker.value.purpose !== undefined && { purpose: asker.value.purpose }),
          milliseconds: house.clock.now() - begun,
        })
      } finally {
        await rows.value.close()
      }
    },
    listReadable: async ({ purpose }, caller) => {
      const asker = await whoAsks(house, caller, purpose)()
      if (!asker.ok) return asker
      const visible = await house.sql.authorizer.visible(asker.value)
      return ok({
        tables: visible.map(({ product, dataSet, columns }) => ({
          schema: product.schema, name: dataSet.name, ...(dataSet.title !== undefined && { title: dataSet.title }),
          columns: columns.map(({ name, type, description, mask }) => ({ name, type: typeof type === 'string' ? type : type.type, ...(description !== undefined && { description }), masked: mask !== undefined })),
        })),
        purposes: [...asker.value.purposes],
        ...(asker.value.purpose !== undefined && { purpose: asker.value.purpose }),
      })
    },
  }
}

/** As at the SQL port: the purpose that is named, or the only one; where there is a choice nobody makes it. */
const whoAsks = (house: House, caller: Caller, purpose: string | undefined): Who => async () => {
  const account = await caller.again()
  if (account === undefined) return fail(messages['not-signed-in']({}))
  const open = { purposes: account.purposes, grantedPurposes: await grantedPurposesOf(house, account) }
  const chosen = choosePurpose(purpose, open)
  return chosen.ok ? ok({ subject: account.subject, purpose: chosen.value, purposes: openPurposes(open), ...(caller.apiToken !== undefined && { token: caller.apiToken.id }) }) : chosen
}

/** The first rows, and whether there are more: one more than asked for is drawn, and never leaves. */
async function readRows(from: GovernedRows, limit: number, signal: AbortSignal): Promise<Result<{ readonly rows: Json[][]; readonly more: boolean }>> {
  const rows: Json[][] = []
  for (;;) {
    const batch = await from.fetch(Math.min(BATCH, limit + 1 - rows.length), signal)
    if (!batch.ok) return batch
    rows.push(...(JSON.parse(Buffer.from(batch.value.bytes).toString('utf8') || '[]') as Json[][]))
    if (batch.value.done || rows.length > limit) return ok({ rows: rows.slice(0, limit), more: rows.length > limit })
  }
}
