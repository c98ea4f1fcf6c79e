// A value as PostgreSQL prints it, except that structs, maps and lists of them are JSON.

import { jsonOf } from './json-of.ts'
import { bytesAt, integerAt, isNull, rangeAt } from './vector.ts'
import type { OpenVector } from './vector.ts'
import { bitText, dateText, decimalText, enumText, floatText, doubleText, intervalText, timeText, timestampText, timetzText, uuidText } from './spelling.ts'
import { isScalar } from './is-scalar.ts'

/** The text of a value that is not null. */
export function textOf(vector: OpenVector, row: number): string {
  const { type, data } = vector
  switch (type.kind) {
    case 'null':
      return ''
    case 'boolean':
      return data.getUint8(row) === 0 ? 'f' : 't'
    case 'tinyint': case 'smallint': case 'integer': case 'bigint': case 'utinyint': case 'usmallint': case 'uinteger': case 'ubigint': case 'hugeint': case 'uhugeint':
      return integerAt(vector, row).toString()
    case 'float':
      return floatText(data.getFloat32(row * 4, true))
    case 'double':
      return doubleText(data.getFloat64(row * 8, true))
    case 'decimal':
      return decimalText(integerAt(vector, row), type.scale)
    case 'date':
      return dateText(data.getInt32(row * 4, true))
    case 'time':
      return timeText(data.getBigInt64(row * 8, true), 6)
    case 'time_ns':
      return timeText(data.getBigInt64(row * 8, true), 9)
    case 'timetz':
      return timetzText(data.getBigUint64(row * 8, true))
    case 'timestamp': case 'timestamptz': case 'timestamp_s': case 'timestamp_ms': case 'timestamp_ns':
      return timestampText(data.getBigInt64(row * 8, true), type.kind)
    case 'interval':
      return intervalText(data.getInt32(row * 16, true), data.getInt32(row * 16 + 4, true), data.getBigInt64(row * 16 + 8, true))
    case 'text': case 'json':
      return Buffer.from(bytesAt(vector, row)).toString('utf8')
    case 'blob':
      return `\\x${Buffer.from(bytesAt(vector, row)).toString('hex')}`
    case 'bit':
      return bitText(bytesAt(vector, row))
    case 'uuid':
      return uuidText(data.getBigUint64(row * 16 + 8, true), data.getBigUint64(row * 16, true))
    case 'enum':
      return enumText(vector, type.labels, row)
    case 'list':
      return isScalar(type.element) ? arrayText(vector, rangeAt(vector, row)) : jsonOf(vector, row)
    case 'array':
      return isScalar(type.element) ? arrayText(vector, { from: row * type.size, to: (row + 1) * type.size }) : jsonOf(vector, row)
    default:
      return jsonOf(vector, row)
  }
}

function arrayText({ children }: OpenVector, { from, to }: { from: number; to: number }): string {
  const child = children[0] as OpenVector
  const items: string[] = []
  for (let row = from; row < to; row += 1) items.push(isNull(child, row) ? 'NULL' : quotedItem(textOf(child, row)))
  return `{${items.join(',')}}`
}

// PostgreSQL quotes an item that is empty, that reads as NULL, or that holds a character of the array's own syntax.
const quotedItem = (text: string): string => (text === '' || /[\s{}",\\]|^null$/iu.test(text) ? `"${text.replaceAll(/["\\]/gu, '\\$&')}"` : text)
