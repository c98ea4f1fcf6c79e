// Trino's questions, answered by the policy of this moment as the SQL port answers: the same accounts, purposes, decisions and
// export watch. Groups that Trino knows of are not asked: who belongs to which team, Tulle's accounts say.

import { findAccount } from '@tulle/access'
import type { AuditLine } from '@tulle/audit'
import type { Asker, VisibleTable } from '@tulle/gateway'
import { choosePurpose, openPurposes } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { SeenTable, TrinoAsker, TrinoAuthority, TrinoDeed } from '@tulle/trino'
import type { House } from './house.ts'
import { messages } from './messages.ts'
import { grantedPurposesOf } from './who.ts'

/** One query asks dozens of times; within this long, and while no right changed, the account is the same. */
const SAME_ACCOUNT = 250
const MOST_ASKERS = 1_000

interface Known { readonly asker: Result<TrinoAsker>; readonly at: number; readonly version: number }

/** One for the house: it remembers who asked a moment ago. */
export function trinoAuthority(house: House): TrinoAuthority {
  const known = new Map<string, Known>()
  return {
    catalog: house.settings.trinoCatalog,
    asker: async (user, purpose) => {
      const [at, version, key] = [house.clock.now(), house.access.version(), JSON.stringify([user, purpose ?? null])]
      const last = known.get(key)
      if (last !== undefined && last.version === version && at >= last.at && at - last.at < SAME_ACCOUNT) return last.asker
      const asker = await findAsker(house, user, purpose)
      if (known.size >= MOST_ASKERS) known.clear()
      known.set(key, { asker, at, version })
      return asker
    },
    record: async (deed) => house.audit.record(await lineOf(house, deed)),
  }
}

async function findAsker(house: House, user: string, wish: string | undefined): Promise<Result<TrinoAsker>> {
  const account = await findAccount(house.store, user, house.clock)
  if (account === undefined) return fail(messages['unknown-user']({ user: user.slice(0, 100), hint: didYouMean(user.slice(0, 100), []) }))
  const open = { purposes: account.purposes, grantedPurposes: await grantedPurposesOf(house, account) }
  const purpose = choosePurpose(wish, open)
  if (!purpose.ok) return purpose
  const asker: Asker = { subject: account.subject, purpose: purpose.value, purposes: openPurposes(open) }
  const { authorizer } = house.sql
  return ok({
    name: account.subject.name,
    id: account.subject.id,
    purpose: asker.purpose,
    table: async (schema, name) => {
      // Without a schema the gateway would look for one.
      if (schema === '') return fail(messages['not-found']({ path: name.slice(0, 100) }))
      const seen = await authorizer.authorize(asker, [{ schema, name }])
      const [table] = seen.ok ? seen.value : []
      return !seen.ok ? seen : table === undefined ? fail(messages['not-found']({ path: `${schema}.${name}` })) : ok(seenTable(table))
    },
    begins: async (table) => {
      const visible = visibleOf.get(table)
      if (visible === undefined) return fail(messages['not-found']({ path: table.name }))
      const leaving = await house.exports.watch.begin(asker, [visible])
      if (leaving.ok) await leaving.value.end()
      return leaving.ok ? ok(undefined) : leaving
    },
    schemas: async () => new Set((await authorizer.visible(asker)).map(({ product }) => product.schema)),
  })
}

// As long as the gateway gives the same table, Trino's view of it is the same.
const seenOf = new WeakMap<VisibleTable, SeenTable>()
const visibleOf = new WeakMap<SeenTable, VisibleTable>()

function seenTable(table: VisibleTable): SeenTable {
  const known = seenOf.get(table)
  if (known !== undefined) return known
  const { product, dataSet, columns, rowFilter, limits, rules } = table
  const seen: SeenTable = {
    schema: product.schema, name: dataSet.name, productId: product.id, row: dataSet.columns,
    columns: columns.map(({ name, mask }) => ({ name, ...(mask !== undefined && { mask }) })),
    ...(rowFilter !== undefined && { rowFilter }), ...(limits !== undefined && { limits }), ...(rules !== undefined && { rules }),
  }
  seenOf.set(table, seen)
  visibleOf.set(seen, table)
  return seen
}

/** What Trino's users make up is nowhere in the open: a table or a user that nobody knows has no name here. */
async function lineOf(house: House, { asker, operation, queryId, allowed, reasons, table, seen }: TrinoDeed): Promise<AuditLine> {
  const product = table === undefined ? undefined : (await house.sql.authorizer.served()).get(table.schema)
  const dataSet = product?.dataSets.find(({ name }) => name === table?.table)
  return {
    time: new Date(house.clock.now()).toISOString(),
    port: 'trino',
    subject: asker?.name ?? '?:name',
    ...(asker !== undefined && { subjectId: asker.id }),
    purpose: asker?.purpose ?? null,
    decision: allowed ? 'allow' : 'deny',
    reads: table === undefined ? [] : [{
      product: product?.schema ?? '?:name', productId: product?.id ?? '', dataSet: dataSet?.name ?? '?:name',
      columns: dataSet?.columns.map(({ name }) => name).filter((name) => table.columns.includes(name.toLowerCase())) ?? [],
    }],
    rows: 0,
    milliseconds: 0,
    outcome: allowed ? 'ok' : 'trino-denied',
    // Reasons of tables and accounts that are not there repeat what was typed.
    reasons: product === undefined && table !== undefined || asker === undefined ? [] : reasons,
    ...(seen?.rules !== undefined && { rules: [...new Set(seen.rules)] }),
    deed: { operation: /^[A-Za-z]{1,60}$/u.test(operation) ? operation : '?:name', ...(queryId !== undefined && /^[\w-]{1,100}$/u.test(queryId) && { queryId }) },
  }
}
