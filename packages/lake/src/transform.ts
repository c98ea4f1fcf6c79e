// The transforms by which a column's value becomes the value that its file is filed under. Pure.

import type { Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import type { Value } from './types.ts'
import { bytesOfValue, decimalOf, fixedLengthOf } from './value-bytes.ts'
import { messages } from './messages.ts'
import { murmur3 } from './murmur3.ts'

export type Transform =
  | { readonly kind: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'void' }
  | { readonly kind: 'bucket'; readonly count: number }
  | { readonly kind: 'truncate'; readonly width: number }

const PLAIN = ['identity', 'year', 'month', 'day', 'hour', 'void'] as const
/** Counts and widths are positive 32-bit integers. */
const MAX_PARAMETER = 2 ** 31 - 1

/**
 * Reads a transform as metadata and people spell it; `unknown-transform` otherwise. The format may gain transforms: readers
 * of metadata then keep the text and leave out no file because of it.
 */
export function parseTransform(text: string): Result<Transform> {
  const lower = text.trim().toLowerCase()
  const plain = PLAIN.find((kind) => kind === lower)
  if (plain !== undefined) return ok({ kind: plain })
  const found = /^(bucket|truncate)\[(\d{1,10})\]$/u.exec(lower)
  const parameter = Number(found?.[2])
  if (found === null || parameter < 1 || parameter > MAX_PARAMETER) return fail(messages['unknown-transform']({ transform: text.slice(0, 100), known: PLAIN }))
  return ok(found[1] === 'bucket' ? { kind: 'bucket', count: parameter } : { kind: 'truncate', width: parameter })
}

/** The specification's own spelling. */
export function printTransform(transform: Transform): string {
  switch (transform.kind) {
    case 'bucket':
      return `bucket[${transform.count}]`
    case 'truncate':
      return `truncate[${transform.width}]`
    default:
      return transform.kind
  }
}

const TIMES: ReadonlySet<string> = new Set(['timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'])

/** True where the specification allows the transform on values of the type. */
export function mayTransform({ kind }: Transform, sourceType: string): boolean {
  switch (kind) {
    case 'identity':
      return !['variant', 'geometry', 'geography', 'unknown'].some((type) => sourceType.startsWith(type))
    case 'void':
      return true
    case 'bucket':
      return HASHED.has(sourceType) || TIMES.has(sourceType) || decimalOf(sourceType) !== undefined || fixedLengthOf(sourceType) !== undefined
    case 'truncate':
      return ['int', 'long', 'string', 'binary'].includes(sourceType) || decimalOf(sourceType) !== undefined
    case 'hour':
      return TIMES.has(sourceType)
    default:
      return sourceType === 'date' || TIMES.has(sourceType)
  }
}
const HASHED: ReadonlySet<string> = new Set(['int', 'long', 'date', 'time', 'string', 'binary'])

/** The type of a transform's results. */
export function transformedType({ kind }: Transform, sourceType: string): string {
  switch (kind) {
    case 'bucket':
    case 'year':
    case 'month':
    case 'hour':
      return 'int'
    case 'day':
      // The specification says int; all writers keep it as a date, which is the same number.
      return 'date'
    default:
      return sourceType
  }
}

/** Transforms a value of the source type. Null stays null. INVARIANT: the same for every writer, or files are not found again. */
export function transformValue(transform: Transform, sourceType: string, value: Value | null): Value | null {
  if (value === null || transform.kind === 'void') return null
  if (!mayTransform(transform, sourceType)) throw new Bug(`${printTransform(transform)} was to be made of ${sourceType}.`)
  switch (transform.kind) {
    case 'identity':
      return value
    case 'bucket':
      // The specification clears the sign bit; a modulo of the unsigned hash, or of its absolute value, gives other buckets.
      return (murmur3(hashedBytes(sourceType, value)) & 0x7fff_ffff) % transform.count
    case 'truncate':
      return truncated(transform.width, sourceType, value)
    case 'hour':
      return Number(floorDiv(value as bigint, 3600n * perSecond(sourceType)))
    case 'day':
      return daysOf(sourceType, value)
    case 'month':
      return monthsOf(daysOf(sourceType, value))
    case 'year':
      return Math.floor(monthsOf(daysOf(sourceType, value)) / 12)
  }
}

/** Int and date are hashed as long, and nanoseconds as microseconds, so that a widened column keeps its buckets. */
function hashedBytes(sourceType: string, value: Value): Uint8Array {
  if (typeof value === 'number') return bytesOfValue('long', BigInt(value))
  return sourceType.endsWith('_ns') ? bytesOfValue('long', floorDiv(value as bigint, 1000n)) : bytesOfValue(sourceType, value)
}

function truncated(width: number, sourceType: string, value: Value): Value {
  if (typeof value === 'string') return Array.from(value.slice(0, 2 * width)).slice(0, width).join('')
  if (value instanceof Uint8Array) return value.slice(0, width)
  const step = BigInt(width)
  const down = floorDiv(BigInt(value), step) * step
  // Below the least integer the first writer wrapped around, and so must all others.
  return sourceType === 'int' ? Number(BigInt.asIntN(32, down)) : sourceType === 'long' ? BigInt.asIntN(64, down) : down
}

const perSecond = (sourceType: string): bigint => (sourceType.endsWith('_ns') ? 1_000_000_000n : 1_000_000n)

const daysOf = (sourceType: string, value: Value): number =>
  typeof value === 'number' ? value : Number(floorDiv(value as bigint, 86_400n * perSecond(sourceType)))

/** Months since 1970-01 of days since 1970-01-01; years are counted from March, so that leap days come last. */
function monthsOf(days: number): number {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  return (era * 400 + yearOfEra - 1970) * 12 + Math.floor((5 * dayOfYear + 2) / 153) + 2
}

/** Rounds down, also below zero: 1969 is before 1970, not in it. */
const floorDiv = (value: bigint, by: bigint): bigint => (value >= 0n ? value / by : -((by - 1n - value) / by))
