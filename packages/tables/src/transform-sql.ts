// A partition transform as SQL over a column. INVARIANT: it gives what the lake's `transformValue` gives, for every value
// of the type, or files are not found again; a property test holds the two together. Results are numbers, or texts that
// begin with x and go on in hexadecimal, so that no value of a row means anything to a path.

import { unreachable } from '@tulle/kernel'
import type { Transform, Value } from '@tulle/lake'
import { murmurOfBytes, murmurOfLong } from './murmur-sql.ts'

/** `column` is SQL; the transform must be one that the type allows. */
export function transformSql(transform: Transform, type: string, column: string): string {
  switch (transform.kind) {
    case 'void':
      return 'CAST(NULL AS INTEGER)'
    case 'identity':
      return isText(type) ? `('x' || ${hexOf(type, column)})` : numberOf(type, column)
    case 'bucket':
      return `((${hashOf(type, column)} & 2147483647) % ${transform.count})::INTEGER`
    case 'truncate':
      return truncated(transform.width, type, column)
    case 'hour':
      return floored(numberOf(type, column), 3600n * perSecond(type))
    case 'day':
      return dayOf(type, column)
    case 'month':
      return `((year(${dateOf(type, column)}) - 1970) * 12 + month(${dateOf(type, column)}) - 1)`
    case 'year':
      return `(year(${dateOf(type, column)}) - 1970)`
    default:
      return unreachable(transform)
  }
}

/** What the engine printed for a transform's result, as a value of the result's type. */
export function readTransformed(type: string, text: string | null): Value | null {
  if (text === null) return null
  if (isText(type)) {
    const bytes = Buffer.from(text.slice(1), 'hex')
    return type === 'string' ? bytes.toString('utf8') : bytes
  }
  switch (type) {
    case 'boolean':
      return text === '1'
    case 'int': case 'date':
      return Number(text)
    case 'float': case 'double':
      return /^-?inf/u.test(text) ? Number(text.replace('inf', 'Infinity')) : Number(text)
    default:
      return BigInt(text)
  }
}

const isText = (type: string): boolean => type === 'string' || type === 'binary' || type === 'uuid' || type.startsWith('fixed')

const hexOf = (type: string, column: string): string =>
  type === 'string' ? `hex(encode(${column}))` : type === 'uuid' ? `replace(CAST(${column} AS VARCHAR), '-', '')` : `hex(${column})`

const perSecond = (type: string): bigint => (type.endsWith('_ns') ? 1_000_000_000n : 1_000_000n)

/** The number by which the format knows a value: days, microseconds, the unscaled decimal. */
function numberOf(type: string, column: string): string {
  switch (type) {
    case 'boolean':
      return `CAST(${column} AS INTEGER)`
    case 'int': case 'long': case 'float': case 'double':
      return column
    case 'date':
      return `(${column} - DATE '1970-01-01')`
    case 'time': case 'timestamp': case 'timestamptz':
      return `epoch_us(${column})`
    case 'timestamp_ns': case 'timestamptz_ns':
      return `epoch_ns(${column})`
    default:
      return `CAST(replace(CAST(${column} AS VARCHAR), '.', '') AS HUGEINT)`
  }
}

// The engine's own division rounds towards zero, but 1969 is before 1970, not in it.
const floored = (number: string, by: bigint): string => `((${number} - ((${number} % ${by}) + ${by}) % ${by}) // ${by})`

const dayOf = (type: string, column: string): string => (type === 'date' ? numberOf(type, column) : floored(numberOf(type, column), 86_400n * perSecond(type)))
const dateOf = (type: string, column: string): string => (type === 'date' ? column : `(DATE '1970-01-01' + CAST(${dayOf(type, column)} AS INTEGER))`)

const BITS: Readonly<Record<string, number>> = { int: 32, long: 64 }

function truncated(width: number, type: string, column: string): string {
  if (type === 'string') return `('x' || hex(encode(left(${column}, ${width}))))`
  if (type === 'binary') return `('x' || left(hex(${column}), ${2 * width}))`
  const number = `CAST(${numberOf(type, column)} AS HUGEINT)`
  const down = `(${number} - ((${number} % ${width}) + ${width}) % ${width})`
  const bits = BITS[type]
  // Below the least integer the first writer wrapped around, and so must all others.
  return bits === undefined ? down : `(CASE WHEN ${down} < -${2n ** BigInt(bits - 1)} THEN ${down} + ${2n ** BigInt(bits)} ELSE ${down} END)`
}

function hashOf(type: string, column: string): string {
  switch (type) {
    case 'string':
      return murmurOfBytes(`encode(${column})`)
    case 'uuid':
      return murmurOfBytes(`unhex(${hexOf(type, column)})`)
    case 'int': case 'long': case 'date': case 'time': case 'timestamp': case 'timestamptz':
      return murmurOfLong(`CAST(${numberOf(type, column)} AS BIGINT)`)
    case 'timestamp_ns': case 'timestamptz_ns':
      // So that a column keeps its buckets when it is widened.
      return murmurOfLong(floored(numberOf(type, column), 1000n))
    default:
      return isText(type) ? murmurOfBytes(column) : murmurOfBytes(unscaledBytes(numberOf(type, column)))
  }
}

// As few bytes as hold the number, big-endian.
const unscaledBytes = (number: string): string =>
  `list_transform([${number}], n -> array_slice(CAST(CAST(n AS BIT) AS BLOB), coalesce(list_filter([${LENGTHS.join(', ')}], l -> n >= l.least AND n <= l.most)[1].start, 1), 16))[1]`
const LENGTHS = Array.from({ length: 15 }, (_, i) => `{start: ${16 - i}, least: CAST('-${2n ** BigInt(8 * i + 7)}' AS HUGEINT), most: CAST('${2n ** BigInt(8 * i + 7) - 1n}' AS HUGEINT)}`)
