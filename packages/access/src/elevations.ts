// An administrator for ten minutes: somebody who keeps products or rules may do an administrator's deeds for a stated
// reason. It ends by itself, is written down, and neither lengthens itself nor reaches the tokens of the account.

import { randomUUID } from 'node:crypto'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { ElevationTable, Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import type { Selectable } from 'kysely'
import { messages } from './messages.ts'
import type { Account, AccessControl, Elevation } from './types.ts'

export const ELEVATION_MILLISECONDS = 10 * 60_000

/** Makes the account an administrator from now on, in open sessions too. */
export async function elevate(access: AccessControl, account: Account, justification: string, clock: Clock = systemClock): Promise<Result<Elevation>> {
  const { subject } = account
  const now = clock.now()
  const refusal = account.elevatedUntil === undefined ? refusalOf(access, account, now) : messages['already-elevated']({ until: account.elevatedUntil.toISOString() })
  const reason = justification.trim()
  const wrong = [...(refusal === undefined ? [] : [refusal]), ...(/^[^\p{Cc}\p{Cs}]{10,500}$/u.test(reason) ? [] : [messages['elevation-unjustified']({})])]
  if (wrong.length > 0) return fail(...wrong)
  const row: Selectable<ElevationTable> = { id: randomUUID(), account_id: subject.id, justification: reason, started_at: new Date(now), ends_at: new Date(now + ELEVATION_MILLISECONDS), ended_at: null }
  const made = await access.store.db.transaction().execute(async (tx) => {
    await tx.selectFrom('account').select('id').where('id', '=', subject.id).forUpdate().execute()
    const open = await tx.selectFrom('elevation').select('id').where('account_id', '=', subject.id).where('ended_at', 'is', null).where('ends_at', '>', new Date(now)).executeTakeFirst()
    if (open !== undefined) return false
    await tx.insertInto('elevation').values(row).execute()
    await tell(tx, row, 'elevated')
    return true
  })
  if (!made) return fail(messages['already-elevated']({ until: row.ends_at.toISOString() }))
  await access.caughtUp()
  return ok(toElevation({ ...row, name: subject.name }))
}

/** Ends it before its time. */
export async function endElevation(access: AccessControl, account: Account, clock: Clock = systemClock): Promise<Result<Elevation>> {
  const now = new Date(clock.now())
  const ended = await access.store.db.transaction().execute(async (tx) => {
    const row = await tx.updateTable('elevation').set({ ended_at: now }).where('account_id', '=', account.subject.id).where('ended_at', 'is', null).where('ends_at', '>', now).returningAll().executeTakeFirst()
    if (row !== undefined) await tell(tx, row, 'elevation-ended')
    return row
  })
  if (ended === undefined) return fail(messages['not-elevated']({ name: account.subject.name }))
  await access.caughtUp()
  return ok(toElevation({ ...ended, name: account.subject.name }))
}

/** What there was, newest first: of one account, or of all. */
export async function listElevations(store: Store, accountId?: string): Promise<readonly Elevation[]> {
  let query = store.db.selectFrom('elevation as e').innerJoin('account as a', 'a.id', 'e.account_id').selectAll('e').select('a.name').orderBy('e.started_at', 'desc').limit(1000)
  if (accountId !== undefined) query = query.where('e.account_id', '=', accountId)
  return (await query.execute()).map(toElevation)
}

function refusalOf(access: AccessControl, { subject }: Account, now: number): Diagnostic | undefined {
  const decision = access.policy().decide(subject, 'elevate', {}, undefined, { now, environment: access.environment })
  return decision.effect === 'allow' ? undefined : messages['not-allowed']({ name: subject.name, action: 'become administrator for a while', why: decision.reasons.map((reason) => reason.text).join(' ') })
}

const tell = (tx: Parameters<typeof appendEvent>[0], { id, account_id: account, ends_at: until }: Selectable<ElevationTable>, change: string): Promise<string> =>
  appendEvent(tx, { type: 'tulle.account.changed', source: '/access', subject: account, data: { account, change, elevation: id, until: until.toISOString() } })

const toElevation = ({ id, name, justification, started_at, ends_at, ended_at }: Selectable<ElevationTable> & { readonly name: string }): Elevation =>
  ({ id, account: name, justification, startedAt: started_at, endsAt: ended_at ?? ends_at })
