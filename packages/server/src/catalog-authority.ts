// What one caller may do in the Iceberg catalogue, by the policy of this moment. A client of the catalogue opens whole
// files: whoever may not see every column and every row as it is gets a table that is made of what they may.

import { sql } from 'kysely'
import type { Authority, Deed, GovernedNamespace, GovernedTable, Verdict } from '@tulle/catalog'
import { openPurposes } from '@tulle/gateway'
import type { AuditLine } from '@tulle/audit'
import type { Asker, VisibleTable } from '@tulle/gateway'
import { loadTable } from '@tulle/lake'
import type { TableName } from '@tulle/lake'
import type { Decision, Subject } from '@tulle/policy'
import { isKept, listProducts } from '@tulle/providers'
import type { House } from './house.ts'
import { decide, decideRead } from './house.ts'
import type { Caller } from './http/callers.ts'
import { whoOfLink } from './who-of-link.ts'
import { grantedPurposesOf, whoIs } from './who.ts'

interface Seen extends Read { readonly table: VisibleTable; readonly purpose: string | undefined }
/** `isPart`: not the table itself, but what may be seen of it. */
interface Read { readonly read: Verdict; readonly isPart: boolean }

/** The purpose is the one that was named; otherwise each of the account's own is tried, and the one that shows most serves. */
export function catalogAuthority(house: House, caller: Caller, purpose?: string): Authority {
  const { subject } = caller
  const since = house.clock.now()
  let seeing: Promise<readonly Seen[]> | undefined
  let seen: readonly Seen[] = []
  let products: Promise<ReadonlySet<string>> | undefined
  const see = (): Promise<readonly Seen[]> => (seeing ??= whatIsSeen(house, caller, purpose).then((tables) => (seen = tables)))
  return {
    free: verdictOf(decide(house, subject, 'administer')),
    governed: async () => [...Map.groupBy(await see(), ({ table }) => table.product.schema).values()].map((tables) => toNamespace(house, caller, tables)),
    isGoverned: async (namespace) => (await (products ??= namesOf(house))).has(namespace.split('@', 1)[0] ?? ''),
    record: async (deed) => house.audit.record(toLine(house, { subject, token: caller.apiToken?.id, since, deed, tables: seen, known: await namesKnown(house) })),
  }
}

/** Names of products and of what they hold. */
async function namesKnown({ db }: House): Promise<ReadonlySet<string>> {
  const tables = await db.selectFrom('table_pointer').select(['namespace', 'name']).execute()
  return new Set([...(await listProducts(db)).map((product) => product.name), ...tables.flatMap(({ namespace, name }) => [namespace, name])])
}

const namesOf = async ({ db }: House): Promise<ReadonlySet<string>> => new Set((await listProducts(db)).map((product) => product.name))

async function whatIsSeen(house: House, caller: Caller, named: string | undefined): Promise<readonly Seen[]> {
  const account = await caller.again()
  if (account === undefined) return []
  const open = openPurposes({ purposes: account.purposes, grantedPurposes: await grantedPurposesOf(house, account) })
  // One that is not open shows nothing.
  const purposes = named !== undefined ? open.filter((purpose) => purpose === named) : open.length > 0 ? open : [undefined]
  const best = new Map<string, Seen>()
  for (const purpose of purposes) {
    const asker: Asker = { subject: account.subject, purpose, purposes: open, ...(caller.apiToken !== undefined && { token: caller.apiToken.id }) }
    for (const table of await house.sql.authorizer.visible(asker)) {
      const key = `${table.product.schema}.${table.dataSet.name}`
      const seen = { table, purpose, ...(await readVerdict(house, asker, table)) }
      const known = best.get(key)
      if (known === undefined || showsMore(seen, known)) best.set(key, seen)
    }
  }
  return [...best.values()]
}

/** By which of two purposes more is seen: all of it, more columns, fewer masks, all rows. */
function showsMore(one: Seen, other: Seen): boolean {
  const marks = ({ read, isPart, table: { columns, rowFilter } }: Seen): readonly number[] =>
    [read.allowed ? 2 : isPart ? 1 : 0, columns.length, -columns.filter(({ mask }) => mask !== undefined).length, rowFilter === undefined ? 1 : 0]
  const [a, b] = [marks(one), marks(other)]
  const at = a.findIndex((mark, i) => mark !== b[i])
  return at >= 0 && (a[at] as number) > (b[at] as number)
}

/** Asked of the policy itself, and not of what a port shows of the table: a filter that a port applies is one here too. */
async function readVerdict(house: House, { subject, purpose }: Asker, { product, dataSet }: VisibleTable): Promise<Read> {
  const resource = { product: { id: product.id, name: product.name, domain: product.domain, team: product.team }, dataSet: { name: dataSet.name, columns: dataSet.columns } }
  const decision = await decideRead(house, subject, resource, purpose)
  if (decision.effect === 'deny') return { read: { allowed: false, reason: reasonsOf(decision) }, isPart: false }
  const stored = { namespace: product.name, name: dataSet.version?.stored ?? dataSet.name }
  const holdsMore = dataSet.mayHoldMore === true && (await holdsKept(house, stored))
  const partly = holdsMore ? 'its files have columns that its contract does not name' : (await holdsSealed(house, stored)) ? 'columns lie enciphered in its files' : decision.rowFilter !== undefined ? 'some rows' : Object.keys(decision.masks).length > 0 ? 'some values masked' : decision.columns.length < dataSet.columns.length ? 'some columns' : decision.limits !== undefined ? 'so much at a time' : undefined
  if (partly === undefined) return { read: { allowed: true }, isPart: false }
  // Said to whoever writes: what they may read is loaded.
  return { isPart: true, read: { allowed: false, reason: `${subject.name} may read ${product.name}.${dataSet.name} only in part (${partly}), and whoever writes to a table sees all of it.` } }
}

async function holdsKept({ lake }: House, name: TableName): Promise<boolean> {
  const table = await loadTable(lake, name)
  return !table.ok || table.value.schema.fields.some(isKept)
}

/** Whether any file of it was ever written so: a client that opens it would see no value. */
async function holdsSealed({ db }: House, { namespace, name }: TableName): Promise<boolean> {
  const found = await db.selectFrom('table_pointer as p').innerJoin('person_key as k', (join) => join.on(sql<boolean>`k.table_id = p.uuid::text`))
    .select('p.name').where('p.namespace', '=', namespace).where('p.name', '=', name).where('p.archived_at', 'is', null).limit(1).executeTakeFirst()
  return found !== undefined
}

const reasonsOf = (decision: Decision): string => decision.reasons.map((reason) => reason.text).join(' ')
const verdictOf = (decision: Decision): Verdict => (decision.effect === 'allow' ? { allowed: true } : { allowed: false, reason: reasonsOf(decision) })

function toNamespace(house: House, caller: Caller, seen: readonly Seen[]): GovernedNamespace {
  const { subject } = caller
  const { product } = (seen[0] as Seen).table
  const write = verdictOf(decide(house, subject, 'write', { id: product.id, name: product.name, domain: product.domain, team: product.team }))
  return {
    name: product.schema,
    properties: { ...(product.title !== undefined && { title: product.title }), ...(product.description !== undefined && { comment: product.description }), domain: product.domain, owner: product.team },
    tables: seen.map(({ table, purpose, read, isPart }): GovernedTable => ({
      name: table.dataSet.name, read, write,
      ...(isPart && { part: () => house.parts.load(whoIs(house, caller, table.product.id, purpose), { namespace: table.product.schema, name: table.dataSet.name }, whoOfLink(house)) }),
    })),
  }
}

interface Done { readonly subject: Subject; readonly token: string | undefined; readonly since: number; readonly deed: Deed; readonly tables: readonly Seen[]; readonly known: ReadonlySet<string> }

function toLine(house: House, { subject, token, since, deed, tables, known }: Done): AuditLine {
  const find = ({ namespace, name }: TableName): Seen | undefined => tables.find(({ table }) => table.product.schema === namespace && table.dataSet.name === name)
  return {
    time: new Date(house.clock.now()).toISOString(),
    port: 'iceberg',
    subject: subject.name,
    subjectId: subject.id,
    ...(token !== undefined && { token }),
    purpose: deed.tables.map((name) => find(name)?.purpose).find((purpose) => purpose !== undefined) ?? null,
    decision: deed.outcome === 'ok' ? 'allow' : 'deny',
    reads: deed.tables.map((name) => {
      const found = find(name)?.table
      // What was refused may be a name that nothing has: whatever its writer put there is not for a log.
      const shown = (word: string): string => (deed.outcome === 'ok' || word === '' || known.has(word) ? word : '?:name')
      return { product: shown(name.namespace), productId: found?.product.id ?? '', dataSet: shown(name.name), columns: deed.outcome === 'ok' ? (found?.columns.map((column) => column.name) ?? []) : [] }
    }),
    rows: 0,
    milliseconds: house.clock.now() - since,
    outcome: deed.outcome,
    reasons: [deed.operation],
  }
}
