// The rows of a data set after a draw: those that came, and those that were there and still are.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import { duckdbTypeOf } from '@tulle/engine'
import type { Lake } from '@tulle/lake'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { DrawnInput, Session, Target } from './types.ts'
import { relationAt } from './pin-inputs.ts'
import { lineType } from './read-port.ts'

/** What marks a change: what became of the row, in which order, and which columns its source left out because they stayed. */
interface Mark { readonly name: string; readonly type: string }
const CHANGE_MARKS: readonly Mark[] = [{ name: '_tulle_op', type: 'string' }, { name: '_tulle_seq', type: 'long' }, { name: '_tulle_kept', type: 'list<string>' }]

/** The rows of the version before, beside `source.<port>`. No product has such a name. */
const BEFORE = 'source (before)'

export interface PortQuery { readonly text: string; readonly marks: readonly Mark[] }
/** `absent` are columns of the target that the port does not have; they have no values. */
interface OfPort { readonly target: Target; readonly port: string; readonly drawn: DrawnInput | undefined; readonly absent?: ReadonlySet<string> }

/** The query that fills the data set from its port; rows that are added to files that stay are the port's alone. */
export async function queryOfPort(lake: Lake, session: Session, { target, port, drawn, absent = new Set() }: OfPort): Promise<Result<PortQuery>> {
  const { columns } = target.contract
  const [was, came] = [`${quoteIdentifier(BEFORE)}.${quoteIdentifier(port)}`, sourceOf(target, port, { drawn, absent })]
  if (drawn === undefined || drawn.mode === 'replace' || drawn.mode === 'append') return ok({ text: `SELECT ${columns.map(({ name }) => quoteIdentifier(name)).join(', ')} FROM ${came}`, marks: [] })
  const before = await define(lake, session, { target, port, drawn })
  if (!before.ok) return before
  const names = columns.map(({ name }) => quoteIdentifier(name))
  const { range } = drawn
  const same = (a: string, b: string): string => drawn.keys.map((key) => `${a}.${quoteIdentifier(key)} = ${b}.${quoteIdentifier(key)}`).join(' AND ')
  const kept = (name: string): string => (before.value.has(name) ? `w.${quoteIdentifier(name)}` : `NULL AS ${quoteIdentifier(name)}`)
  const rangeType = duckdbTypeOf(columns.find(({ name }) => name === range?.column)?.type ?? 'string')
  const inRange = range === undefined ? 'false' : `coalesce(w.${quoteIdentifier(range.column)} >= CAST(${quoteLiteral(range.from)} AS ${rangeType}) AND w.${quoteIdentifier(range.column)} < CAST(${quoteLiteral(range.to)} AS ${rangeType}), false)`
  const known = drawn.keys.length === 0 ? 'false' : `EXISTS (SELECT 1 FROM ${came} AS c WHERE ${same('c', 'w')})`
  const stays = `SELECT ${columns.map(({ name }) => kept(name)).join(', ')} FROM ${was} AS w WHERE NOT (${inRange} OR ${known})`
  if (drawn.mode !== 'changes') return ok({ text: `${stays} UNION ALL SELECT ${names.join(', ')} FROM ${came}`, marks: [] })
  return ok({ text: `${stays} UNION ALL ${lastOfEach({ target, drawn, was, came, same, known: before.value })}`, marks: CHANGE_MARKS })
}

/** The port's rows; bytes are bytes again. */
function sourceOf({ contract }: Target, port: string, { drawn, absent }: Required<Pick<OfPort, 'drawn' | 'absent'>>): string {
  const source = `source.${quoteIdentifier(port)}`
  const bytes = drawn?.columns === undefined ? [] : contract.columns.filter(({ name, type }) => !absent.has(name) && lineType(type) !== type).map(({ name }) => quoteIdentifier(name))
  const replaced = bytes.length === 0 ? '' : ` REPLACE (${bytes.map((name) => `unhex(${name}) AS ${name}`).join(', ')})`
  const added = contract.columns.filter(({ name }) => absent.has(name)).map(({ name, type }) => `, CAST(NULL AS ${duckdbTypeOf(type)}) AS ${quoteIdentifier(name)}`).join('')
  return replaced === '' && added === '' ? source : `(SELECT *${replaced}${added} FROM ${source})`
}

interface LastOfEach { readonly target: Target; readonly drawn: DrawnInput; readonly was: string; readonly came: string; readonly same: (a: string, b: string) => string; readonly known: ReadonlySet<string> }

/** The row that each key has after all of its changes; a column that a change left out has the value before it. */
function lastOfEach({ target, drawn, was, came, same, known }: LastOfEach): string {
  const isKey = new Set(drawn.keys)
  const keys = drawn.keys.map(quoteIdentifier)
  const value = (name: string): string => {
    const column = quoteIdentifier(name)
    if (isKey.has(name)) return `l.${column}`
    return `CASE WHEN l.${quoteIdentifier(`_v ${name}`)} IS NULL THEN ${known.has(name) ? `w.${column}` : 'NULL'} ELSE l.${quoteIdentifier(`_v ${name}`)}.v END AS ${column}`
  }
  // An insert names all of its columns, so nothing from before a delete is taken.
  const last = target.contract.columns.filter(({ name }) => !isKey.has(name)).map(({ name }) =>
    `arg_max({v: ${quoteIdentifier(name)}}, _tulle_seq) FILTER (_tulle_op <> 'delete' AND NOT list_contains(_tulle_kept, ${quoteLiteral(name)})) AS ${quoteIdentifier(`_v ${name}`)}`)
  const latest = `SELECT ${[...keys, ...last, 'arg_max(_tulle_op, _tulle_seq) AS _op'].join(', ')} FROM ${came} GROUP BY ${keys.join(', ')}`
  const columns = target.contract.columns.map(({ name }) => value(name)).join(', ')
  return `SELECT ${columns} FROM (${latest}) AS l LEFT JOIN ${was} AS w ON ${same('w', 'l')} WHERE l._op <> 'delete'`
}

/** Defines the version before; its columns. A younger contract may have more. */
async function define(lake: Lake, session: Session, { target, port, drawn }: OfPort): Promise<Result<ReadonlySet<string>>> {
  const { namespace, name } = target.table.name
  const relation = await relationAt(lake, { product: namespace, dataSet: name, snapshot: drawn?.base?.snapshot ?? '' }, session.inFolder, { withKept: true })
  if (!relation.ok) return relation
  const promised = new Set(target.contract.columns.map((column) => column.name))
  const before: Relation = { ...relation.value, schema: BEFORE, name: port, columns: relation.value.columns.filter((column) => promised.has(column.name)) }
  const defined = await session.process.define([before])
  return defined.ok ? ok(new Set(before.columns.map((column) => column.name))) : defined
}
