// Whom a request or a grant names: a name → the id that a grant holds, and the subject as the policy would meet it.
// Accounts, products and application process domains are held by ids that never change; teams and domains are their names.

import type { Result } from '@tulle/kernel'
import { fail, isName, ok } from '@tulle/kernel'
import type { Subject, SubjectKind } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { findAccount, findAccountById } from './find-accounts.ts'
import { messages } from './messages.ts'
import { textAt } from './product-facts.ts'

export interface FoundSubject {
  readonly id: string
  readonly name: string
  /** Whoever the grant would be for, as the policy sees them. Of a team or a domain: somebody who is nothing but a member. */
  readonly subject: Subject
  /** The team that answers for it, where it is no person. */
  readonly team?: string
}

const RESOURCES = { team: 'technical-team', domain: 'data-domain', product: 'data-product', application: 'process-domain' } as const

export async function findSubject(store: Store, kind: SubjectKind, name: string): Promise<Result<FoundSubject>> {
  if (kind === 'user') {
    const account = await findAccount(store, name)
    if (account !== undefined) return ok({ id: account.subject.id, name, subject: account.subject })
    const known = (await store.db.selectFrom('account').select('name').where('disabled_at', 'is', null).execute()).map((row) => row.name)
    return fail(messages['unknown-subject']({ kind, subject: name.slice(0, 100), known }))
  }
  const live = store.db.selectFrom('resource').where('kind', '=', RESOURCES[kind]).where('archived_at', 'is', null)
  const row = isName(name) ? await live.select(['id', 'spec']).where('ref', '=', `${RESOURCES[kind]}:${name}`).executeTakeFirst() : undefined
  if (row !== undefined) return ok(found(kind, name, row))
  const known = (await live.select('ref').execute()).map((other) => other.ref.slice(other.ref.indexOf(':') + 1))
  return fail(messages['unknown-subject']({ kind, subject: name.slice(0, 100), known }))
}

/** The subject of a request or grant that holds this id; undefined where it is gone. */
export async function subjectById(store: Store, kind: SubjectKind, id: string): Promise<FoundSubject | undefined> {
  if (kind === 'user') {
    const account = await findAccountById(store, id)
    return account === undefined ? undefined : { id, name: account.subject.name, subject: account.subject }
  }
  const live = store.db.selectFrom('resource').select(['id', 'spec']).where('kind', '=', RESOURCES[kind]).where('archived_at', 'is', null)
  const row = await (kind === 'team' || kind === 'domain' ? live.where('ref', '=', `${RESOURCES[kind]}:${id}`) : live.where('id', '=', id)).executeTakeFirst()
  return row === undefined ? undefined : found(kind, textAt(row.spec, 'name') || id, row)
}

type Row = { readonly id: string; readonly spec: Parameters<typeof textAt>[0] }

function found(kind: Exclude<SubjectKind, 'user'>, name: string, { id, spec }: Row): FoundSubject {
  const nobody = { name: `${kind}:${name}`, role: 'consumer', teams: [] } as const
  switch (kind) {
    case 'team':
      return { id: name, name, team: name, subject: { ...nobody, id: `team:${name}`, kind: 'user', teams: [name] } }
    case 'domain':
      return { id: name, name, team: textAt(spec, 'owner'), subject: { ...nobody, id: `domain:${name}`, kind: 'user', domains: [name] } }
    case 'product':
    case 'application':
      return { id, name, team: textAt(spec, 'team') || textAt(spec, 'owner'), subject: { ...nobody, id: `${kind}:${id}`, kind: 'service', represents: { kind, id } } }
  }
}
