// The rows of two worlds: equal where a profile's subject may see, different where not. Hidden values of the second world
// are as extreme as their type allows, so that whatever looks at them stumbles.

import { duckdbTypeOf } from '@tulle/engine'
import type { Profile } from './profiles.ts'

export type World = 'a' | 'b'

/** `hidden` is nobody's to read, `masked` is the column's mask: its values differ as far as the mask hides it. */
export interface WorldColumn {
  readonly name: string
  readonly type: string
  /** SQL over the number of a row, `i`. */
  readonly value: string
  /** Values where the row, or the column, is hidden: the first list in world `a`, the second in `b`. */
  readonly hidden: readonly [readonly string[], readonly string[]]
  readonly kind?: 'hidden' | 'masked'
  /** What of a masked value differs between the worlds; absent: nothing may. */
  readonly beneath?: readonly [string, string]
}

export interface WorldTable { readonly product: string; readonly name: string; readonly rows: number; readonly columns: readonly WorldColumn[] }

const pick = (of: readonly string[]): string => of.join(', ')
const INTS = [['1', '2', '3'], ['2147483647', '-2147483648', '0', 'NULL']] as const
const TEXTS = [["'kim'", "'lee'"], ["'not a number'", "''", "'('", 'NULL', "'9223372036854775808'", "repeat('ü', 60)"]] as const

// What row filters ask for. All but the region are read by filters and granted to nobody.
const FILTERED: readonly WorldColumn[] = [
  { name: 'region', type: 'string', value: "'north'", hidden: [["'south'"], ["'south'", "'west'"]] },
  { name: 'owner', type: 'string', value: "'sub'", hidden: [["'zed'"], ["'zed'", "''"]] },
  { name: 'person', type: 'long', value: 'i * 2', hidden: [['i * 2 + 1'], ['i * 2 + 1', '5001']] },
  { name: 'code', type: 'string', value: "(i % 20)::varchar", hidden: [["'77777'"], ["'x'", "'1e400'", "''", "'999999999999'", "'{'", "'2001-13-45'"]] },
]

export const PEOPLE: WorldTable = {
  product: 'm', name: 'people', rows: 60,
  columns: [
    { name: 'id', type: 'long', value: 'i', hidden: [['1000 + i'], ['9223372036854775807 - i', '-9223372036854775807 + i']] },
    { name: 'n', type: 'int', value: '(i * 7) % 60', hidden: [['100', '101'], ['2147483647', '100', '2147483646', 'NULL']] },
    { name: 'k', type: 'int', value: '1 + i % 5', hidden: INTS },
    { name: 'amount', type: 'decimal(9, 2)', value: 'i * 1.25', hidden: [['5.00', '6.50'], ['9999999.99', '-9999999.99', '0.00', 'NULL']] },
    { name: 'score', type: 'double', value: 'i * 0.25', hidden: [['0.5', '0.75'], ["'nan'::double", "'inf'::double", "'-inf'::double", '1.7e308', '-1.0', 'NULL']] },
    { name: 'name', type: 'string', value: "['ann', 'bob', 'cyd', 'dan'][1 + i % 4]", hidden: TEXTS },
    { name: 'salary', type: 'int', value: '10 + i', hidden: INTS, kind: 'hidden' },
    { name: 'secret', type: 'string', value: "'s' || i", hidden: TEXTS, kind: 'hidden' },
    ...FILTERED,
  ],
}

/** The same persons, with the other kinds of types. */
export const DETAILS: WorldTable = {
  product: 'm', name: 'details', rows: 60,
  columns: [
    { name: 'id', type: 'long', value: 'i', hidden: [['1000 + i'], ['9223372036854775807 - i', '-9223372036854775807 + i']] },
    { name: 'n', type: 'int', value: '(i * 7) % 60', hidden: [['100', '101'], ['2147483647', '100', '2147483646', 'NULL']] },
    { name: 'born', type: 'date', value: "date '1980-01-01' + (i * 30)::int", hidden: [["date '1970-01-01'"], ["date '5877642-06-25 (BC)'", "date 'infinity'", "date '-infinity'", "date '290309-12-22 (BC)'", 'NULL']] },
    { name: 'at', type: 'timestamp', value: "timestamp '2020-01-01' + to_hours(i)", hidden: [["timestamp '2001-01-01'"], ["timestamp 'infinity'", "timestamp '-infinity'", "timestamp '294247-01-10 04:00:54.775806'", "timestamp '290309-12-22 (BC) 00:00:00'", 'NULL']] },
    { name: 'ok', type: 'boolean', value: 'i % 3 = 0', hidden: [['true'], ['NULL', 'false']] },
    { name: 'tags', type: 'list<string>', value: "[['x', 'y'], ['y'], []::varchar[]][1 + i % 3]", hidden: [["['z']"], ["NULL", "[NULL]::varchar[]", "['(', 'x']", "list_resize(['w'], 50, 'w')"]] },
    { name: 'nums', type: 'list<int>', value: '[i, i + 1]', hidden: [['[5]'], ['NULL', '[]::int[]', '[2147483647, 1]', '[NULL, -2147483648]']] },
    { name: 'info', type: 'struct<a: int, b: string>', value: "{'a': i % 7, 'b': ['p', 'q'][1 + i % 2]}", hidden: [["{'a': 5, 'b': 'p'}"], ["NULL", "{'a': 2147483647, 'b': '('}", "{'a': NULL, 'b': NULL}"]] },
    { name: 'raw', type: 'binary', value: "encode('r' || (i % 5))", hidden: [["'aa'::blob"], ["'\\xFF\\xFE'::blob", "''::blob", 'NULL']] },
    { name: 'uid', type: 'uuid', value: "md5((i % 9)::varchar)::uuid", hidden: [["md5('z')::uuid"], ["'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid", 'NULL']] },
    { name: 'h_at', type: 'timestamp', value: "timestamp '2020-01-01'", hidden: [["timestamp '2001-01-01'"], ["timestamp 'infinity'", 'NULL']], kind: 'hidden' },
    ...FILTERED,
  ],
}

export const MASKED: WorldTable = {
  product: 'm', name: 'masked', rows: 60,
  columns: [
    { name: 'id', type: 'long', value: 'i', hidden: [['1000 + i'], ['9223372036854775807 - i', '-9223372036854775807 + i']] },
    { name: 'n', type: 'int', value: '(i * 7) % 60', hidden: [['100', '101'], ['2147483647', '100', '2147483646', 'NULL']] },
    { name: 'm_null', type: 'int', value: 'i', hidden: INTS, kind: 'masked', beneath: ['i', '[2147483647, -2147483648, NULL][1 + i % 3]'] },
    { name: 'm_const', type: 'string', value: "'c'", hidden: TEXTS, kind: 'masked', beneath: ["'v' || i", "['(', '', NULL][1 + i % 3]"] },
    { name: 'm_hash', type: 'string', value: "'h' || (i % 11)", hidden: TEXTS, kind: 'masked' },
    { name: 'm_date', type: 'date', value: "make_date(1990 + i % 9, 1, 1)", hidden: [["date '1970-01-01'"], ["date 'infinity'", "date '5877642-06-25 (BC)'", 'NULL']], kind: 'masked', beneath: ['make_date(1990 + i % 9, 1, 1 + i % 20)', 'make_date(1990 + i % 9, 12, 31 - i % 20)'] },
    { name: 'm_at', type: 'timestamp', value: "timestamp '2020-01-01' + to_days(i)", hidden: [["timestamp '2001-01-01'"], ["timestamp 'infinity'", "timestamp '290309-12-22 (BC) 00:00:00'"]], kind: 'masked', beneath: ["timestamp '2020-01-01' + to_days(i) + to_minutes(i)", "timestamp '2020-01-01' + to_days(i) + to_seconds(86399)"] },
    { name: 'm_round', type: 'decimal(9, 2)', value: '(i % 8) * 100', hidden: [['5.00'], ['9999999.99', '-9999999.99', 'NULL']], kind: 'masked', beneath: ['(i % 8) * 100 + 3.25', '(i % 8) * 100 - 41.75'] },
    { name: 'm_int', type: 'int', value: '(i % 8) * 1000', hidden: INTS, kind: 'masked', beneath: ['(i % 8) * 1000 + 3', '(i % 8) * 1000 - 417'] },
    { name: 'm_part', type: 'string', value: "'ab' || (i % 6)", hidden: TEXTS, kind: 'masked', beneath: ["'a' || repeat('x', 3 + i % 5) || (i % 6)", "'a' || repeat('(', 4 + i % 3) || (i % 6)"] },
    { name: 'm_redact', type: 'string', value: "'call ' || (i % 4)", hidden: TEXTS, kind: 'masked', beneath: ["'tel ' || (1000 + i)", "'tel ' || (999999 - i)"] },
    { name: 'm_sql', type: 'int', value: 'i % 10', hidden: INTS, kind: 'masked', beneath: ['i % 10 + 10', 'i % 10 + 2147483600'] },
    ...FILTERED,
  ],
}

export const ORDERS: WorldTable = {
  product: 'm', name: 'orders', rows: 40,
  columns: [
    { name: 'oid', type: 'long', value: '100 + i', hidden: [['900 + i'], ['-i']] },
    { name: 'pid', type: 'long', value: '(i * 3) % 60', hidden: [['1000 + i'], ['i % 60', '9223372036854775807']] },
    { name: 'qty', type: 'int', value: 'i % 9', hidden: INTS },
    { name: 'note', type: 'string', value: "['fast', 'slow', '12'][1 + i % 3]", hidden: TEXTS },
    { name: 'region', type: 'string', value: "'north'", hidden: [["'south'"], ["'south'"]] },
    { name: 'owner', type: 'string', value: "'sub'", hidden: [["'zed'"], ["'zed'"]] },
    { name: 'person', type: 'long', value: 'i % 60 * 2', hidden: [['i * 2 + 1'], ['i * 2 + 1', '5001']] },
    { name: 'code', type: 'string', value: "(i % 20)::varchar", hidden: [["'77777'"], ["'x'", "''"]] },
    { name: 'n', type: 'int', value: 'i', hidden: [['100'], ['2147483647', '100']] },
    { name: 'price', type: 'decimal(9, 2)', value: 'i + 0.5', hidden: [['1.00'], ['9999999.99', 'NULL', '0.00']], kind: 'hidden' },
  ],
}

/** Who has consented. Whoever is hidden has not; their numbers lie between those of the others, so that no bound of a join keeps them out. */
export const CONSENTS: WorldTable = {
  product: 'c', name: 'consents', rows: 60,
  columns: [
    { name: 'person', type: 'long', value: 'i * 2', hidden: [['i * 2 + 1'], ['i * 2 + 1', '5001']] },
    { name: 'given', type: 'boolean', value: 'true', hidden: [['false'], ['false', 'NULL']] },
  ],
}

/** A table of which nobody may see anything. */
export const VAULT: WorldTable = { product: 'v', name: 'gold', rows: 5, columns: [{ name: 'bars', type: 'long', value: 'i', hidden: [['1'], ['2']], kind: 'hidden' }] }

/** Tables of persons, each of which a statement may call `p`. */
export const PERSONS: readonly WorldTable[] = [PEOPLE, DETAILS, MASKED]

export const WORLD_TABLES: readonly WorldTable[] = [...PERSONS, ORDERS, CONSENTS, VAULT]

const of = (values: readonly string[]): string => (values.length === 1 ? (values[0] as string) : `[${pick(values)}][1 + i % ${values.length}]`)

/** A query of the table's rows in that world, hidden rows among the visible ones. */
export function rowsOf({ columns, rows, name }: WorldTable, world: World, profile: Profile): string {
  const w = world === 'a' ? 0 : 1
  const hidesRows = profile.hidesRows || name === 'consents'
  // Every other row is hidden, and in world b some more.
  const source = hidesRows ? `SELECT (i // 3)::BIGINT AS i, i % 3 = 0 AS seen FROM range(${rows * 3}) t(i) WHERE i % 3 < ${world === 'a' ? 2 : 3}` : `SELECT i, true AS seen FROM range(${rows}) t(i)`
  const values = columns.map((column) => {
    const hidden = of(column.hidden[w] as readonly string[])
    const isHidden = column.kind === 'hidden' || (column.kind === 'masked' && !profile.grantsMasked)
    const shown = isHidden ? (w === 0 ? column.value : hidden) : (column.kind === 'masked' && profile.masks.includes(column.name) ? (column.beneath?.[w] ?? column.value) : column.value)
    const cell = profile.cellsOnly?.(column.name, w === 0 ? column.value : hidden, shown) ?? shown
    return `CAST(CASE WHEN seen THEN ${cell} ELSE ${hidden} END AS ${duckdbTypeOf(column.type)}) AS ${column.name}`
  })
  return `SELECT ${values.join(', ')} FROM (${source}) ORDER BY i, seen DESC`
}
