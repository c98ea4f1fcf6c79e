// What is counted of the use of the mesh, and what is known besides: for its pages, and as rows for a product of the mesh's own. What the
// audit got since the last time is counted first.

import { listGrants } from '@tulle/access'
import type { Clock } from '@tulle/kernel'
import type { UsageReports } from '@tulle/pipeline'
import { readProductDefinitions } from '@tulle/providers'
import type { ProductDefinition } from '@tulle/providers'
import type { Store } from '@tulle/store'
import { countAudit, readUsage, reckon, WHOLE } from '@tulle/usage'
import type { KnownGrant, KnownProduct } from '@tulle/usage'

export interface UsageRoom {
  known(): Promise<{ readonly products: readonly KnownProduct[]; readonly grants: readonly KnownGrant[] }>
  /** Whole days, the one that is under way among them. */
  windowOf(days: number): { readonly from: Date; readonly to: Date }
  readonly reports: UsageReports
}

const DAY = 86_400_000
const REPORT_DAYS = 30

export function openUsageRoom({ store, auditFolder, clock }: { readonly store: Store; readonly auditFolder: string; readonly clock: Clock }): UsageRoom {
  let counting: Promise<unknown> = Promise.resolve()
  const known: UsageRoom['known'] = async () => {
    const products = productsOf(await readProductDefinitions(store.db))
    const domains = new Map(products.map(({ id, domain }) => [id, domain]))
    counting = counting.catch(() => undefined).then(() => countAudit({ store, folder: auditFolder, domainOf: (id) => domains.get(id) }))
    await counting
    return { products, grants: await grantsOf(store) }
  }
  const windowOf: UsageRoom['windowOf'] = (days) => {
    const to = new Date((Math.floor(clock.now() / DAY) + 1) * DAY)
    return { from: new Date(to.getTime() - days * DAY), to }
  }
  return {
    known, windowOf,
    reports: async (report) => {
      const { products, grants } = await known()
      const days = await readUsage(store)
      if (report === 'products') return products.map((product) => kpisOf(product, reckon({ window: windowOf(REPORT_DAYS), days: days.filter(({ productId }) => productId === product.id), grants: grants.filter(({ productId }) => productId === product.id), products: [product] }))).toSorted(byKey)
      const byId = new Map(products.map((product) => [product.id, product]))
      const rows = new Map<string, Row>()
      for (const one of days) {
        if (one.productId === WHOLE) continue
        const product = byId.get(one.productId)
        const row: Row = {
          day: one.day, product: product?.name ?? one.productId, domain: product?.domain ?? null, subject: one.subject, purpose: one.purpose,
          statements: one.statements, refused: one.refused, rows_read: one.rows, bytes_read: one.bytes, milliseconds: one.milliseconds, crossing: one.crossing,
        }
        // A name that was given to another account afterwards is still one name.
        const before = rows.get(keyOf(row))
        rows.set(keyOf(row), before === undefined ? row : { ...row, ...Object.fromEntries(COUNTS.map((count) => [count, Number(before[count]) + Number(row[count])])) })
      }
      return [...rows.values()].toSorted(byKey)
    },
  }
}

type Row = Readonly<Record<string, string | number | null>>
const COUNTS = ['statements', 'refused', 'rows_read', 'bytes_read', 'milliseconds', 'crossing'] as const
const keyOf = ({ day = '', product, subject = '', purpose = '' }: Row): string => JSON.stringify([day, product, subject, purpose])
const byKey = (a: Row, b: Row): number => (keyOf(a) < keyOf(b) ? -1 : 1)

const kpisOf = ({ name, domain }: KnownProduct, { consumers, queries, refused, rows, bytes, milliseconds, interoperability, reuse, neverUsed, firstUse, coverage }: ReturnType<typeof reckon>): Row => ({
  product: name, domain, consumers_active: consumers.active, consumers_inactive: consumers.inactive, statements: queries, refused, rows_read: rows, bytes_read: bytes, milliseconds, crossing: interoperability.crossing,
  read_by: reuse.products.length, never_used: neverUsed.length, first_use_seconds: firstUse.medianSeconds ?? null,
  contracted: coverage.contracted, documented: coverage.documented, classified: coverage.classified, with_service_level: coverage.withServiceLevel,
})

function productsOf(definitions: readonly ProductDefinition[]): readonly KnownProduct[] {
  return definitions.map(({ id, product }) => {
    const contracts = product.dataSets.flatMap(({ contract }) => contract ?? [])
    const columns = contracts.flatMap((contract) => contract.columns)
    return {
      id, name: product.name, domain: product.domain, dataSets: product.dataSets.length, contracted: contracts.length, columns: columns.length,
      documented: columns.filter(({ description = '' }) => description !== '').length, classified: columns.filter(({ classification = '' }) => classification !== '').length,
      withServiceLevel: product.components.some(({ baseType }) => baseType.startsWith('service-level')),
      readBy: definitions.filter((other) => other.id !== id && other.product.inputPorts.some((port) => port.kind === 'product' && port.product === product.name)).map((other) => other.product.name),
    }
  })
}

/** Grants in force, with everybody whom they reach. */
async function grantsOf(store: Store): Promise<readonly KnownGrant[]> {
  const { db } = store
  const [records, accounts, teams, domains] = await Promise.all([
    listGrants(store),
    db.selectFrom('account').select(['id', 'represents_kind', 'represents_id']).where('disabled_at', 'is', null).execute(),
    db.selectFrom('account_team').selectAll().execute(),
    db.selectFrom('resource').select(['ref', 'spec']).where('kind', '=', 'data-domain').where('archived_at', 'is', null).execute(),
  ])
  const living = new Set(accounts.map(({ id }) => id))
  const membersOf = (team: string): readonly string[] => teams.filter((one) => one.team === team && living.has(one.account_id)).map((one) => one.account_id)
  const ownerOf = (domain: string): string => String((domains.find(({ ref }) => ref === `data-domain:${domain}`)?.spec as { readonly owner?: unknown } | undefined)?.owner ?? '')
  const reached = (kind: string, subject: string): readonly string[] => {
    if (kind === 'user') return living.has(subject) ? [subject] : []
    if (kind === 'team') return membersOf(subject)
    if (kind === 'domain') return membersOf(ownerOf(subject))
    return accounts.filter((one) => one.represents_kind === kind && one.represents_id === subject).map(({ id }) => id)
  }
  return records.filter(({ state }) => state === 'active').map(({ grant, subject, grantedAt }) => ({ id: grant.id, productId: grant.productId, subjectKind: grant.subjectKind, subject, purposes: grant.purposes, grantedAt, accounts: reached(grant.subjectKind, grant.subject) }))
}
