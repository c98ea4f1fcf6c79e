// The settings of one session: an allowlist, each with the values that it takes. Nothing here reaches an engine
// except the timeout and the purpose.

import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import type { Reported } from './types.ts'
import { messages } from './messages.ts'

/** The PostgreSQL that we claim to be: what psql 15 and the drivers of its time send is answered as it would. */
export const SERVER_VERSION = '15.18'

interface Setting {
  readonly name: string
  readonly initial: string
  readonly description: string
  /** Reported to the client at the start and at every change. */
  readonly reported?: boolean
  /** The value as kept, or undefined where it is not one; absent: nobody may change it. */
  readonly accept?: (value: string) => string | undefined
  readonly wanted?: string
}

export interface Settings {
  /** Every setting with its value, for SHOW ALL. */
  all(): readonly { readonly name: string; readonly value: string; readonly description: string }[]
  show(name: string): Result<string>
  /** Sets a value, or the first one again where it is undefined. Answers what the client is to be told. */
  set(name: string, value: string | undefined): Result<readonly Reported[]>
  resetAll(): readonly Reported[]
  /** Keeps the values of now, for a transaction that may roll back. */
  save(): () => readonly Reported[]
  reported(): readonly Reported[]
}

const oneOf = (...values: readonly string[]) => (value: string): string | undefined => values.find((v) => v === value.toLowerCase())
const flag = (value: string): string | undefined =>
  ['on', 'true', 'yes', '1', 't'].includes(value.toLowerCase()) ? 'on' : ['off', 'false', 'no', '0', 'f'].includes(value.toLowerCase()) ? 'off' : undefined
const text = (limit: number) => (value: string): string | undefined => (value.length <= limit && !/[\0\r\n]/.test(value) ? value : undefined)
const whole = (low: number, high: number) => (value: string): string | undefined => (/^-?\d{1,10}$/.test(value) && Number(value) >= low && Number(value) <= high ? String(Number(value)) : undefined)

const UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }
const millisecondsOf = (value: string): number | undefined => {
  const parts = /^(\d{1,10})\s*(ms|s|min|h|d)?$/.exec(value.trim())
  if (parts === null) return undefined
  const milliseconds = Number(parts[1]) * (UNITS[parts[2] ?? ''] as number)
  return milliseconds <= 2_147_483_647 ? milliseconds : undefined
}
// Kept, as PostgreSQL shows it, in the largest unit that leaves no rest.
const duration = (value: string): string | undefined => {
  const milliseconds = millisecondsOf(value)
  if (milliseconds === undefined || milliseconds === 0) return milliseconds?.toString()
  const unit = ['d', 'h', 'min', 's'].find((name) => milliseconds % (UNITS[name] as number) === 0) ?? 'ms'
  return `${milliseconds / (UNITS[unit] as number)}${unit}`
}
const encoding = (value: string): string | undefined => (['utf8', 'unicode'].includes(value.toLowerCase().replaceAll(/[^a-z0-9]/gi, '')) ? 'UTF8' : undefined)
const utc = (value: string): string | undefined => (['utc', 'gmt', 'z', 'etc/utc', 'etc/gmt', 'uct', 'zulu', '0', '+00', '00:00', '+00:00', 'default', 'local'].includes(value.toLowerCase()) ? 'UTC' : undefined)
const dateStyle = (value: string): string | undefined => {
  const parts = value.toLowerCase().split(',').map((part) => part.trim())
  return parts.every((part) => ['iso', 'mdy', 'us', 'noneuro', 'noneuropean', 'ymd', 'dmy', 'default'].includes(part)) && !parts.includes('dmy') ? 'ISO, MDY' : undefined
}
const PURPOSE = 'tulle.purpose'
const ISOLATION = ['read committed', 'repeatable read', 'serializable', 'read uncommitted']

const SETTINGS: readonly Setting[] = [
  { name: 'application_name', initial: '', description: 'Name of the application, for the audit', reported: true, accept: text(256), wanted: 'a short text' },
  { name: 'bytea_output', initial: 'hex', description: 'Output format of bytea', accept: oneOf('hex'), wanted: 'hex' },
  { name: 'client_encoding', initial: 'UTF8', description: 'Character set of the client', reported: true, accept: encoding, wanted: 'UTF8' },
  { name: 'client_min_messages', initial: 'notice', description: 'Level of messages sent', accept: text(16), wanted: 'a level' },
  { name: 'DateStyle', initial: 'ISO, MDY', description: 'Format of dates', reported: true, accept: dateStyle, wanted: 'ISO' },
  { name: 'default_transaction_isolation', initial: 'read committed', description: 'Isolation of transactions', accept: oneOf(...ISOLATION), wanted: 'an isolation level' },
  { name: 'default_transaction_read_only', initial: 'on', description: 'This port only reads', reported: true, accept: flag, wanted: 'on or off' },
  { name: 'escape_string_warning', initial: 'on', description: 'Warn of backslash escapes', accept: flag, wanted: 'on or off' },
  { name: 'extra_float_digits', initial: '1', description: 'Digits of floating point numbers', accept: whole(-15, 3), wanted: 'a number from -15 to 3' },
  { name: 'idle_in_transaction_session_timeout', initial: '0', description: 'Limit of idle transactions', accept: duration, wanted: 'a duration' },
  { name: 'idle_session_timeout', initial: '0', description: 'Limit of idle sessions', accept: duration, wanted: 'a duration' },
  { name: 'in_hot_standby', initial: 'off', description: 'Whether this is a standby', reported: true },
  { name: 'integer_datetimes', initial: 'on', description: 'Timestamps are integers', reported: true },
  { name: 'IntervalStyle', initial: 'postgres', description: 'Format of intervals', reported: true, accept: oneOf('postgres'), wanted: 'postgres' },
  { name: 'is_superuser', initial: 'off', description: 'Nobody is one here', reported: true },
  { name: 'jit', initial: 'off', description: 'No effect', accept: flag, wanted: 'on or off' },
  { name: 'lc_messages', initial: 'C', description: 'Language of messages', accept: text(64), wanted: 'a locale' },
  { name: 'lc_monetary', initial: 'C', description: 'Format of money' },
  { name: 'lock_timeout', initial: '0', description: 'Nothing is locked', accept: duration, wanted: 'a duration' },
  { name: 'max_identifier_length', initial: '63', description: 'Longest identifier' },
  { name: 'max_index_keys', initial: '32', description: 'Columns of an index' },
  { name: 'row_security', initial: 'on', description: 'Rights are always enforced', accept: flag, wanted: 'on or off' },
  { name: 'search_path', initial: '"$user", public', description: 'Schemas searched by catalogue queries', accept: text(4096), wanted: 'a list of schemas' },
  { name: 'server_encoding', initial: 'UTF8', description: 'Character set of the server', reported: true },
  { name: 'server_version', initial: `${SERVER_VERSION} (Tulle)`, description: 'Version of PostgreSQL that is spoken', reported: true },
  { name: 'server_version_num', initial: SERVER_VERSION.split('.').map((n, i) => (i === 0 ? n : n.padStart(4, '0'))).join(''), description: 'Version as a number' },
  { name: 'session_authorization', initial: '', description: 'Who is signed in', reported: true },
  { name: 'standard_conforming_strings', initial: 'on', description: 'Backslashes are plain', reported: true, accept: oneOf('on'), wanted: 'on' },
  { name: 'statement_timeout', initial: '0', description: 'Limit of a statement, in milliseconds', accept: duration, wanted: 'a duration such as 5000, 5s or 2min' },
  { name: 'synchronize_seqscans', initial: 'on', description: 'No effect', accept: flag, wanted: 'on or off' },
  { name: 'TimeZone', initial: 'UTC', description: 'Time zone of timestamps', reported: true, accept: utc, wanted: 'UTC: timestamps are sent with their offset, so convert them in the client' },
  { name: 'transaction_deferrable', initial: 'off', description: 'No effect', accept: flag, wanted: 'on or off' },
  { name: 'transaction_isolation', initial: 'read committed', description: 'Isolation of this transaction', accept: oneOf(...ISOLATION), wanted: 'an isolation level' },
  { name: 'transaction_read_only', initial: 'on', description: 'This port only reads', accept: flag, wanted: 'on or off' },
  { name: 'xmloption', initial: 'content', description: 'No effect', accept: oneOf('content', 'document'), wanted: 'content or document' },
  { name: PURPOSE, initial: '', description: 'What the data is read for', wanted: 'a purpose that is open to you' },
]
const BY_NAME: ReadonlyMap<string, Setting> = new Map(SETTINGS.map((setting) => [setting.name.toLowerCase(), setting]))

/** A limit of time that the session set itself; 0 is none. */
export const timeoutOf = (settings: Settings, name: 'statement_timeout' | 'idle_session_timeout' | 'idle_in_transaction_session_timeout'): number => {
  const value = settings.show(name)
  return value.ok ? millisecondsOf(value.value) ?? 0 : 0
}

/** The purpose of a session, kept where it can be checked. `wish` is what was chosen, `now` what holds. */
interface PurposeSetting {
  now(): string | undefined
  wish(): string | undefined
  choose(wish: string | undefined): Result<unknown>
}

/** The settings of a session of `user`. */
export function createSettings(options: { readonly user: string; readonly purpose: PurposeSetting }): Settings {
  const { purpose } = options
  let values = new Map(SETTINGS.map((setting) => [setting.name, setting.initial]))
  values.set('session_authorization', options.user)
  const first = new Map(values)
  const firstWish = purpose.wish()

  const find = (name: string): Result<Setting> => {
    const setting = BY_NAME.get(name.toLowerCase())
    if (setting !== undefined) return ok(setting)
    return fail(messages['unknown-setting']({ name, suggestion: didYouMean(name, SETTINGS.map((s) => s.name)) }))
  }
  const report = (setting: Setting): readonly Reported[] => (setting.reported === true ? [{ name: setting.name, value: values.get(setting.name) ?? '' }] : [])
  const reportAll = (): readonly Reported[] => SETTINGS.flatMap(report)
  const valueOf = (setting: Setting): string => (setting.name === PURPOSE ? purpose.now() : values.get(setting.name)) ?? ''
  // One that is no longer open is none: then the next statement says what is.
  const restorePurpose = (wish: string | undefined): void => {
    if (!purpose.choose(wish).ok) purpose.choose(undefined)
  }

  return {
    all: () => SETTINGS.map((setting) => ({ name: setting.name, value: valueOf(setting), description: setting.description })).toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)),
    show(name) {
      const found = find(name)
      return found.ok ? ok(valueOf(found.value)) : found
    },
    set(name, value) {
      const found = find(name)
      if (!found.ok) return found
      const setting = found.value
      if (setting.name === PURPOSE) {
        const chosen = purpose.choose(value === undefined ? firstWish : value === '' ? undefined : value)
        return chosen.ok ? ok([]) : chosen
      }
      if (setting.accept === undefined) return value === undefined ? ok([]) : fail(messages['fixed-setting']({ name: setting.name }))
      const accepted = value === undefined ? first.get(setting.name) : setting.accept(value)
      if (accepted === undefined) return fail(messages['bad-setting']({ name: setting.name, value: (value ?? '').slice(0, 100), wanted: setting.wanted ?? 'another value' }))
      values.set(setting.name, accepted)
      return ok(report(setting))
    },
    resetAll() {
      // A pool hands the session to somebody else now: what it was read for before is not theirs.
      values = new Map(first)
      restorePurpose(firstWish)
      return reportAll()
    },
    save() {
      const before = new Map(values)
      const wish = purpose.wish()
      return () => {
        values = new Map(before)
        restorePurpose(wish)
        return reportAll()
      }
    },
    reported: reportAll,
  }
}
