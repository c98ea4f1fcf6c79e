// The rows that came to those that go on and those that are set aside, as SQL. Pure.

import type { Check } from '@tulle/quality'
import { badRows } from '@tulle/quality'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { UNFIT } from '@tulle/engine'
import { RAW, SIDE } from './types.ts'
import { latestSql } from './side-table.ts'

/** Relations, in quotes, that the statements read. */
export interface GateRelations {
  readonly came: string
  /** Rows that are published and stay. */
  readonly base?: string
  /** Decisions so far. */
  readonly side?: string
  /** Rows that came and did not fit the contract, with what they are at fault for. */
  readonly unfit?: string
}

export interface GateRules {
  readonly columns: readonly string[]
  /** Rules that are broken, and set rows aside. */
  readonly broken: readonly Check[]
  /** What a corrected row must keep: every promise about rows. */
  readonly all: readonly Check[]
  /** Rows that are published stay and others come to them, so nothing that was set aside comes again. */
  readonly accumulates: boolean
  /** What tells rows apart that came with different runs, where equal ones are not the same. */
  readonly mark: string
}

const [ID, N, ORIGIN, HASH, RULES, MISFIT] = ['_tulle_id', '_tulle_n', '_tulle_from', '_tulle_hash', '_tulle_broken', '_tulle_misfit']
/** Rows that did not fit have numbers below zero, and each its own. */
const NUMBERS = 1_000_000_000_000

/**
 * The common table expressions `good`, `bad`, `fresh`, `again`, `done` and `gone`, before a SELECT. `good` has the data set's columns;
 * `bad` came and is at fault; `fresh` of these was not known to be; `again` was corrected and is at fault again; `done` was corrected and goes on; `gone` does
 * not come any more.
 */
export function gateSql({ came, base, side, unfit }: GateRelations, { columns, broken, all, accumulates, mark }: GateRules): string {
  const names = columns.map(quoteIdentifier)
  const cols = names.join(', ')
  const text = names.map((name) => `coalesce('v' || length(CAST(${name} AS VARCHAR)) || ':' || CAST(${name} AS VARCHAR), 'n')`).join(' || ')
  const suffix = accumulates ? ` || ${quoteLiteral(`-${mark}`)}` : ''
  const order = `${ORIGIN}, ${N}`
  const rules = [...new Map([...broken, ...all].map((check) => [check.name, check])).values()]
  const isBroken = new Set(broken.map(({ name }) => name))
  const marks = (of: readonly Check[]): string => of.length === 0 ? `''` : `concat_ws('; ', ${of.map((check) => `CASE WHEN ${ORIGIN} >= ${isBroken.has(check.name) ? 1 : 2} AND (${atFault(check, order)}) THEN ${quoteLiteral(check.name)} END`).join(', ')})`
  const [grouped, single] = [rules.filter(({ measure }) => measure.kind === 'repeats'), rules.filter(({ measure }) => measure.kind !== 'repeats')]
  const decided = `('repaired', 'replay', 'published', 'discarded')`
  const state = quoteIdentifier(SIDE.state)
  const rowId = quoteIdentifier(SIDE.row)
  const nothing = `SELECT ${names.map((name) => `${name}`).join(', ')}, CAST(NULL AS VARCHAR) AS ${rowId}, CAST(NULL AS VARCHAR) AS ${state}, CAST(NULL AS VARCHAR) AS ${RAW} FROM ${came} WHERE false`
  const latest = side === undefined ? nothing : `SELECT ${cols}, ${rowId}, ${state}, ${RAW} FROM (${latestSql(side)})`
  const number = quoteIdentifier(UNFIT.number)
  const misfits = unfit === undefined ? '' : ` UNION ALL SELECT ${cols}, -${number} - ${NUMBERS} * (row_number() OVER (PARTITION BY ${number}) - 1) AS ${N}, substr(md5('raw' || ${RAW}), 1, 20) AS ${HASH}, ${RAW}, ${quoteIdentifier(UNFIT.broken)} AS ${MISFIT} FROM ${unfit}`
  return `WITH latest AS MATERIALIZED (${latest}),
came AS (SELECT ${cols}, row_number() OVER () AS ${N}, substr(md5(${text}), 1, 20) AS ${HASH}, CAST(NULL AS VARCHAR) AS ${RAW}, CAST(NULL AS VARCHAR) AS ${MISFIT} FROM ${came}${misfits}),
known AS (SELECT ${N}, ${HASH} || '-' || row_number() OVER (PARTITION BY ${HASH} ORDER BY ${N}) AS ${ID} FROM came WHERE ${accumulates ? 'false' : `${HASH} IN (SELECT split_part(${rowId}, '-', 1) FROM latest)`}),
decided AS (SELECT known.${N}, known.${ID} FROM known JOIN latest ON latest.${rowId} = known.${ID} WHERE latest.${state} IN ${decided}),
corrected AS (SELECT * FROM latest WHERE ${accumulates ? `${state} = 'replay'` : `${state} IN ('replay', 'published') AND ${rowId} IN (SELECT ${ID} FROM decided)`}),
every_row AS (
${base === undefined ? '' : `SELECT ${cols}, 0 AS ${ORIGIN}, 0 AS ${N}, NULL AS ${HASH}, NULL AS ${ID}, NULL AS ${RAW} FROM ${base} UNION ALL `}
SELECT ${cols}, 1 AS ${ORIGIN}, ${N}, ${HASH}, NULL AS ${ID}, ${RAW} FROM came WHERE ${MISFIT} IS NULL AND ${N} NOT IN (SELECT ${N} FROM decided)
UNION ALL SELECT ${cols}, 2 AS ${ORIGIN}, row_number() OVER (ORDER BY ${rowId}) AS ${N}, NULL AS ${HASH}, ${rowId} AS ${ID}, ${RAW} FROM corrected),
alone AS (SELECT *, ${marks(single)} AS ${RULES} FROM every_row),
together AS (SELECT * REPLACE (${marks(grouped)} AS ${RULES}) FROM alone WHERE ${RULES} = ''),
at_fault AS (SELECT * FROM alone WHERE ${RULES} <> '' UNION ALL SELECT * FROM together WHERE ${RULES} <> ''
UNION ALL SELECT ${cols}, 1 AS ${ORIGIN}, ${N}, ${HASH}, NULL AS ${ID}, ${RAW}, ${MISFIT} AS ${RULES} FROM came WHERE ${MISFIT} IS NOT NULL AND ${N} NOT IN (SELECT ${N} FROM decided)),
good AS (SELECT ${cols} FROM together WHERE ${RULES} = '' AND ${ORIGIN} > 0 ORDER BY ${order}),
numbered AS (SELECT ${N}, ${HASH} || '-' || row_number() OVER (PARTITION BY ${HASH} ORDER BY ${N})${suffix} AS ${ID} FROM came WHERE ${HASH} IN (SELECT ${HASH} FROM at_fault WHERE ${ORIGIN} = 1)),
bad AS (SELECT ${names.map((name) => `f.${name}`).join(', ')}, f.${N} AS ${N}, f.${RULES} AS ${RULES}, i.${ID} AS ${ID}, f.${RAW} AS ${RAW} FROM at_fault AS f JOIN numbered AS i ON i.${N} = f.${N} WHERE f.${ORIGIN} = 1),
fresh AS (SELECT * FROM bad WHERE ${ID} NOT IN (SELECT ${rowId} FROM latest WHERE ${state} = 'open')),
again AS (SELECT ${cols}, ${RULES}, ${ID}, ${RAW} FROM at_fault WHERE ${ORIGIN} = 2),
done AS (SELECT ${cols}, ${ID}, ${RAW} FROM together WHERE ${RULES} = '' AND ${ORIGIN} = 2),
gone AS (SELECT * FROM latest WHERE ${accumulates ? 'false' : `${state} IN ('open', 'repaired', 'replay', 'published', 'discarded') AND ${rowId} NOT IN (SELECT ${ID} FROM decided) AND ${rowId} NOT IN (SELECT ${ID} FROM bad)`})`
}

/** True of a row at fault. Of rows that repeat a key it is those beyond the first: the first is what the others repeat. */
function atFault({ measure }: Check, order: string): string {
  if (measure.kind !== 'repeats') return badRows({ measure }) ?? 'false'
  const names = measure.columns.map(quoteIdentifier)
  const where = [...names.map((name) => `${name} IS NOT NULL`), ...(measure.where === undefined ? [] : [`coalesce((${measure.where}), false)`])].join(' AND ')
  return `${where} AND row_number() OVER (PARTITION BY ${where}, ${names.join(', ')} ORDER BY ${order}) > 1`
}

/** Whether a check has rows at fault that could be set aside. What asks another table is none: it is not there yet. */
export const hasRows = ({ measure }: Check): boolean => (measure.kind === 'bad' && measure.of.rule !== 'orphan') || (measure.kind === 'repeats' && measure.counts === 'surplus' && measure.nulls !== true)

/** How many there are of each; of rules, of the rows that came, and of those that nobody has been told of. */
export function countsSql(gate: string, broken: readonly Pick<Check, 'name'>[]): string {
  const of = (from: string, where = 'true'): string => `(SELECT count(*) FROM ${from} WHERE ${where})`
  const breaks = ({ name }: Pick<Check, 'name'>): string => `list_contains(string_split(${RULES}, '; '), ${quoteLiteral(name)})`
  const isReplayed = `${ID} IN (SELECT ${quoteIdentifier(SIDE.row)} FROM latest WHERE ${quoteIdentifier(SIDE.state)} = 'replay')`
  const news = `(SELECT ${RULES} FROM fresh UNION ALL SELECT ${RULES} FROM again)`
  return `${gate} SELECT ${[
    of('came'), of('bad'), of('fresh'), of('again'), of('done'), of('gone'), of('decided', `${N} > 0`), of('done', isReplayed), of('bad', `${N} < 0`),
    ...broken.map((check) => of('bad', breaks(check))), ...broken.map((check) => of(news, breaks(check))),
  ].join(', ')}`
}

export const goodSql = (gate: string, columns: readonly string[]): string => `${gate} SELECT ${columns.map(quoteIdentifier).join(', ')} FROM good`

/** Values that an entry has beside the row, as SQL. */
export interface EntryFacts { readonly run: string; readonly source: string; readonly at: string }

/** The entries of a run: columns named as `fields` of the side table. */
export function entriesSql(gate: string, columns: readonly string[], fields: readonly { readonly name: string; readonly type: string }[], { run, source, at }: EntryFacts): string {
  const own = new Set(columns)
  const entry = (from: string, where: string, of: Readonly<Record<string, string>>): string => {
    const facts: Readonly<Record<string, string>> = { [SIDE.run]: quoteLiteral(run), [SIDE.source]: quoteLiteral(source), [SIDE.at]: at, [RAW]: RAW, ...of }
    return `SELECT ${fields.map(({ name, type }) => `CAST(${own.has(name) ? quoteIdentifier(name) : (facts[name] ?? 'NULL')} AS ${type}) AS ${quoteIdentifier(name)}`).join(', ')} FROM ${from} WHERE ${where}`
  }
  const [rowId, state] = [quoteIdentifier(SIDE.row), quoteIdentifier(SIDE.state)]
  const told = (what: string): string => `${quoteLiteral(what)} || ${RULES}`
  return `${gate} ${[
    entry('fresh', 'true', { [SIDE.row]: ID, [SIDE.state]: `'open'`, [SIDE.rules]: RULES, [SIDE.reason]: told('It breaks '), [SIDE.number]: `abs(${N}) % ${NUMBERS}` }),
    entry('again', 'true', { [SIDE.row]: ID, [SIDE.state]: `'open'`, [SIDE.rules]: RULES, [SIDE.reason]: told('As it was corrected it breaks ') }),
    entry('done', `${ID} IN (SELECT ${rowId} FROM latest WHERE ${state} = 'replay')`, { [SIDE.row]: ID, [SIDE.state]: `'published'`, [SIDE.reason]: `'Replayed.'` }),
    entry('gone', 'true', { [SIDE.row]: rowId, [SIDE.state]: `'gone'`, [SIDE.reason]: `'Its source does not deliver it any more, or it keeps the contract now.'` }),
  ].join(' UNION ALL ')}`
}
