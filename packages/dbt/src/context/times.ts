// `modules.datetime` and `modules.pytz`: times as Python prints them. All are UTC unless a zone was asked for.

import { raise } from '../jinja/errors.ts'
import { Func, numberOf, print, PyObject, Space } from '../jinja/values.ts'
import type { Keywords, Value } from '../jinja/values.ts'

const pad = (value: number, width = 2): string => String(value).padStart(width, '0')
const DAY = 86_400_000
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

export class Span extends PyObject {
  readonly milliseconds: number
  constructor(milliseconds: number) {
    super()
    this.milliseconds = milliseconds
  }
  override member(name: string): Value {
    if (name === 'days') return Math.floor(this.milliseconds / DAY)
    if (name === 'seconds') return Math.floor((this.milliseconds - Math.floor(this.milliseconds / DAY) * DAY) / 1000)
    return name === 'total_seconds' ? new Func(name, () => this.milliseconds / 1000) : undefined
  }
  override operate(operator: string, other: Value, turned: boolean): Value {
    if (other instanceof Span) return operator === '+' ? new Span(this.milliseconds + other.milliseconds) : operator === '-' ? new Span(turned ? other.milliseconds - this.milliseconds : this.milliseconds - other.milliseconds) : undefined
    const factor = numberOf(other)
    return operator === '*' && factor !== undefined ? new Span(this.milliseconds * factor) : undefined
  }
  override order(other: Value): number | undefined {
    return other instanceof Span ? this.milliseconds - other.milliseconds : undefined
  }
  override print(): string {
    const rest = this.milliseconds - Math.floor(this.milliseconds / DAY) * DAY
    const days = Math.floor(this.milliseconds / DAY)
    return `${days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `}${Math.floor(rest / 3_600_000)}:${pad(Math.floor(rest / 60_000) % 60)}:${pad(Math.floor(rest / 1000) % 60)}`
  }
}

/** A date, or a date with a time. */
export class Time extends PyObject {
  readonly at: number
  readonly kind: 'date' | 'datetime'
  readonly zone: boolean
  constructor(at: number, kind: 'date' | 'datetime' = 'datetime', zone = false) {
    super()
    this.at = at
    this.kind = kind
    this.zone = zone
  }
  override member(name: string): Value {
    const date = new Date(this.at)
    switch (name) {
      case 'year': return date.getUTCFullYear()
      case 'month': return date.getUTCMonth() + 1
      case 'day': return date.getUTCDate()
      case 'hour': return date.getUTCHours()
      case 'minute': return date.getUTCMinutes()
      case 'second': return date.getUTCSeconds()
      case 'microsecond': return date.getUTCMilliseconds() * 1000
      case 'tzinfo': return this.zone ? 'UTC' : null
      case 'strftime': return new Func(name, ([format]) => this.format(print(format)))
      case 'isoformat': return new Func(name, () => this.iso('T'))
      case 'date': return new Func(name, () => new Time(Math.floor(this.at / DAY) * DAY, 'date'))
      case 'time': return new Func(name, () => this.format('%H:%M:%S'))
      case 'weekday': return new Func(name, () => (date.getUTCDay() + 6) % 7)
      case 'isoweekday': return new Func(name, () => ((date.getUTCDay() + 6) % 7) + 1)
      case 'timestamp': return new Func(name, () => this.at / 1000)
      case 'astimezone': return new Func(name, () => new Time(this.at, this.kind, true))
      case 'replace': return new Func(name, (_args, keywords) => this.#replaced(keywords))
      default: return undefined
    }
  }
  #replaced(keywords: Keywords): Time {
    const date = new Date(this.at)
    const part = (name: string, now: number): number => numberOf(keywords.get(name)) ?? now
    return new Time(Date.UTC(part('year', date.getUTCFullYear()), part('month', date.getUTCMonth() + 1) - 1, part('day', date.getUTCDate()), part('hour', date.getUTCHours()), part('minute', date.getUTCMinutes()), part('second', date.getUTCSeconds()), part('microsecond', date.getUTCMilliseconds() * 1000) / 1000), this.kind, keywords.has('tzinfo') ? keywords.get('tzinfo') !== null : this.zone)
  }
  iso(between: string): string {
    const text = this.format('%Y-%m-%d')
    if (this.kind === 'date') return text
    const fraction = new Date(this.at).getUTCMilliseconds()
    return `${text}${between}${this.format('%H:%M:%S')}${fraction === 0 ? '' : `.${pad(fraction, 3)}000`}${this.zone ? '+00:00' : ''}`
  }
  format(format: string): string {
    const date = new Date(this.at)
    const parts: Readonly<Record<string, () => string>> = {
      Y: () => pad(date.getUTCFullYear(), 4), y: () => pad(date.getUTCFullYear() % 100), m: () => pad(date.getUTCMonth() + 1), d: () => pad(date.getUTCDate()),
      H: () => pad(date.getUTCHours()), I: () => pad(date.getUTCHours() % 12 === 0 ? 12 : date.getUTCHours() % 12), M: () => pad(date.getUTCMinutes()), S: () => pad(date.getUTCSeconds()),
      f: () => pad(date.getUTCMilliseconds() * 1000, 6), p: () => (date.getUTCHours() < 12 ? 'AM' : 'PM'), j: () => pad(Math.floor((this.at - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1, 3),
      B: () => MONTHS[date.getUTCMonth()] ?? '', b: () => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3), A: () => DAYS[date.getUTCDay()] ?? '', a: () => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
      s: () => String(Math.floor(this.at / 1000)), z: () => (this.zone ? '+0000' : ''), Z: () => (this.zone ? 'UTC' : ''), w: () => String(date.getUTCDay()), '%': () => '%',
    }
    return format.replace(/%(.)/gu, (whole, code: string) => (Object.hasOwn(parts, code) ? (parts[code]?.() ?? whole) : whole))
  }
  override operate(operator: string, other: Value, turned: boolean): Value {
    if (other instanceof Span && (operator === '+' || (operator === '-' && !turned))) return new Time(this.at + (operator === '+' ? other.milliseconds : -other.milliseconds), this.kind, this.zone)
    return operator === '-' && other instanceof Time ? new Span(turned ? other.at - this.at : this.at - other.at) : undefined
  }
  override order(other: Value): number | undefined {
    return other instanceof Time ? this.at - other.at : undefined
  }
  override equals(other: Value): boolean {
    return other instanceof Time && other.at === this.at
  }
  override print(): string {
    return this.iso(' ')
  }
}

const UNITS: Readonly<Record<string, number>> = { days: DAY, seconds: 1000, microseconds: 0.001, milliseconds: 1, minutes: 60_000, hours: 3_600_000, weeks: 7 * DAY }

function parse(text: string, format: string): Time {
  const names: string[] = []
  const pattern = format.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&').replace(/%([YmdHMSfyjz])/gu, (_all, code: string) => {
    names.push(code)
    return code === 'z' ? '([+-]\\d{2}:?\\d{2}|Z)' : code === 'Y' ? '(\\d{4})' : code === 'f' ? '(\\d{1,6})' : '(\\d{1,3})'
  })
  const found = new RegExp(`^${pattern}$`, 'u').exec(text)
  if (found === null) return raise(`the time "${text}" is not written as "${format}"`)
  const part = (code: string, fallback: number): number => (names.includes(code) ? Number(found[names.indexOf(code) + 1]) : fallback)
  const year = names.includes('y') ? part('y', 0) + 2000 : part('Y', 1900)
  return new Time(Date.UTC(year, part('m', 1) - 1, part('d', 1), part('H', 0), part('M', 0), part('S', 0)), 'datetime', names.includes('z'))
}

/** `modules.datetime`, with the run's start as its only "now". */
export function datetimeModule(now: Date): Space {
  const made = (kind: 'date' | 'datetime') => (args: readonly Value[], keywords: Keywords): Value => {
    const names = ['year', 'month', 'day', 'hour', 'minute', 'second']
    const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = names.map((name, i) => numberOf(args[i] ?? keywords.get(name)))
    return new Time(Date.UTC(year, month - 1, day, hour, minute, second), kind)
  }
  const current = (zone: boolean) => (): Value => new Time(now.getTime(), 'datetime', zone)
  const read = new Func('fromisoformat', ([text]) => ((at) => (Number.isNaN(at) ? raise(`"${print(text)}" is no time`) : new Time(at)))(Date.parse(print(text).includes('T') || print(text).includes(' ') ? `${print(text).replace(' ', 'T').replace(/Z?$/u, 'Z')}` : print(text))))
  return new Space('datetime', {
    datetime: new Func('datetime', made('datetime'), {
      now: new Func('now', (args, keywords) => current(args.length > 0 || keywords.size > 0)()), utcnow: new Func('utcnow', current(false)), today: new Func('today', current(false)),
      strptime: new Func('strptime', ([text, format]) => parse(print(text), print(format))), fromisoformat: read,
      fromtimestamp: new Func('fromtimestamp', ([seconds]) => new Time((numberOf(seconds) ?? 0) * 1000)),
      combine: new Func('combine', ([date]) => (date instanceof Time ? new Time(date.at) : raise('a date is needed'))),
    }),
    date: new Func('date', made('date'), { today: new Func('today', () => new Time(Math.floor(now.getTime() / DAY) * DAY, 'date')), fromisoformat: read }),
    timedelta: new Func('timedelta', (args, keywords) => new Span(Object.entries(UNITS).reduce((sum, [unit, size], i) => sum + (numberOf(args[i] ?? keywords.get(unit)) ?? 0) * size, 0))),
    timezone: new Space('timezone', { utc: 'UTC' }),
    time: new Space('time', { min: null, max: null }),
  })
}

export const PYTZ = new Space('pytz', { utc: 'UTC', UTC: 'UTC', timezone: new Func('timezone', ([name]) => (['UTC', 'Etc/UTC', 'GMT'].includes(print(name)) ? 'UTC' : raise(`the time zone ${print(name)} is not at hand, only UTC`))) })
