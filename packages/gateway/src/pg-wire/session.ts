// The state of one signed-in connection: who asks, settings, transaction, prepared statements, portals.

import type { Clock, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { Account, Accounts, Reported, Rights, Who } from '../types.ts'
import type { Settings } from '../settings.ts'
import type { Portal, Statement } from './types.ts'
import { messages } from '../messages.ts'
import { choosePurpose, onePurpose, openPurposes } from '../purpose.ts'
import { createSettings } from '../settings.ts'

export interface Session {
  /** For whom and for what statements are decided from now on. */
  readonly who: Who
  readonly settings: Settings
  readonly transaction: Transaction
  readonly statements: Map<string, Statement>
  readonly portals: Map<string, Portal>
  /** Refuses more named things than a session may hold. */
  room(): Result<void>
  closePortal(name: string): Promise<void>
  /** Closes what does not outlive a transaction; `everything` takes held cursors too. */
  closePortals(everything: boolean): Promise<void>
}

/** A transaction that reads: it protects nothing, but clients expect its states. */
export interface Transaction {
  readonly status: 'I' | 'T' | 'E'
  begin(): void
  /** A statement failed: an open transaction takes nothing more but its end. */
  failed(): void
  /** Ends it; answers whether it had failed, and what the client must hear of settings that roll back. */
  end(keep: boolean): { readonly failed: boolean; readonly reported: readonly Reported[] }
  /** Remembers the value that a SET LOCAL hides until the end. */
  hides(setting: string, value: string): void
  savepoint(name: string): void
  /** False where there is no such savepoint. */
  release(name: string): boolean
  rollbackTo(name: string): boolean
}

const MOST_NAMES = 1000

export interface SessionOptions {
  readonly account: Account
  /** The API token that it came by. */
  readonly token?: string | undefined
  /** The purpose that stood behind the user name. */
  readonly purpose?: string | undefined
  /** Of the start-up packet. */
  readonly parameters: ReadonlyMap<string, string>
  readonly accounts: Accounts
  readonly rights: Rights
  readonly clock?: Clock
}

/** Opens a session. The purpose is the one that the user name or the parameters name, else the only one that the account has. */
export function createSession(options: SessionOptions): Result<Session> {
  const { parameters, accounts, rights, clock = systemClock } = options
  const { name: user } = options.account.subject
  let account = options.account
  let version = rights.version()
  const initial = initialSettings(parameters)
  const named = onePurpose(options.purpose, ...initial.flatMap(([name, value]) => (name.toLowerCase() === 'tulle.purpose' ? [value] : [])))
  if (!named.ok) return named
  let wish = named.value
  const first = choosePurpose(wish, account)
  if (!first.ok) return first
  const purposeNow = (): string | undefined => {
    const chosen = choosePurpose(wish, account)
    return chosen.ok ? chosen.value : undefined
  }
  const settings = createSettings({
    user,
    purpose: {
      now: purposeNow,
      wish: () => wish,
      choose: (wanted) => {
        const chosen = choosePurpose(wanted, account)
        if (chosen.ok) wish = wanted
        return chosen
      },
    },
  })
  for (const [name, value] of initial) {
    // Drivers send the zone of their own machine unasked. Timestamps carry their offset, so UTC serves them all.
    if (['timezone', 'tulle.purpose'].includes(name.toLowerCase())) continue
    const set = settings.set(name, value)
    if (!set.ok) return set
  }

  const statements = new Map<string, Statement>()
  const portals = new Map<string, Portal>()
  // A person who left a team, or was shut out, must not live on in an open session.
  const who: Who = async () => {
    const now = rights.version()
    if (now !== version || (account.goodUntil !== undefined && account.goodUntil.getTime() <= clock.now())) {
      const found = options.token === undefined ? await accounts.find(user) : await accounts.findByToken?.(options.token)
      if (found === undefined || found.subject.id !== account.subject.id) return fail(messages['account-gone']({ user }))
      account = found
      version = now
    }
    return ok({ subject: account.subject, purpose: purposeNow(), purposes: openPurposes(account), ...(options.token !== undefined && { token: options.token }) })
  }
  const closePortal = async (name: string): Promise<void> => {
    const portal = portals.get(name)
    portals.delete(name)
    if (portal?.answer !== undefined && portal.answer.kind !== 'done') await portal.answer.rows.close()
  }
  return ok({
    who,
    settings,
    transaction: createTransaction(settings),
    statements,
    portals,
    room: () => (statements.size + portals.size < MOST_NAMES ? ok(undefined) : fail(messages['cursor-limit']({ limit: MOST_NAMES }))),
    closePortal,
    closePortals: async (everything) => {
      for (const [name, portal] of portals) if (everything || !portal.hold) await closePortal(name)
    },
  })
}

function createTransaction(settings: Settings): Transaction {
  let status: 'I' | 'T' | 'E' = 'I'
  let restore: () => readonly Reported[] = () => []
  let savepoints: string[] = []
  let hidden = new Map<string, string>()
  const after = (name: string): number => savepoints.lastIndexOf(name)
  return {
    get status() {
      return status
    },
    begin() {
      if (status !== 'I') return
      status = 'T'
      restore = settings.save()
    },
    failed() {
      if (status === 'T') status = 'E'
    },
    end(keep) {
      const failed = status === 'E'
      const open = status !== 'I'
      status = 'I'
      savepoints = []
      const back = [...hidden].flatMap(([name, value]) => {
        const set = settings.set(name, value)
        return set.ok ? set.value : []
      })
      hidden = new Map()
      return { failed, reported: open && (failed || !keep) ? restore() : back }
    },
    hides(setting, value) {
      if (status !== 'I' && !hidden.has(setting)) hidden.set(setting, value)
    },
    savepoint(name) {
      savepoints.push(name)
    },
    release(name) {
      const at = after(name)
      if (at >= 0) savepoints = savepoints.slice(0, at)
      return at >= 0
    },
    rollbackTo(name) {
      const at = after(name)
      if (at < 0) return false
      savepoints = savepoints.slice(0, at + 1)
      status = 'T'
      return true
    },
  }
}

const NO_SETTINGS: ReadonlySet<string> = new Set(['user', 'database', 'options', 'replication'])

function initialSettings(parameters: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  const direct = [...parameters].filter(([name]) => !NO_SETTINGS.has(name) && !name.startsWith('_pq_.'))
  return [...optionsOf(parameters.get('options') ?? ''), ...direct]
}

/** Reads `-c name=value`, `-cname=value` and `--name=value`, with `\ ` for a space, as PostgreSQL's `options` does. */
function optionsOf(text: string): readonly (readonly [string, string])[] {
  const words = (text.match(/(?:\\.|[^\s\\])+/g) ?? []).map((word) => word.replaceAll(/\\(.)/g, '$1'))
  return words.flatMap((word, i) => {
    const setting = word.startsWith('--') ? word.slice(2) : word.startsWith('-c') ? (word.length > 2 ? word.slice(2) : (words[i + 1] ?? '')) : undefined
    const equals = setting?.indexOf('=') ?? -1
    return setting === undefined || equals < 1 ? [] : [[setting.slice(0, equals).replaceAll('-', '_'), setting.slice(equals + 1)] as const]
  })
}
