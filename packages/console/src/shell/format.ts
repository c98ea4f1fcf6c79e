// Numbers, times and lengths as a person reads them.

const NUMBER = new Intl.NumberFormat('en')
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]]

export const count = (value: number | undefined): string => (value === undefined ? '–' : NUMBER.format(value))

/** `1 data set`, `3 data sets`. */
export const plural = (value: number, noun: string): string => `${NUMBER.format(value)} ${noun}${value === 1 ? '' : 's'}`

/** `1 query`, `3 queries`. */
export const queriesOf = (value: number): string => `${NUMBER.format(value)} ${value === 1 ? 'query' : 'queries'}`

/** `3 minutes ago`, from an ISO 8601 instant. */
export function ago(instant: string | undefined, now = Date.now()): string {
  if (instant === undefined) return 'never'
  const seconds = Math.round((Date.parse(instant) - now) / 1000)
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const)
  return RELATIVE.format(Math.round(seconds / size), unit)
}

/** The time between two instants: `840 ms`, `3.2 s`, `2 min 5 s`. */
export function duration(from: string | undefined, to: string | undefined, now = Date.now()): string {
  if (from === undefined) return '–'
  const milliseconds = (to === undefined ? now : Date.parse(to)) - Date.parse(from)
  if (milliseconds < 1_000) return `${Math.max(0, milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1_000)} s`
}

/** A value in its unit: `840 ms`, `99.5 %`, `1,200 rows`, an age as `3 hours`. */
export const amount = (value: number, unit: 'milliseconds' | 'percent' | 'rows'): string =>
  unit === 'rows' ? plural(value, 'row') : unit === 'percent' ? `${NUMBER.format(Math.round(value * 10) / 10)} %` : value < 1_000 ? `${NUMBER.format(Math.round(value))} ms` : span(value / 1_000)

/** A length of time in its largest whole unit: `20 days`, `90 minutes`. */
export function span(seconds: number): string {
  const [unit, size] = UNITS.find(([, length]) => seconds >= 2 * length || seconds === length) ?? (['second', 1] as const)
  return plural(Math.round(seconds / size), unit)
}

/** `840 B`, `3.2 MB`. */
export const bytes = (value: number): string => {
  const [unit, size] = ([['GB', 1e9], ['MB', 1e6], ['kB', 1e3]] as const).find(([, least]) => value >= least) ?? (['B', 1] as const)
  return `${count(Math.round((value / size) * 10) / 10)} ${unit}`
}
