// `tulle quarantine list|show|repair|replay|discard`: rows that broke a promise and were set aside.

import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Client, Quarantine, QuarantinedRows } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf, dataSetOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { followRun } from '../follow-run.ts'
import { formatCount, formatInstant } from '../format.ts'
import { renderTable, valueCell } from '../table.ts'
import { messages } from '../messages.ts'
import type { World } from '../types.ts'

interface Chosen extends RemoteOptions { readonly row?: readonly string[]; readonly where?: string; readonly rule?: string; readonly run?: string }
interface ShowOptions extends Chosen { readonly state?: string; readonly limit: string }
interface RepairOptions extends Chosen { readonly set?: readonly string[]; readonly from?: string; readonly note?: string }
interface ReplayOptions extends Chosen { readonly open?: boolean; readonly later?: boolean; readonly wait?: boolean }
interface DiscardOptions extends Chosen { readonly reason: string }

export function registerQuarantine(program: Command, world: World): void {
  const family = program.command('quarantine').description('rows that broke a promise of their contract and were set aside')
  withServer(family.command('list').argument('<product>'))
    .description('how many rows of each data set, by state and by rule')
    .action(act(world, (options: RemoteOptions, product: string) => withClient<Answer>(world, options, async (client) => {
      const shown = await client.getQuarantine({ product })
      return shown.ok ? ok({ json: shown.value, text: () => renderCounts(shown.value) }) : shown
    })))
  chosen(withServer(family.command('show').argument('<data set>', 'flights.flights')))
    .description('the rows, with rule, run and reason, as far as you may see them')
    .option('--state <state>', 'open, repaired, replay, published, discarded or gone')
    .option('-n, --limit <count>', 'how many', '100')
    .action(act(world, (options: ShowOptions, dataSet: string) => show(world, options, dataSet)))
  chosen(withServer(family.command('repair').argument('<data set>')))
    .description('correct rows: by SQL over the row, or by a CSV or JSON file of corrected rows with their key')
    .option('--set <column=expression...>', 'a column and its new value as SQL, as in delay=0 or carrier=upper(carrier)')
    .option('--from <file>', 'corrected rows: .csv with a header, or .json with a list of objects; each has the primary key or "row"')
    .option('--note <text>', 'why')
    .action(act(world, (options: RepairOptions, dataSet: string) => repair(world, options, dataSet)))
  chosen(withServer(family.command('replay').argument('<data set>')))
    .description('send corrected rows through the same checks into the next snapshot')
    .option('--open', 'also rows that nobody corrected, which may be acceptable by now')
    .option('--later', 'with the next run, whenever that is')
    .option('-w, --wait', 'follow the run to its end; a failed run is exit code 1')
    .action(act(world, (options: ReplayOptions, dataSet: string) => replay(world, options, dataSet)))
  chosen(withServer(family.command('discard').argument('<data set>')))
    .description('leave rows out, for a reason')
    .requiredOption('--reason <text>', 'why')
    .action(act(world, (options: DiscardOptions, dataSet: string) => decide(world, options, dataSet, async () => ok({ kind: 'discard', reason: options.reason }), 'discarded')))
}

const chosen = (command: Command): Command => command
  .option('--row <id...>', 'these rows alone, by their ids')
  .option('--where <condition>', 'SQL over the row, as in delay < 0')
  .option('--rule <name>', 'those that break this rule')
  .option('--run <id>', 'those that this run set aside')

async function show(world: World, options: ShowOptions, name: string): Promise<Result<Answer>> {
  const ref = dataSetOf(name)
  if (!ref.ok) return ref
  const limit = countOf('--limit', options.limit, 1000)
  if (!limit.ok) return limit
  const states = ['open', 'repaired', 'replay', 'published', 'discarded', 'gone'] as const
  const state = states.find((one) => one === options.state)
  if (options.state !== undefined && state === undefined) return fail(messages['bad-argument']({ argument: '--state', value: options.state, want: states.join(', ') }))
  return withClient<Answer>(world, options, async (client) => {
    const { where, rule, run } = options
    const rows = await client.listQuarantinedRows({ ...ref.value, limit: limit.value, ...(state !== undefined && { state }), ...(where !== undefined && { where }), ...(rule !== undefined && { rule }), ...(run !== undefined && { run }) }, { signal: world.signal })
    return rows.ok ? ok({ json: rows.value, text: () => renderRows(rows.value) }) : rows
  })
}

type Decision = NonNullable<Parameters<Client['decideQuarantinedRows']>[0]>['decision']

async function decide(world: World, options: Chosen, name: string, what: () => Promise<Result<Decision>>, said: string): Promise<Result<Answer>> {
  const ref = dataSetOf(name)
  if (!ref.ok) return ref
  const decision = await what()
  if (!decision.ok) return decision
  return withClient<Answer>(world, options, async (client) => {
    const { row, where, rule, run } = options
    const decided = await client.decideQuarantinedRows({ ...ref.value, decision: decision.value, ...(row !== undefined && { rows: [...row] }), ...(where !== undefined && { where }), ...(rule !== undefined && { rule }), ...(run !== undefined && { run }) }, { signal: world.signal })
    if (!decided.ok) return decided
    const { rows, runId } = decided.value
    const told = `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'} of ${ref.value.product}.${ref.value.dataSet} ${rows === 1 ? 'is' : 'are'} ${said}.`
    if (runId === undefined || (options as ReplayOptions).wait !== true) return ok({ json: decided.value, text: () => (runId === undefined ? told : `${told} Run ${runId} publishes.`) })
    const ended = await followRun(world, client, runId)
    if (!ended.ok) return ended
    return ok({ json: { ...decided.value, status: ended.value.status }, text: () => `${told} Run ${runId} ${ended.value.status}.`, exit: ended.value.status === 'succeeded' ? 0 : 1 }, ended.value.diagnostics)
  })
}

const repair = (world: World, options: RepairOptions, name: string): Promise<Result<Answer>> => decide(world, options, name, async (): Promise<Result<Decision>> => {
  const note = options.note === undefined ? {} : { note: options.note }
  if ((options.set === undefined) === (options.from === undefined)) return fail(messages['bad-argument']({ argument: '--set', value: '', want: 'what is to be corrected: --set or --from, one of both' }))
  if (options.from !== undefined) {
    const corrected = await correctedRows(options.from)
    return corrected.ok ? ok({ kind: 'repair', corrected: [...corrected.value], ...note }) : corrected
  }
  const set: Record<string, string> = {}
  for (const word of options.set ?? []) {
    const { column, expression } = /^(?<column>[^=]{1,255})=(?<expression>.+)$/su.exec(word)?.groups ?? {}
    if (column === undefined || expression === undefined) return fail(messages['bad-argument']({ argument: '--set', value: word.slice(0, 100), want: 'a column and an expression, as in delay=0' }))
    set[column.trim()] = expression
  }
  return ok({ kind: 'repair', set, ...note })
}, 'repaired; "tulle quarantine replay" sends them on')

const replay = (world: World, options: ReplayOptions, name: string): Promise<Result<Answer>> =>
  decide(world, options, name, async () => ok({ kind: 'replay', open: options.open === true, run: options.later !== true }), options.later === true ? 'sent on with the next run' : 'sent on')

async function correctedRows(file: string): Promise<Result<readonly Record<string, Json>[]>> {
  const wrong = (want: string): Result<never> => fail(messages['bad-argument']({ argument: '--from', value: file, want }))
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    return wrong('a file that can be read')
  }
  if (/\.csv$/iu.test(file)) {
    const [header, ...lines] = parseCsv(text)
    return header === undefined ? wrong('a CSV file with a header') : ok(lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i] === undefined || cells[i] === '' ? null : cells[i]]))))
  }
  try {
    const value = JSON.parse(text) as Json
    return Array.isArray(value) && value.every((row) => row !== null && typeof row === 'object' && !Array.isArray(row)) ? ok(value as unknown as Record<string, Json>[]) : wrong('a list of objects')
  } catch {
    return wrong('JSON, or a file whose name ends in .csv')
  }
}

/** Cells of RFC 4180. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gu)) {
    if (quoted === undefined && plain === '' && end === '' && row.length === 0) break
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
    if (end === '') break
  }
  return rows
}

function renderCounts({ dataSets, product }: Quarantine): string {
  if (dataSets.length === 0) return `No row of ${product} was ever set aside.`
  return renderTable(
    [{ title: 'data set' }, { title: 'open', right: true }, { title: 'repaired', right: true }, { title: 'on their way', right: true }, { title: 'published', right: true }, { title: 'discarded', right: true }, { title: 'gone', right: true }, { title: 'open by rule' }],
    dataSets.map(({ dataSet, states, rules }) => [`${product}.${dataSet}`, ...['open', 'repaired', 'replay', 'published', 'discarded', 'gone'].map((state) => formatCount(states[state] ?? 0)), Object.entries(rules).map(([rule, rows]) => `${rule}: ${rows}`).join(', ')]),
  )
}

/** The whole of it is in `--output json`. */
const SHOWN_OF_RAW = 200

function renderRows({ total, columns, rows }: QuarantinedRows): string {
  if (rows.length === 0) return 'No such row was set aside.'
  const hasRaw = rows.some(({ raw }) => raw !== undefined)
  const table = renderTable(
    [{ title: 'row' }, { title: 'state' }, { title: 'rule' }, { title: 'no.', right: true }, { title: 'run' }, { title: 'when' }, { title: 'by' }, ...columns.map((title) => ({ title })), ...(hasRaw ? [{ title: 'as it came' }] : [])],
    rows.map(({ row, state, rules, number, run, at, by, values, raw }) => [row, state, rules.join(', '), number === undefined ? '' : String(number), run, formatInstant(at), by ?? '', ...values.map(valueCell), ...(hasRaw ? [valueCell(raw?.slice(0, SHOWN_OF_RAW) ?? null)] : [])]),
  )
  return total > rows.length ? `${table}\n… and ${formatCount(total - rows.length)} more` : table
}
