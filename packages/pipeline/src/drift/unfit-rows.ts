// Rows of an input port that do not fit the contract, where the contract wants them set aside: what may be in them, how many
// there may be, and how they are read again when the contract has changed.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { IngestionApart } from '@tulle/engine'
import { fitOfText, UNFIT } from '@tulle/engine'
import type { ConnectedInputPort, FileInputPort, InputPort } from '@tulle/model'
import { limitOf } from '@tulle/quality'
import { quoteIdentifier } from '@tulle/sql'
import { messages } from '../messages.ts'
import { findPort } from '@tulle/model'
import { listOf } from '../quarantine/read-side.ts'
import { RAW, SIDE } from '../quarantine/types.ts'
import type { ReadPlan } from '../read-plan.ts'
import { formatOf, optionsOf } from '../read-port.ts'
import { suppressedWithin } from '../leave-out.ts'
import type { DrawnInput, Session, StagedFile, Target, Workshop } from '../types.ts'

/** `sql` is a relation; `rules` those that any of its rows breaks. */
export interface UnfitRows { readonly sql: string; readonly rules: readonly string[] }

type Port = FileInputPort | ConnectedInputPort

/** Undefined where what does not fit stops the run. Of changes by key, a row that is left out would leave the one before it. */
export function apartOf({ contract }: Target, port: Port, drawn: DrawnInput | undefined): IngestionApart | undefined {
  if (contract.drift !== 'quarantine' || drawn?.mode === 'changes' || formatOf(port) === 'files') return undefined
  const there = drawn?.columns === undefined ? undefined : new Set(drawn.columns.map(({ name }) => name))
  const isText = formatOf(port) === 'csv'
  return {
    besides: port.kind === 'connected' ? (BESIDES[port.system] ?? []) : [],
    expected: contract.columns.filter(({ name, required }) => isText || required || there?.has(name) === false).map(({ name }) => name),
    text: isText,
  }
}

/** What comes with every row of some systems, for contracts that name it. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  kafka: ['kafka_partition', 'kafka_offset', 'kafka_at', 'kafka_key', 'kafka_error', 'kafka_raw'],
  sse: ['sse_id', 'sse_event'],
  webhook: ['webhook_id', 'webhook_received_at'],
}

/** Those of a port that was read just now. Rows of persons who were erased are none of them. */
export async function unfitRows(workshop: Pick<Workshop, 'suppression'>, session: Session, target: Target, port: string): Promise<Result<UnfitRows | undefined>> {
  const table = `${quoteIdentifier(UNFIT.schema)}.${quoteIdentifier(port)}`
  const suppressed = await suppressedWithin(workshop, target, quoteIdentifier(RAW))
  const sql = suppressed === undefined ? table : `(SELECT * FROM ${table} WHERE NOT ${suppressed})`
  const counted = await listOf(session, `SELECT count(*) FROM ${table}`, 1)
  if (!counted.ok) return counted
  const rows = Number(counted.value[0]?.[0] ?? 0)
  if (rows > UNFIT.most) return fail(messages['drift-too-many-rows']({ port, dataSet: target.address, most: UNFIT.most }))
  if (rows === 0) return ok(undefined)
  const rules = await listOf(session, `SELECT DISTINCT unnest(string_split(${quoteIdentifier(UNFIT.broken)}, '; ')) AS rule FROM ${sql} ORDER BY 1`, 10_000)
  return rules.ok ? ok(rules.value.length === 0 ? undefined : { sql, rules: rules.value.map(([rule]) => String(rule)) }) : rules
}

/** `misfits` of `came` rows do not fit and are not decided yet. Where they are more than may be, or all that there is, the last published version stays. */
export function checkUnfit({ target, staged, accumulates, source }: { readonly target: Target; readonly staged: readonly StagedFile[]; readonly accumulates: boolean; readonly source: string }, { rules }: UnfitRows, { misfits, came }: { readonly misfits: number; readonly came: number }): Result<void> {
  const atMost = target.contract.onFailure?.onFailure === 'quarantine' ? limitOf(target.contract.onFailure.atMost) : undefined
  const told = { port: source, dataSet: target.address, rows: misfits, came, rules }
  if (atMost !== undefined && misfits > (atMost.unit === 'rows' ? atMost.value : (came * atMost.value) / 100)) return fail(messages['drift-too-much'](told))
  const isAll = misfits > 0 && !accumulates && staged.every((file) => file.rows === 0)
  return isAll ? fail(messages['drift-nothing-fits'](told)) : ok(undefined)
}

/** `has` are the columns that the rows have. Values of a row by column, and which rows are meant: those that nobody has corrected are read again, by the contract of now, and go on where all of it fits. */
export function readAgain({ product }: ReadPlan, target: Target, has: ReadonlySet<string>): { readonly values: Readonly<Record<string, string>>; readonly where: string } {
  const port: InputPort | undefined = findPort(product, target.dataSet.from ?? '')
  const isOurs = port?.kind === 'file' || port?.kind === 'connected'
  const raw = `r.${quoteIdentifier(RAW)}`
  const asCame = `r.${quoteIdentifier(SIDE.state)} = 'open' AND ${raw} IS NOT NULL`
  const { columns } = target.contract
  const fit = fitOfText(raw, columns, isOurs ? { options: optionsOf(port), apart: apartOf(target, port, undefined) ?? {} } : {})
  return {
    values: Object.fromEntries(columns.map(({ name }, i) => [name, `CASE WHEN ${asCame} THEN ${fit.values[i]} ELSE ${has.has(name) ? `r.${quoteIdentifier(name)}` : 'NULL'} END`])),
    where: `NOT (${asCame}) OR ${fit.broken} = ''`,
  }
}
