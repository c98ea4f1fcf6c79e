// Rows of plain values as a batch of Arrow, by the columns that the contract promises. What Arrow has no simple value for goes as
// its text, which whoever reads the stream casts to the promised type.

import { Binary, Bool, Field, Float32, Float64, Int32, Int64, RecordBatch, Schema, Struct, Utf8, makeData, vectorFromArray } from 'apache-arrow'
import type { Data, DataType } from 'apache-arrow'
import type { Job } from './job.ts'
import { Refused } from './refused.ts'

type Columns = Job['columns']

interface Kind {
  readonly type: DataType
  /** The value as its Arrow type takes it; undefined where it is none. */
  readonly take: (value: unknown) => unknown
}

const INT = 2_147_483_647
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined)
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : value instanceof Date && !Number.isNaN(value.getTime()) ? value.toISOString() : undefined)

const KINDS: Readonly<Record<string, Kind>> = {
  boolean: { type: new Bool(), take: (value) => (typeof value === 'boolean' ? value : undefined) },
  int: { type: new Int32(), take: (value) => ((one) => (one !== undefined && Number.isInteger(one) && Math.abs(one) <= INT + 1 ? one : undefined))(number(value)) },
  long: { type: new Int64(), take: (value) => (typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(value as number) : undefined) },
  float: { type: new Float32(), take: number },
  double: { type: new Float64(), take: number },
  string: { type: new Utf8(), take: (value) => (typeof value === 'string' ? value : undefined) },
  binary: { type: new Binary(), take: (value) => (value instanceof Uint8Array ? value : undefined) },
}

/** Dates, times, decimals: by their text; a number is one too. */
const SPELLED: Kind = { type: new Utf8(), take: (value) => text(value) ?? (typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined) }

function kindOf({ name, type }: Columns[number]): Kind {
  if (/^(?:list|struct|map)\b/u.test(type)) throw new Refused(`The column "${name}" is made of others; give such rows as batches of Arrow.`)
  return KINDS[type] ?? SPELLED
}

export function batchOfRows(rows: readonly Readonly<Record<string, unknown>>[], columns: Columns, before: number): RecordBatch {
  const promised = new Set(columns.map(({ name }) => name))
  const children = columns.map((column): Data => {
    const { type, take } = kindOf(column)
    const values = rows.map((row, i) => {
      const value = row[column.name]
      if (value === null || value === undefined) return null
      const taken = take(value)
      if (taken === undefined) throw new Refused(`Row ${before + i + 1} has ${nameOf(value)} in the column "${column.name}", promised is ${column.type}.`)
      return taken
    })
    return vectorFromArray(values, type).data[0] ?? makeData({ type } as never)
  })
  for (const row of rows) {
    const extra = Object.keys(row).find((name) => !promised.has(name))
    if (extra !== undefined) throw new Refused(`It gives the column "${extra.slice(0, 100)}", which the contract does not promise.`)
  }
  const schema = schemaOf(columns)
  return new RecordBatch(schema, makeData({ type: new Struct<Record<string, DataType>>(schema.fields), length: rows.length, nullCount: 0, children }))
}

const schemaOf = (columns: Columns): Schema => new Schema(columns.map((column) => new Field(column.name, kindOf(column).type, true)))

const nameOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : value instanceof Date ? 'a date' : typeof value === 'object' ? 'an object' : `a ${typeof value}`)
