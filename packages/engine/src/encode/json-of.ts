// A value as JSON text. Numbers keep every digit; what JSON has no word for (NaN, infinities) is a text.

import { bytesAt, integerAt, isNull, rangeAt } from './vector.ts'
import type { OpenVector } from './vector.ts'
import { bitText, dateText, decimalText, doubleText, enumText, floatText, intervalText, isoTimestampText, timeText, timetzText, uuidText } from './spelling.ts'

/** The JSON of a value, `null` included. */
export function jsonOf(vector: OpenVector, row: number): string {
  if (isNull(vector, row)) return 'null'
  const { type, data, children } = vector
  switch (type.kind) {
    case 'null':
      return 'null'
    case 'boolean':
      return data.getUint8(row) === 0 ? 'false' : 'true'
    case 'tinyint': case 'smallint': case 'integer': case 'bigint': case 'utinyint': case 'usmallint': case 'uinteger': case 'ubigint': case 'hugeint': case 'uhugeint':
      return integerAt(vector, row).toString()
    case 'float':
      return finite(data.getFloat32(row * 4, true), floatText)
    case 'double':
      return finite(data.getFloat64(row * 8, true), doubleText)
    case 'decimal':
      return decimalText(integerAt(vector, row), type.scale)
    case 'date':
      return quoted(dateText(data.getInt32(row * 4, true)))
    case 'time':
      return quoted(timeText(data.getBigInt64(row * 8, true), 6))
    case 'time_ns':
      return quoted(timeText(data.getBigInt64(row * 8, true), 9))
    case 'timetz':
      return quoted(timetzText(data.getBigUint64(row * 8, true)))
    case 'timestamp': case 'timestamptz': case 'timestamp_s': case 'timestamp_ms': case 'timestamp_ns':
      return quoted(isoTimestampText(data.getBigInt64(row * 8, true), type.kind))
    case 'interval':
      return quoted(intervalText(data.getInt32(row * 16, true), data.getInt32(row * 16 + 4, true), data.getBigInt64(row * 16 + 8, true)))
    case 'text':
      return quoted(Buffer.from(bytesAt(vector, row)).toString('utf8'))
    case 'json':
      return Buffer.from(bytesAt(vector, row)).toString('utf8')
    case 'blob':
      return quoted(Buffer.from(bytesAt(vector, row)).toString('base64'))
    case 'bit':
      return quoted(bitText(bytesAt(vector, row)))
    case 'uuid':
      return quoted(uuidText(data.getBigUint64(row * 16 + 8, true), data.getBigUint64(row * 16, true)))
    case 'enum':
      return quoted(enumText(vector, type.labels, row))
    case 'list': {
      const { from, to } = rangeAt(vector, row)
      return listJson(children[0] as OpenVector, from, to)
    }
    case 'array':
      return listJson(children[0] as OpenVector, row * type.size, (row + 1) * type.size)
    case 'struct':
      return `{${type.fields.map(({ name }, i) => `${quoted(name)}:${jsonOf(children[i] as OpenVector, row)}`).join(',')}}`
    case 'map':
      return mapJson(vector, row)
    case 'union': {
      const tag = (children[0] as OpenVector).data.getUint8(row)
      return `{${quoted(type.members[tag]?.name ?? '')}:${jsonOf(children[tag + 1] as OpenVector, row)}}`
    }
    case 'other':
      return 'null'
  }
}

const quoted = (text: string): string => JSON.stringify(text)

const finite = (value: number, spell: (value: number) => string): string => (Number.isFinite(value) ? spell(value) : quoted(spell(value)))

function listJson(child: OpenVector, from: number, to: number): string {
  const items: string[] = []
  for (let row = from; row < to; row += 1) items.push(jsonOf(child, row))
  return `[${items.join(',')}]`
}

function mapJson(vector: OpenVector, row: number): string {
  const entries = vector.children[0] as OpenVector
  const [keys, values] = entries.children as readonly [OpenVector, OpenVector]
  const { from, to } = rangeAt(vector, row)
  const members: string[] = []
  for (let at = from; at < to; at += 1) {
    const key = jsonOf(keys, at)
    members.push(`${key.startsWith('"') ? key : quoted(key)}:${jsonOf(values, at)}`)
  }
  return `{${members.join(',')}}`
}
