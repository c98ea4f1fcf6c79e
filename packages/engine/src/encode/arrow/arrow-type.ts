// Which type of Arrow a column of the engine leaves as, and its place in the tables of Arrow's Schema.fbs (format 1.5).

import type { Builder } from 'flatbuffers'
import { isScalar } from '../is-scalar.ts'
import type { ColumnType, NamedType } from '../types.ts'

/** `id` is the type's number in the union `Type`; `put` writes its own table and answers where. */
export interface ArrowType { readonly id: number; put(builder: Builder): number }

export interface ArrowField { readonly name: string; readonly type: ArrowType; readonly nullable: boolean; readonly children: readonly ArrowField[] }

const DECIMAL_DIGITS = 38

const SECOND = 0
const MILLISECOND = 1
const MICROSECOND = 2
const NANOSECOND = 3

/** Columns leave as what pandas, polars, DuckDB and R read without a word; what Arrow has no such type for leaves as its text. */
export function arrowField({ name, type }: NamedType, nullable = true): ArrowField {
  return { name, type: arrowTypeOf(type), nullable, children: childrenOf(type) }
}

/** Whether a column leaves as the text that PostgreSQL prints, or a union as JSON. */
export function isSpelled({ kind }: ColumnType): boolean {
  return kind === 'timetz' || kind === 'uuid' || kind === 'bit' || kind === 'enum' || kind === 'union'
}

function arrowTypeOf(type: ColumnType): ArrowType {
  switch (type.kind) {
    case 'null':
      return plain(1)
    case 'boolean':
      return plain(6)
    case 'tinyint':
      return int(8, true)
    case 'smallint':
      return int(16, true)
    case 'integer':
      return int(32, true)
    case 'bigint':
      return int(64, true)
    case 'utinyint':
      return int(8, false)
    case 'usmallint':
      return int(16, false)
    case 'uinteger':
      return int(32, false)
    case 'ubigint':
      return int(64, false)
    case 'float':
      return numbers(3, [['int16', 1, 0]])
    case 'double':
      return numbers(3, [['int16', 2, 0]])
    case 'hugeint': case 'uhugeint':
      return decimal(DECIMAL_DIGITS, 0)
    case 'decimal':
      return decimal(type.width, type.scale)
    case 'date':
      return numbers(8, [['int16', 0, MILLISECOND]])
    case 'time':
      return numbers(9, [['int16', MICROSECOND, MILLISECOND], ['int32', 64, 32]])
    case 'time_ns':
      return numbers(9, [['int16', NANOSECOND, MILLISECOND], ['int32', 64, 32]])
    case 'timestamp_s':
      return timestamp(SECOND)
    case 'timestamp_ms':
      return timestamp(MILLISECOND)
    case 'timestamp':
      return timestamp(MICROSECOND)
    case 'timestamp_ns':
      return timestamp(NANOSECOND)
    case 'timestamptz':
      return timestamp(MICROSECOND, 'UTC')
    case 'interval':
      return numbers(11, [['int16', 2, 0]])
    case 'blob':
      return plain(4)
    case 'list':
      return plain(12)
    case 'struct':
      return plain(13)
    case 'array':
      return numbers(16, [['int32', type.size, 0]])
    case 'map':
      return numbers(17, [['int8', 0, 0]])
    default:
      return plain(5)
  }
}

function childrenOf(type: ColumnType): readonly ArrowField[] {
  if (isScalar(type)) return []
  switch (type.kind) {
    case 'list': case 'array':
      return [arrowField({ name: 'item', type: type.element })]
    case 'struct':
      return type.fields.map((field) => arrowField(field))
    case 'map': {
      const entries: ArrowField = { name: 'entries', type: plain(13), nullable: false, children: [arrowField({ name: 'key', type: type.key }, false), arrowField({ name: 'value', type: type.value })] }
      return [entries]
    }
    default:
      return []
  }
}

type Member = readonly [size: 'int8' | 'int16' | 'int32', value: number, usual: number]

/** A table of numbers, in the order of its members. */
function numbers(id: number, members: readonly Member[]): ArrowType {
  return {
    id,
    put(builder) {
      builder.startObject(members.length)
      for (const [i, [size, value, usual]] of members.entries()) {
        if (size === 'int8') builder.addFieldInt8(i, value, usual)
        else if (size === 'int16') builder.addFieldInt16(i, value, usual)
        else builder.addFieldInt32(i, value, usual)
      }
      return builder.endObject()
    },
  }
}

const plain = (id: number): ArrowType => numbers(id, [])
const int = (bits: number, isSigned: boolean): ArrowType => numbers(2, [['int32', bits, 0], ['int8', isSigned ? 1 : 0, 0]])
const decimal = (digits: number, scale: number): ArrowType => numbers(7, [['int32', digits, 0], ['int32', scale, 0], ['int32', 128, 128]])

function timestamp(unit: number, zone?: string): ArrowType {
  return {
    id: 10,
    put(builder) {
      const text = zone === undefined ? undefined : builder.createString(zone)
      builder.startObject(2)
      builder.addFieldInt16(0, unit, SECOND)
      if (text !== undefined) builder.addFieldOffset(1, text, 0)
      return builder.endObject()
    },
  }
}
