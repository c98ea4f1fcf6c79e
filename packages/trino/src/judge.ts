// One operation on one thing → yes, or no with the reason. What is not on the list is no: the list is what reading needs.

import type { TrinoAsker, TrinoInput, TrinoResource, SeenTable } from './types.ts'
import { trinoView } from './trino-view.ts'
import type { TrinoView } from './trino-view.ts'

export type Judged = { readonly allowed: true; readonly seen?: SeenTable } | { readonly allowed: false; readonly reason: string; readonly seen?: SeenTable }

export interface Judging { readonly asker: TrinoAsker; readonly catalog: string; readonly user: string }

type Judge = (resource: TrinoResource, judging: Judging) => Judged | Promise<Judged>

export const yes: Judged = { allowed: true }
export const no = (reason: string, seen?: SeenTable): Judged => ({ allowed: false, reason, ...(seen !== undefined && { seen }) })

/** Where Trino keeps what it says of itself; only what its drivers ask for is read. */
const OWN_CATALOG = 'system'
const OWN_SCHEMAS = new Set(['jdbc', 'information_schema'])
const INFORMATION = 'information_schema'

const always: Judge = () => yes
const onCatalog: Judge = ({ catalog }, judging) => (catalog === judging.catalog || catalog === OWN_CATALOG ? yes : no(`The catalogue ${shown(catalog)} is not this mesh's.`))

const onSchema: Judge = async ({ schema }, { asker, catalog }) => {
  if (schema === undefined) return no('No schema is named.')
  if (schema.catalog === OWN_CATALOG) return OWN_SCHEMAS.has(schema.schema) ? yes : no(`The schema ${shown(schema.schema)} of Trino itself is closed.`)
  if (schema.catalog !== catalog) return no(`The catalogue ${shown(schema.catalog)} is not this mesh's.`)
  return schema.schema === INFORMATION || (await asker.schemas()).has(schema.schema) ? yes : no(`${asker.name} sees nothing of ${shown(schema.schema)}.`)
}

const onTable: Judge = async ({ table }, { asker, catalog }) => {
  if (table === undefined) return no('No table is named.')
  if (isOwn(table, catalog)) return yes
  if (table.catalog !== catalog) return no(`The catalogue ${shown(table.catalog)} is not this mesh's.`)
  const seen = await asker.table(table.schema, table.table)
  if (!seen.ok) return no(seen.diagnostics.map((diagnostic) => diagnostic.message).join(' '))
  const view = trinoView(seen.value)
  if ('closed' in view) return no(`${seen.value.schema}.${seen.value.name} cannot be served by Trino: ${view.closed}.`, seen.value)
  const missing = (table.columns ?? []).filter((column) => !view.columns.has(column))
  return missing.length === 0 ? { allowed: true, seen: seen.value } : no(missing.map((column) => whyNot(column, seen.value, view)).join(' '), seen.value)
}

const onRead: Judge = async (resource, judging) => {
  const judged = await onTable(resource, judging)
  if (!judged.allowed || judged.seen === undefined) return judged
  const begun = await judging.asker.begins(judged.seen)
  return begun.ok ? judged : no(begun.diagnostics.map((diagnostic) => diagnostic.message).join(' '), judged.seen)
}

const onUser: Judge = ({ user }, judging) => (user !== undefined && nameOf(user) === judging.asker.name ? yes : no(`It is about ${user === undefined ? 'nobody' : 'somebody else'}.`))
const onFunction: Judge = ({ function: named }) => (named?.catalog === OWN_CATALOG && named.schema === 'builtin' ? yes : no('Only functions of Trino itself are called.'))

/** Operations by name. */
const JUDGES: Readonly<Record<string, Judge>> = {
  ExecuteQuery: always,
  AccessCatalog: onCatalog, FilterCatalogs: onCatalog, ShowSchemas: onCatalog,
  FilterSchemas: onSchema, ShowTables: onSchema,
  FilterTables: onTable, ShowColumns: onTable, FilterColumns: onTable, SelectFromColumns: onRead,
  ViewQueryOwnedBy: onUser, FilterViewQueryOwnedBy: onUser, KillQueryOwnedBy: onUser, ImpersonateUser: onUser,
  FilterFunctions: onFunction, ExecuteFunction: onFunction,
}

export async function judge(operation: string, resource: TrinoResource, judging: Judging): Promise<Judged> {
  const found = Object.hasOwn(JUDGES, operation) ? JUDGES[operation] : undefined
  return found === undefined ? no(`Trino reads here and nothing else: ${shown(operation)} is not open to anybody.`) : found(resource, judging)
}

/** Its rows are filtered by other operations, name by name. */
export const isOwn = ({ catalog, schema }: { readonly catalog: string; readonly schema: string }, mesh: string): boolean =>
  (catalog === OWN_CATALOG && OWN_SCHEMAS.has(schema)) || (catalog === mesh && schema === INFORMATION)

/** Those whose answers fill lists: nothing was asked for by name. */
export const isListing = ({ operation }: Pick<TrinoInput, 'operation'>): boolean => operation.startsWith('Filter')

/** `ana` of `ana+flight_safety`. */
export const nameOf = (user: string): string => user.split('+', 1)[0] ?? user

const whyNot = (column: string, { schema, name }: SeenTable, { hidden }: TrinoView): string =>
  `The column ${shown(column)} of ${schema}.${name} ${hidden.has(column) ? `is not there for Trino, as ${hidden.get(column)}` : 'is not granted'}.`

const shown = (name: string | undefined): string => JSON.stringify((name ?? '').slice(0, 100))
