// What a value is, as far as the engine and Flink have to agree on it. Pure.

export type Sort =
  | { readonly kind: 'int' | 'long' | 'float' | 'double' | 'string' | 'boolean' | 'date' | 'null' }
  /** Microseconds since 1970 in UTC, as they stand in the messages: Flink's formats have three digits of a second only. */
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** Nothing can be said of it. */
  | { readonly kind: 'other'; readonly type: string }

/** Why there is no statement of Flink: the clause, and what to do. */
export interface Refusal { readonly clause: string; readonly remedy: string }

/** Thrown within this folder, and turned into a value where the statement is entered. */
export class NotInFlink extends Error {
  readonly refusal: Refusal

  constructor(clause: string, remedy: string) {
    super(clause)
    this.refusal = { clause, remedy }
  }
}

const ELSEWHERE = 'work it out in a data set of its own that this one reads, and offer that by a Kafka port'

export function cannot(clause: string, remedy = ELSEWHERE): never {
  throw new NotInFlink(clause, remedy)
}

/** No numbers of Flink have more digits. */
export const MOST_DIGITS = 38
export const HUGE: Sort = { kind: 'decimal', precision: MOST_DIGITS, scale: 0 }

const PLAIN = new Set(['int', 'long', 'float', 'double', 'string', 'boolean', 'date', 'timestamp'])

/** Of a column's type in a contract. */
export function sortOf(type: string): Sort {
  const { precision, scale } = /^decimal\((?<precision>\d+), ?(?<scale>\d+)\)$/u.exec(type)?.groups ?? {}
  if (precision !== undefined) return { kind: 'decimal', precision: Number(precision), scale: Number(scale) }
  // To the engine, whose time zone is UTC, both are the same microseconds.
  if (type === 'timestamptz') return { kind: 'timestamp' }
  return PLAIN.has(type) ? ({ kind: type } as Sort) : { kind: 'other', type }
}

const TYPES = { int: 'INT', long: 'BIGINT', float: 'FLOAT', double: 'DOUBLE', string: 'STRING', boolean: 'BOOLEAN', date: 'DATE', timestamp: 'BIGINT' } as const

export function typeOf(sort: Sort): string {
  if (sort.kind === 'decimal') return `DECIMAL(${sort.precision}, ${sort.scale})`
  return sort.kind === 'other' || sort.kind === 'null' ? cannot(`a value of the type ${sort.kind === 'other' ? sort.type : 'of NULL'}`, 'cast it to a type that both have') : TYPES[sort.kind]
}

export const isWhole = ({ kind }: Sort): boolean => kind === 'int' || kind === 'long'
export const isExact = (sort: Sort): boolean => isWhole(sort) || sort.kind === 'decimal'
export const isFloating = ({ kind }: Sort): boolean => kind === 'float' || kind === 'double'
export const isSame = (a: Sort, b: Sort): boolean => a.kind === b.kind && (a.kind !== 'decimal' || b.kind !== 'decimal' || (a.precision === b.precision && a.scale === b.scale))

/** A whole number as a decimal that holds each of its kind. */
export const digitsOf = (sort: Sort): { readonly precision: number; readonly scale: number } =>
  sort.kind === 'decimal' ? sort : { precision: sort.kind === 'int' ? 10 : 19, scale: 0 }

/** What holds both, without losing anything of either. */
export function joined(a: Sort, b: Sort): Sort {
  if (a.kind === 'null' || isSame(a, b)) return b
  if (b.kind === 'null') return a
  if (isWhole(a) && isWhole(b)) return { kind: 'long' }
  if (!isExact(a) || !isExact(b)) return cannot(`${a.kind} beside ${b.kind}`, 'cast one to the type of the other')
  const [left, right] = [digitsOf(a), digitsOf(b)]
  const scale = Math.max(left.scale, right.scale)
  const precision = Math.max(left.precision - left.scale, right.precision - right.scale) + scale
  return precision > MOST_DIGITS ? decimal(precision, scale) : { kind: 'decimal', precision, scale }
}

/** One digit is left free, since Flink counts one more for products and sums. */
export const decimal = (precision: number, scale: number): Sort =>
  precision < MOST_DIGITS ? { kind: 'decimal', precision, scale } : cannot(`a decimal of ${precision} digits`, 'cast to decimals with fewer digits first')

/** Whether the engine and Flink give the same value, whichever it is. */
export function isSafeCast(from: Sort, to: Sort): boolean {
  if (from.kind === 'null' || isSame(from, to)) return true
  if (to.kind === 'double' || to.kind === 'long') return isWhole(from) && from.kind !== to.kind
  if (to.kind === 'string') return isWhole(from)
  if (to.kind !== 'decimal' || !isExact(from)) return false
  const digits = digitsOf(from)
  return to.scale >= digits.scale && to.precision - to.scale >= digits.precision - digits.scale
}

/** Besides those, what a contract takes as long as the value has room in its column. */
export const isStored = (from: Sort, to: Sort): boolean =>
  isSafeCast(from, to) || (from.kind === 'decimal' && (to.kind === 'decimal' ? to.scale >= from.scale : to.kind === 'long' && from.scale === 0))
