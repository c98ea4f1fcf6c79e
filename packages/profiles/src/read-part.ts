// Reads the rows of a relation into a part of a profile: one scan over all columns for what needs no memory, and of each
// column alone, which reads nothing of the others, what its values are. Large ones are sampled, and counted by their hashes.

import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { EngineProcess, WorkLimits } from '@tulle/engine'
import { kindOf } from './column-kind.ts'
import { countsSql, MOST_COUNTED, registersSql, tableOf, valuesSql } from './column-sql.ts'
import { scaled } from './distribution.ts'
import type { ColumnPart, Counted, Part, ProfiledColumn, ProfiledRelation } from './types.ts'

/** With more rows than this, values are looked at in a sample of half as many. */
export const MOST_WHOLE = 1_000_000
/** With more columns than this, the rest is left out. */
export const MOST_COLUMNS = 500
/** With no more values than this, all are read again where rows come: that costs less than what joining needs. */
const FEW_ROWS = 10_000
/** Bytes of a column's values that are kept for joining. */
const MOST_TEXT = 65_536

type Process = Pick<EngineProcess, 'open'>
type Row = Readonly<Record<string, Json>>
interface Reading { readonly process: Process; readonly from: string; readonly rows: number; readonly limits: WorkLimits; readonly mostWhole: number; readonly toJoin: ReadonlySet<number> }

/** `toJoin`: columns, by field id, that will be joined with others whose values are not all known. */
interface ReadOptions extends WorkLimits { readonly mostWhole?: number; readonly toJoin?: ReadonlySet<number> }

/** The relation must be defined on the process. A column that cannot be read says so; where the process died, nothing is read. */
export async function readPart(process: Process, relation: ProfiledRelation, { mostWhole = MOST_WHOLE, toJoin = new Set(), ...limits }: ReadOptions = {}): Promise<Result<Part>> {
  const columns = relation.columns.slice(0, MOST_COLUMNS)
  const from = tableOf(relation)
  const counts = await readCounts(process, from, columns, limits)
  if (!counts.ok) return counts
  const { rows, hash, facts } = counts.value
  const reading: Reading = { process, from, rows, limits, mostWhole, toJoin }
  const parts: ColumnPart[] = []
  for (const [i, column] of columns.entries()) {
    const fact = facts[i]
    const part = fact === undefined || 'trouble' in fact ? ok(untold(column, fact?.trouble ?? 'it was not read')) : await readColumn(reading, column, fact)
    if (part.ok) parts.push(part.value)
    else if (isOver(part.diagnostics, limits)) return part
    else parts.push(untold(column, part.diagnostics[0]?.message ?? 'the engine said nothing'))
  }
  return ok({ rows, joins: 0, hash, columns: parts })
}

const isOver = (diagnostics: readonly Diagnostic[], { signal }: WorkLimits): boolean => signal?.aborted === true || diagnostics.some(({ code }) => code === 'engine-died')

const untold = ({ fieldId, name, type }: ProfiledColumn, trouble: string): ColumnPart =>
  ({ fieldId, name, type, kind: kindOf(type), nulls: 0, counted: [], isComplete: false, trouble: trouble.slice(0, 300) })

type Facts = Pick<ColumnPart, 'nulls' | 'min' | 'max' | 'mean' | 'length'>
interface Counts { readonly rows: number; readonly hash: string; readonly facts: readonly (Facts | { readonly trouble: string })[] }

/** Where the one scan is refused, its columns are asked alone. */
async function readCounts(process: Process, from: string, columns: readonly ProfiledColumn[], limits: WorkLimits): Promise<Result<Counts>> {
  const all = await readRow(process, countsSql(from, columns), limits)
  if (all.ok) return ok({ rows: Number(all.value['rows']), hash: String(all.value['hash']), facts: columns.map((column, i) => factsOf(all.value, column, i)) })
  if (isOver(all.diagnostics, limits)) return all
  const rows = await readRow(process, countsSql(from, []), limits)
  if (!rows.ok) return rows
  const facts: Counts['facts'][number][] = []
  for (const column of columns) {
    const alone = await readRow(process, countsSql(from, [column]), limits)
    if (!alone.ok && isOver(alone.diagnostics, limits)) return alone
    facts.push(alone.ok ? factsOf(alone.value, column, 0) : { trouble: alone.diagnostics[0]?.message ?? 'the engine said nothing' })
  }
  return ok({ rows: Number(rows.value['rows']), hash: String(rows.value['hash']), facts })
}

function factsOf(row: Row, { type }: ProfiledColumn, i: number): Facts {
  const [min, max] = [row[`a${i}`], row[`b${i}`]]
  const mean = finite(row[`m${i}`])
  const [shortest, longest] = [finite(row[`s${i}`]), finite(row[`l${i}`])]
  return {
    nulls: Number(row['rows']) - Number(row[`f${i}`]),
    ...(typeof min === 'string' && typeof max === 'string' && { min, max }),
    ...(mean !== undefined && kindOf(type) === 'number' && { mean }),
    ...(mean !== undefined && shortest !== undefined && longest !== undefined && { length: { min: shortest, max: longest, mean } }),
  }
}

const finite = (value: Json | undefined): number | undefined => (value === null || value === undefined || !Number.isFinite(Number(value)) ? undefined : Number(value))

async function readColumn(reading: Reading, column: ProfiledColumn, facts: Facts): Promise<Result<ColumnPart>> {
  const { process, from, rows, limits, mostWhole, toJoin } = reading
  const { fieldId, name, type } = column
  const known = { fieldId, name, type, kind: kindOf(type), ...facts }
  const filled = rows - facts.nulls
  if (known.kind === 'other') return ok({ ...known, counted: [], isComplete: false })
  const share = filled > mostWhole ? mostWhole / 2 / filled : 1
  const first = await readRow(process, valuesSql(from, column, share), limits)
  if (!first.ok) return first
  // What has few values is counted whole: that costs little, and is exact.
  const isFew = share < 1 && Number(first.value['d']) <= MOST_COUNTED
  const read = isFew ? await readRow(process, valuesSql(from, column, 1), limits) : first
  if (!read.ok) return read
  const sampled = share < 1 && !isFew ? Number(read.value['n']) : undefined
  const counted = countedOf(read.value['top'])
  const distinct = Number(read.value['d'])
  const isComplete = sampled === undefined && distinct <= MOST_COUNTED && Buffer.byteLength(counted.map(({ value }) => value).join('')) <= MOST_TEXT
  const registers = (isComplete || filled <= FEW_ROWS) && !toJoin.has(fieldId) ? ok(undefined) : await readRow(process, registersSql(from, column), limits)
  if (!registers.ok) return registers
  const spread = spreadOf(read.value['spread'])
  const grown = (count: number): number => (sampled === undefined || sampled === 0 ? count : Math.round((count * filled) / sampled))
  // In a sample, what is there a few times may as well be there once.
  const common = counted.filter(({ count }) => sampled === undefined || count >= LEAST_SEEN).slice(0, isComplete ? MOST_COUNTED : MOST_COMMON)
  return ok({
    ...known,
    counted: common.map(({ value, count }) => ({ value, count: grown(count) })),
    isComplete,
    ...(sampled === undefined ? { distinct } : { sampled }),
    ...(registers.value !== undefined && { registers: String(registers.value['registers']) }),
    ...(spread !== undefined && { distribution: sampled === undefined ? spread : scaled(spread, filled) }),
    ...(type === 'string' && { shapes: countedOf(read.value['shapes']).map(({ value, count }) => ({ value, count: grown(count) })) }),
  })
}

const LEAST_SEEN = 10
/** Of values that are not all known, so many are kept. */
export const MOST_COMMON = 100

const countedOf = (pairs: Json | undefined): readonly Counted[] =>
  (Array.isArray(pairs) ? pairs : []).flatMap((pair) => (Array.isArray(pair) ? [{ value: String(pair[0]), count: Number(pair[1]) }] : []))

function spreadOf(pairs: Json | undefined): { readonly values: number[]; readonly counts: number[] } | undefined {
  if (!Array.isArray(pairs)) return undefined
  const points = pairs.map((pair) => (pair as readonly Json[]).map(Number))
  return { values: points.map(([value]) => value as number), counts: points.map(([, count]) => count as number) }
}

async function readRow(process: Process, sql: string, limits: WorkLimits): Promise<Result<Row>> {
  const cursor = await process.open(sql, { encoding: { kind: 'ndjson' }, ...limits })
  if (!cursor.ok) return cursor
  try {
    const batch = await cursor.value.fetch(1)
    return batch.ok ? ok(JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as Row) : batch
  } finally {
    await cursor.value.close()
  }
}
