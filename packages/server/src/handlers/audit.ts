// The audit and the stopped exports, for those who watch over the mesh, and for owners as far as it is their products.

import { join } from 'node:path'
import { findAccount } from '@tulle/access'
import type { AuditEntry, Handlers, StoppedExport } from '@tulle/api'
import { listEntries, openValues, placeOf, postgresAnchors, postgresKeys, verifyChain } from '@tulle/audit'
import type { Freeze } from '@tulle/gateway'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import { auditPlace } from '../audit-place.ts'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { thawWay } from './freezes.ts'
import { permission, require } from './permissions.ts'
import { governed } from './products.ts'

type AuditHandlers = Pick<Handlers<Caller>, 'listAudit' | 'verifyAudit' | 'listAuditAnchors' | 'revealAudit' | 'forgetAudit' | 'listStoppedExports' | 'thawExport'>

export function auditHandlers(house: House): AuditHandlers {
  const folder = join(house.settings.home, 'audit')
  const seesAll = (subject: Subject): Result<undefined> => require(house, subject, 'administer')
  const isAdministrator = (subject: Subject, what: string): Result<undefined> =>
    (subject.role === 'administrator' ? ok(undefined) : fail(messages['not-allowed']({ who: subject.name, what, rule: 'only administrators may' })))
  const ownProducts = async (subject: Subject): Promise<ReadonlySet<string>> =>
    new Set((await listProducts(house.db)).filter((product) => permission(house, subject, 'grant', governed(product)).allowed).map(({ id }) => id))

  return {
    listAudit: async (query, { subject }) => {
      const all = seesAll(subject)
      const products = all.ok ? undefined : await ownProducts(subject)
      if (!all.ok && products?.size === 0) return all
      const { entries, next } = await listEntries(folder, { ...query, ...(products !== undefined && { products, kind: 'line' as const }) })
      return ok({ entries: entries.map((entry) => toEntry(entry, all.ok)), ...(next !== undefined && { next }) })
    },
    verifyAudit: async (_input, { subject }) => {
      const allowed = seesAll(subject)
      if (!allowed.ok) return allowed
      await house.audit.anchor()
      const anchors = postgresAnchors(house.store)
      // The log goes on meanwhile, and may name anchors that were made since these were read.
      const verified = await verifyChain(folder, { anchors: await anchors.list(), whole: true, living: true, cuts: await anchors.cuts(), places: await anchors.places(), place: auditPlace(folder) })
      return ok({ ...verified, diagnostics: [...verified.diagnostics] })
    },
    listAuditAnchors: async (_input, { subject }) => {
      const allowed = seesAll(subject)
      return allowed.ok ? ok({ anchors: [...await postgresAnchors(house.store).list()] }) : allowed
    },
    revealAudit: async ({ seq }, { subject }) => {
      const allowed = isAdministrator(subject, 'read values of the audit')
      if (!allowed.ok) return allowed
      const found = (await listEntries(folder, { before: seq + 1, limit: 1 })).entries.find((entry) => entry.seq === seq)
      if (found === undefined) return fail(messages['unknown-entry']({ entry: seq }))
      const key = found.sealed === undefined ? undefined : await postgresKeys(house.store).find(found.chain, seq)
      const values = found.sealed === undefined || key === undefined ? undefined : openValues(found.sealed, key, placeOf(found.chain, seq))
      return values === undefined ? fail(messages['nothing-sealed']({ what: `entry ${seq}` })) : ok({ values: [...values] })
    },
    forgetAudit: async ({ seq, subject: named }, { subject }) => {
      const allowed = isAdministrator(subject, 'forget values of the audit')
      if (!allowed.ok) return allowed
      if ((seq === undefined) === (named === undefined)) return fail(messages['bad-input']({ field: 'seq', text: 'name an entry or a subject' }))
      const entry = seq === undefined ? undefined : (await listEntries(folder, { before: seq + 1, limit: 1 })).entries.find((one) => one.seq === seq)
      if (seq !== undefined && entry === undefined) return fail(messages['unknown-entry']({ entry: seq }))
      const account = named === undefined ? undefined : await findAccount(house.store, named)
      const forgotten = await house.audit.forget(entry === undefined ? { subject: account?.subject.id ?? named ?? '' } : { chain: entry.chain, seq: entry.seq }, subject.name)
      if (!forgotten.ok) return forgotten
      return forgotten.value === 0 ? fail(messages['nothing-sealed']({ what: seq === undefined ? `"${named}"` : `entry ${seq}` })) : ok({ destroyed: forgotten.value })
    },
    listStoppedExports: async (_input, { subject }) => {
      const freezes = await house.exports.watch.freezes()
      const products = seesAll(subject).ok ? undefined : await ownProducts(subject)
      return ok({ exports: freezes.filter(({ productId, subjectId }) => products === undefined || products.has(productId) || subjectId === subject.id).map(toStopped) })
    },
    thawExport: async ({ export: id }, { subject }) => {
      const found = (await house.exports.watch.freezes()).find((freeze) => freeze.id === id && freeze.thawedAt === undefined)
      if (found === undefined) return fail(messages['unknown-export']({ id: id.slice(0, 100) }))
      const thawed = await thawWay(house, found, subject)
      return thawed.ok ? ok(toStopped(thawed.value)) : thawed
    },
  }
}

function toEntry({ sealed, ...entry }: Omit<AuditEntry, 'body'> & { readonly body: Json }, whole: boolean): AuditEntry {
  return { ...entry, ...(whole && sealed !== undefined && { sealed }) }
}

const toStopped = ({ id, subject, product, at, what, amount, allowed, rule, thawedAt, thawedBy }: Freeze): StoppedExport => ({
  id, subject, product, at: new Date(at).toISOString(), what, amount, allowed, rule,
  ...(thawedAt !== undefined && { thawedAt: new Date(thawedAt).toISOString() }),
  ...(thawedBy !== undefined && { thawedBy }),
})
