// Where a name leads for one caller: to a governed table, to a free place, or nowhere. The only file of this room that
// asks for rights.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { printTableName } from '@tulle/lake'
import type { TableName } from '@tulle/lake'
import type { Call, GovernedNamespace, Verdict } from './types.ts'
import { messages } from './messages.ts'

type Asker = Pick<Call, 'authority' | 'room'>

/** A namespace that the caller may see: governed, or free. */
export type Seen = { readonly kind: 'governed'; readonly namespace: GovernedNamespace } | { readonly kind: 'free'; readonly namespace: { readonly name: string; readonly properties: Readonly<Record<string, string>> } }

export async function seeNamespace({ authority, room }: Asker, name: string): Promise<Result<Seen>> {
  const governed = (await authority.governed()).find((namespace) => namespace.name === name)
  if (governed !== undefined) return ok({ kind: 'governed', namespace: governed })
  const free = authority.free.allowed && !(await authority.isGoverned(name)) ? await room.namespaces.find(name) : undefined
  return free === undefined ? fail(messages['namespace-missing']({ namespace: name })) : ok({ kind: 'free', namespace: free })
}

/** Success where the caller may read the whole table; `table-missing` where it is not there for them. */
export const mayRead = (asker: Asker, name: TableName): Promise<Result<'governed' | 'free'>> => may(asker, name, (table) => table.read)

/** Success where the caller may read it and commit data to it. */
export const mayWrite = (asker: Asker, name: TableName): Promise<Result<'governed' | 'free'>> =>
  may(asker, name, (table) => (table.read.allowed ? table.write : table.read))

/** The table that is made of what the caller may read, where that is only a part. */
export async function partOf(asker: Asker, { namespace, name }: TableName): Promise<GovernedNamespace['tables'][number]['part']> {
  const governed = (await asker.authority.governed()).find((one) => one.name === namespace)
  return governed?.tables.find((table) => table.name === name && !table.read.allowed)?.part
}

async function may(asker: Asker, name: TableName, verdictOf: (table: GovernedNamespace['tables'][number]) => Verdict): Promise<Result<'governed' | 'free'>> {
  const seen = await seeNamespace(asker, name.namespace)
  if (!seen.ok) return fail(tableMissing(name))
  if (seen.value.kind === 'free') return ok('free')
  const table = seen.value.namespace.tables.find((one) => one.name === name.name)
  if (table === undefined) return fail(tableMissing(name))
  const verdict = verdictOf(table)
  return verdict.allowed ? ok('governed') : fail(messages['catalog-forbidden']({ reason: verdict.reason }))
}

/** Success where the caller may make and drop things under this name: only where nobody governs, and the namespace is there. */
export async function mayManage(asker: Asker, name: TableName): Promise<Result<void>> {
  const seen = await seeNamespace(asker, name.namespace)
  if (seen.ok) return seen.value.kind === 'free' ? ok(undefined) : fail(messages['declared-elsewhere']({ what: `The namespace ${name.namespace}` }))
  const { free } = asker.authority
  return free.allowed ? seen : fail(messages['catalog-forbidden']({ reason: free.reason }))
}

export const tableMissing = (name: TableName): ReturnType<(typeof messages)['table-not-there']> => messages['table-not-there']({ table: printTableName(name) })
