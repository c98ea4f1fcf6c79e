// The rows of two worlds: equal where a profile's subject may see, different where not. Hidden values of the second world
// are as extreme as their type allows, so that whatever looks at them stumbles.

import { duckdbTypeOf } from '@tulle/engine'

export const WORLDS = ['a', 'b', 'c', 'd', 'e'] as const
export type World = (typeof WORLDS)[number]

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

/** What of a table is not to be seen. */
export interface Hiding {
  /** Some rows are nobody's to see. */
  readonly hidesRows: boolean
  /** Masked columns are granted. */
  readonly grantsMasked: boolean
  /** Columns that a mask hides, so that they may differ beneath it. */
  readonly masks: readonly string[]
  /** SQL of a cell of a visible row, where not every cell of it is visible. */
  readonly cellsOnly?: (column: string, hidden: string, shown: string) => string | undefined
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

/** A few columns of a table, so that a statement over them is planned sooner. */
const some = (of: WorldTable, name: string, columns: readonly string[]): WorldTable => {
  const kept = new Set([...columns, ...FILTERED.map((column) => column.name)])
  return { ...of, name, columns: of.columns.filter((column) => kept.has(column.name)) }
}

/** Each with the table that it is a part of. */
export const PARTS: readonly (readonly [part: WorldTable, of: WorldTable])[] = ([
  [PEOPLE, 'people_words', ['id', 'n', 'k', 'name', 'code']], [PEOPLE, 'people_numbers', ['id', 'n', 'k', 'amount', 'score']],
  [DETAILS, 'details_times', ['id', 'n', 'born', 'at']], [DETAILS, 'details_nested', ['id', 'n', 'tags', 'nums', 'info']], [DETAILS, 'details_bytes', ['id', 'n', 'ok', 'raw', 'uid']],
  [MASKED, 'masked_numbers', ['id', 'n', 'm_null', 'm_int', 'm_round', 'm_sql']], [MASKED, 'masked_times', ['id', 'n', 'm_date', 'm_at']], [MASKED, 'masked_words', ['id', 'n', 'm_const', 'm_hash', 'm_part', 'm_redact']],
] as const).map(([of, name, columns]) => [some(of, name, columns), of])

/**
 * The same persons many times over: nine pieces of what is seen, and with what is hidden up to three row groups. No table that
 * random statements are made over, for its rows are too many to be compared.
 */
export const CROWD: WorldTable = { ...some(PEOPLE, 'crowd', ['id', 'n', 'k', 'name', 'code']), rows: 18_000 }

/** Tables of persons, each of which a statement may call `p`. */
export const PERSONS: readonly WorldTable[] = [PEOPLE, DETAILS, MASKED, ...PARTS.map(([part]) => part)]

export const WORLD_TABLES: readonly WorldTable[] = [...PERSONS, CROWD, ORDERS, CONSENTS, VAULT]

const of = (values: readonly string[]): string => (values.length === 1 ? (values[0] as string) : `[${pick(values)}][1 + i % ${values.length}]`)

/** Hidden rows beside each visible one. */
const HIDDEN_ROWS: Readonly<Record<World, number>> = { a: 1, b: 2, c: 0, d: 5, e: 1 }

/** What keeps a row hidden, so that it cannot look like a visible one. */
const TELLING = new Set([...FILTERED.map(({ name }) => name), 'n', 'given'])

function hiddenValue({ name, value, hidden: [mild, extreme], kind }: WorldColumn, world: World): string {
  switch (world) {
    case 'a': return kind === 'hidden' ? value : of(mild)
    case 'b': return of(extreme)
    case 'c': return 'NULL'
    case 'd': return of(extreme.toReversed())
    case 'e': return TELLING.has(name) ? of(mild) : value
  }
}

const hiddenRows = ({ name }: WorldTable, world: World, hidesRows: boolean): number => (hidesRows || name === 'consents' ? HIDDEN_ROWS[world] * (name === CROWD.name ? 3 : 1) : 0)

/** Where in the file its hidden rows are. */
export function hiddenPlaces(table: WorldTable, world: World): readonly number[] {
  const step = hiddenRows(table, world, true) + 1
  return Array.from({ length: table.rows * step }, (_, place) => place).filter((place) => place % step !== 0)
}

/** A query of the table's rows in that world, hidden rows among the visible ones. */
export function rowsOf(table: WorldTable, world: World, profile: Hiding): string {
  const { columns, rows } = table
  const hidden = hiddenRows(table, world, profile.hidesRows)
  const source = `SELECT (i // ${hidden + 1})::BIGINT AS i, i % ${hidden + 1} = 0 AS seen FROM range(${rows * (hidden + 1)}) t(i)`
  const values = columns.map((column) => {
    const unseen = hiddenValue(column, world)
    const isHidden = column.kind === 'hidden' || (column.kind === 'masked' && !profile.grantsMasked)
    const beneath = column.beneath?.[world === 'b' || world === 'd' ? 1 : 0]
    const shown = isHidden ? unseen : (column.kind === 'masked' && profile.masks.includes(column.name) ? (beneath ?? column.value) : column.value)
    const cell = profile.cellsOnly?.(column.name, unseen, shown) ?? shown
    return `CAST(CASE WHEN seen THEN ${cell} ELSE ${unseen} END AS ${duckdbTypeOf(column.type)}) AS ${column.name}`
  })
  return `SELECT ${values.join(', ')} FROM (${source}) ORDER BY i, seen DESC`
}
