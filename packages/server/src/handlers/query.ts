// One statement by HTTP: prepared, decided, watched and written into the audit by the governor of the SQL port, as a statement of psql is.

import type { Handlers } from '@tulle/api'
import { choosePurpose, openPurposes } from '@tulle/gateway'
import type { Who } from '@tulle/gateway'
import { fail, ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import { firstRows } from '../first-rows.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { grantedPurposesOf } from '../who.ts'

export function queryHandlers(house: House, port: 'rest' | 'mcp' = 'rest'): Pick<Handlers<Caller>, 'query' | 'listReadable'> {
  return {
    query: async ({ sql, purpose, limit }, caller, signal) => {
      const begun = house.clock.now()
      const who = whoAsks(house, caller, purpose)
      const asker = await who()
      if (!asker.ok) return asker
      const read = await firstRows(house.sql.governor, who, sql, { limit, signal, port })
      if (!read.ok) return read
      const { columns, rows, more, tables } = read.value
      return ok({
        columns, rows, more,
        reads: [...new Set(tables.map(({ product, dataSet }) => `${product.schema}.${dataSet.name}`))],
        ...(asker.value.purpose !== undefined && { purpose: asker.value.purpose }),
        milliseconds: house.clock.now() - begun,
      })
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
export const whoAsks = (house: House, caller: Caller, purpose: string | undefined): Who => async () => {
  const account = await caller.again()
  if (account === undefined) return fail(messages['not-signed-in']({}))
  const open = { purposes: account.purposes, grantedPurposes: await grantedPurposesOf(house, account) }
  const chosen = choosePurpose(purpose, open)
  return chosen.ok ? ok({ subject: account.subject, purpose: chosen.value, purposes: openPurposes(open), ...(caller.apiToken !== undefined && { token: caller.apiToken.id }) }) : chosen
}
