// Values as MySQL and MariaDB write them, to JSON of the same value: nothing is rounded, and what JSON has no word for is text.

/** Types of columns by the numbers of the protocol (MySQL, "Column Definition", `enum_field_types`). Its driver is loaded only where it connects. */
export const Types = {
  DECIMAL: 0, TINY: 1, SHORT: 2, LONG: 3, FLOAT: 4, DOUBLE: 5, TIMESTAMP: 7, LONGLONG: 8, INT24: 9, DATE: 10, TIME: 11, DATETIME: 12, YEAR: 13,
  NEWDATE: 14, BIT: 16, JSON: 245, NEWDECIMAL: 246, ENUM: 247, SET: 248, GEOMETRY: 255,
} as const

/** A column as its server describes it. `length` in bytes. */
export interface MysqlField { readonly name: string; readonly columnType: number; readonly columnLength: number; readonly decimals: number; readonly flags: number; readonly characterSet: number }

export interface MysqlColumn {
  readonly name: string
  readonly iceberg: string
  /** How the column is asked for, quoted; `FLOAT` as text has six digits only, as a double all of them. */
  readonly select: string
  /** Whether its values compare as numbers. */
  readonly isNumber: boolean
  /** Undefined where the value is none of its type. */
  readonly toJson: (bytes: Buffer) => string | undefined
}

export interface MysqlReading { readonly zeroDates: 'refuse' | 'null'; readonly isTinyBoolean: boolean }

const UNSIGNED = 32
/** The collation of what has no characters. */
const BINARY = 63
const quoted = (bytes: Buffer): string => JSON.stringify(bytes.toString('utf8'))
const hex = (bytes: Buffer): string => `"${bytes.toString('hex')}"`
/** `ZEROFILL` writes zeros in front. */
const whole = (bytes: Buffer): string => BigInt(bytes.toString('latin1')).toString()
const float = (bytes: Buffer): string => bytes.toString('latin1').replace(/^(-?)\./u, '$10.')
const bits = (bytes: Buffer): bigint => BigInt(`0x${bytes.length === 0 ? '0' : bytes.toString('hex')}`)

export function mysqlColumn(field: MysqlField, reading: MysqlReading): MysqlColumn {
  const name = mysqlIdentifier(field.name)
  const { iceberg, toJson, isNumber = false } = typeOf(field, reading)
  return { name: field.name, iceberg, toJson, isNumber, select: field.columnType === Types.FLOAT ? `${name} + 0e0 AS ${name}` : name }
}

interface MysqlType { readonly iceberg: string; readonly toJson: (bytes: Buffer) => string | undefined; readonly isNumber?: boolean }

function typeOf({ columnType, columnLength, decimals, flags, characterSet }: MysqlField, { zeroDates, isTinyBoolean }: MysqlReading): MysqlType {
  const isUnsigned = (flags & UNSIGNED) !== 0
  const dated = (iceberg: string, zone = ''): MysqlType => ({ iceberg, toJson: (bytes) => {
    const text = bytes.toString('latin1')
    // `0000-00-00`, and months and days that are zero.
    if (/^0000|^\d{4}-(?:00|\d\d-00)/u.test(text)) return zeroDates === 'null' ? 'null' : undefined
    return `"${text}${zone}"`
  } })
  switch (columnType) {
    case Types.TINY:
      if (isTinyBoolean && columnLength === 1) return { iceberg: 'boolean', isNumber: true, toJson: (bytes) => TRUTH[bytes.toString('latin1')] }
      return { iceberg: 'int', toJson: whole, isNumber: true }
    case Types.SHORT: case Types.INT24: case Types.YEAR: return { iceberg: 'int', toJson: whole, isNumber: true }
    case Types.LONG: return { iceberg: isUnsigned ? 'long' : 'int', toJson: whole, isNumber: true }
    case Types.LONGLONG: return isUnsigned ? { iceberg: 'decimal(20, 0)', toJson: quoted, isNumber: true } : { iceberg: 'long', toJson: whole, isNumber: true }
    case Types.FLOAT: return { iceberg: 'float', toJson: float, isNumber: true }
    case Types.DOUBLE: return { iceberg: 'double', toJson: float, isNumber: true }
    case Types.DECIMAL: case Types.NEWDECIMAL: {
      const precision = columnLength - (decimals > 0 ? 1 : 0) - (isUnsigned ? 0 : 1)
      // More digits than any Iceberg type has: its text is all that keeps it as it is.
      return { iceberg: precision >= 1 && precision <= 38 && decimals <= precision ? `decimal(${precision}, ${decimals})` : 'string', toJson: quoted, isNumber: true }
    }
    case Types.BIT:
      if (columnLength === 1) return { iceberg: 'boolean', isNumber: true, toJson: (bytes) => String(bits(bytes) === 1n) }
      return { iceberg: columnLength < 64 ? 'long' : 'decimal(20, 0)', isNumber: true, toJson: (bytes) => (columnLength < 64 ? String(bits(bytes)) : `"${bits(bytes)}"`) }
    case Types.DATE: case Types.NEWDATE: return dated('date')
    case Types.DATETIME: return dated('timestamp')
    // The session's time zone is UTC.
    case Types.TIMESTAMP: return dated('timestamptz', '+00:00')
    // A span of up to 839 hours, before and after: no time of day holds it.
    case Types.TIME: case Types.JSON: case Types.ENUM: case Types.SET: return { iceberg: 'string', toJson: quoted }
    case Types.GEOMETRY: return { iceberg: 'binary', toJson: hex }
    default: return characterSet === BINARY ? { iceberg: 'binary', toJson: hex } : { iceberg: 'string', toJson: quoted }
  }
}

const TRUTH: Readonly<Record<string, string>> = { 0: 'false', 1: 'true' }

export const mysqlIdentifier = (name: string): string => `\`${name.replaceAll('`', '``')}\``

/** As its bytes: whatever the server makes of backslashes, it is this text. A number is one, so that it compares as one. */
export function mysqlLiteral(text: string, { isNumber }: Pick<MysqlColumn, 'isNumber'>): string {
  if (isNumber && /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu.test(text)) return text
  return `CONVERT(x'${Buffer.from(text, 'utf8').toString('hex')}' USING utf8mb4)`
}
