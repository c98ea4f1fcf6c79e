// `tulle history`, `tulle diff`, `tulle reproduce` and `tulle rollback`: every version of a product's data sets, compared,
// built again, served again.

import type { Command } from 'commander'
import { reproduction } from '@tulle/api'
import type { Client, Difference, Reproduction, Snapshot } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf, productOf, snapshotOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { followRun } from '../follow-run.ts'
import { formatBytes, formatCount, formatInstant } from '../format.ts'
import { renderTable } from '../table.ts'
import { messages } from '../messages.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

export function registerHistory(program: Command, world: World): void {
  withServer(program.command('history').argument('<product>', 'a product, or one data set of it: flights.flights'))
    .description('list the versions of its data sets, newest first')
    .option('-n, --limit <count>', 'how many of each data set', '100')
    .action(act(world, (options: HistoryOptions, product: string) => history(world, options, product)))
  withServer(program.command('rollback').argument('<product>'))
    .description('serve an older version again, of all data sets that were published together; without an option, the one before')
    .option('--snapshot <id>', 'back to this snapshot of any of its data sets')
    .option('--to <run>', 'back to what this run published')
    .action(act(world, (options: RollbackOptions, product: string) => rollBack(world, options, product)))
  withServer(program.command('diff').argument('<data set>', 'flights.flights'))
    .description('compare two versions of a data set, as far as you may read it: rows added, removed, changed')
    .option('--from <version>', 'a snapshot id or a tag; without it, the version before')
    .option('--to <version>', 'a snapshot id or a tag; without it, the current one')
    .option('-n, --limit <count>', 'how many rows to show; all are counted', '100')
    .action(act(world, (options: DiffOptions, dataSet: string) => diff(world, options, dataSet)))
  withServer(program.command('reproduce').argument('<product>'))
    .description('build a snapshot again from the inputs, code and contract that made it, and say whether it is identical')
    .requiredOption('--snapshot <id>', 'a snapshot of any of its data sets; a difference is exit code 1')
    .action(act(world, (options: ReproduceOptions, product: string) => reproduce(world, options, product)))
}

interface HistoryOptions extends RemoteOptions { readonly limit: string }
interface DiffOptions extends HistoryOptions { readonly from?: string; readonly to?: string }
interface ReproduceOptions extends RemoteOptions { readonly snapshot: string }
interface RollbackOptions extends RemoteOptions { readonly snapshot?: string; readonly to?: string }

interface Version extends Snapshot { readonly dataSet: string }

const history = (world: World, options: HistoryOptions, name: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const ref = productOf(name)
  if (!ref.ok) return ref
  const limit = countOf('--limit', options.limit, 1000)
  if (!limit.ok) return limit
  const { product } = ref.value
  const dataSets = ref.value.dataSet === undefined ? await dataSetsOf(client, product) : ok([ref.value.dataSet])
  if (!dataSets.ok) return dataSets
  const all: Version[] = []
  for (const dataSet of dataSets.value) {
    const listed = await client.listSnapshots({ product, dataSet, limit: limit.value }, { signal: world.signal })
    if (!listed.ok) return listed
    all.push(...listed.value.snapshots.map((snapshot) => ({ dataSet: `${product}.${dataSet}`, ...snapshot })))
  }
  const newestFirst = all.toSorted((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0))
  return ok({ json: newestFirst, text: () => renderHistory(newestFirst) })
})

async function dataSetsOf(client: Client, product: string): Promise<Result<readonly string[]>> {
  const shown = await client.getProduct({ product })
  return shown.ok ? ok(shown.value.dataSets.filter((dataSet) => dataSet.contract !== undefined).map((dataSet) => dataSet.name)) : shown
}

function renderHistory(versions: readonly Version[]): string {
  const change = ({ rowsAdded, rowsRemoved }: Version): string => [rowsAdded === undefined ? '' : `+${formatCount(rowsAdded)}`, rowsRemoved === undefined ? '' : `-${formatCount(rowsRemoved)}`].filter((part) => part !== '').join(' ')
  return renderTable(
    [
      { title: 'data set' }, { title: 'snapshot' }, { title: 'state' }, { title: 'written' }, { title: 'operation' }, { title: 'rows', right: true }, { title: 'change', right: true },
      { title: 'named' }, { title: 'run' }, { title: 'by' }, { title: 'contract' }, { title: 'made from' },
    ],
    versions.map((v) => [
      v.dataSet, v.id, v.state, formatInstant(v.time), v.operation ?? '', formatCount(v.rows), change(v),
      v.refs.map((ref) => ref.name).join(' '), v.runId ?? '', v.requestedBy ?? '', v.contractVersion ?? '', Object.entries(v.inputs).map(([input, version]) => `${input}#${version.slice(0, 20)}`).join(' '),
    ]),
  )
}

async function diff(world: World, options: DiffOptions, name: string): Promise<Result<Answer>> {
  const ref = productOf(name)
  if (!ref.ok) return ref
  const { product, dataSet } = ref.value
  if (dataSet === undefined) return fail(messages['bad-argument']({ argument: 'data set', value: name, want: 'a data set, such as flights.flights' }))
  const limit = countOf('--limit', options.limit, 1000)
  if (!limit.ok) return limit
  return withClient<Answer>(world, options, async (client) => {
    const { from, to } = options
    const compared = await client.diffSnapshots({ product, dataSet, limit: limit.value, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, { signal: world.signal })
    return compared.ok ? ok({ json: { dataSet: name, ...compared.value }, text: () => renderDifference(name, compared.value) }) : compared
  })
}

function renderDifference(name: string, { from, to, added, removed, changed, rows, read, skipped }: Difference): string {
  const row = (value: unknown): string => printable(JSON.stringify(value))
  const lines = rows.flatMap(({ change, before, after }) => {
    switch (change) {
      case 'added': return [`+ ${row(after)}`]
      case 'removed': return [`- ${row(before)}`]
      case 'changed': return [`~ ${row(before)}`, `  ${row(after)}`]
    }
  })
  const left = added + removed + changed - rows.length
  return [
    `${name} from snapshot ${from} to ${to}: ${counted(added, 'row')} added, ${formatCount(removed)} removed, ${formatCount(changed)} changed.`,
    ...lines,
    ...(left > 0 ? [`… and ${formatCount(left)} more`] : []),
    `Read ${counted(read.files, 'file')} (${formatBytes(read.bytes)}); ${formatCount(skipped.files)} (${formatBytes(skipped.bytes)}) are the same in both.`,
  ].join('\n')
}

async function rollBack(world: World, options: RollbackOptions, product: string): Promise<Result<Answer>> {
  if (options.snapshot !== undefined && options.to !== undefined) return fail(messages['bad-argument']({ argument: '--to', value: options.to, want: 'to be said beside --snapshot' }))
  const snapshot = options.snapshot === undefined ? ok(undefined) : snapshotOf('--snapshot', options.snapshot)
  if (!snapshot.ok) return snapshot
  return withClient<Answer>(world, options, async (client) => {
    const done = await client.rollBack({ product, ...(snapshot.value !== undefined && { snapshotId: snapshot.value }), ...(options.to !== undefined && { runId: options.to }) })
    if (!done.ok) return done
    const { dataSets } = done.value
    return ok({
      json: done.value,
      text: () => (dataSets.length === 0 ? `${product} is there already; nothing moved.` : dataSets.map((one) => `${one.dataSet} serves snapshot ${one.to} again (before: ${one.from}).`).join('\n')),
    })
  })
}

async function reproduce(world: World, options: ReproduceOptions, product: string): Promise<Result<Answer>> {
  const snapshot = snapshotOf('--snapshot', options.snapshot)
  if (!snapshot.ok) return snapshot
  return withClient<Answer>(world, options, async (client) => {
    const started = await client.reproduceSnapshot({ product, snapshotId: snapshot.value }, { signal: world.signal })
    if (!started.ok) return started
    const { runId } = started.value
    const ended = await followRun(world, client, runId)
    if (!ended.ok) return ended
    const { status, diagnostics, steps } = ended.value
    const compared = reproduction.safeParse(steps.find((step) => step.name === 'compare')?.output)
    if (status !== 'succeeded' || !compared.success) return ok({ json: { product, snapshot: snapshot.value, runId, status }, text: () => `Run ${runId} could not build it again: ${status}.`, exit: 1 }, diagnostics)
    const { identical, dataSets } = compared.data
    return ok({ json: { product, snapshot: snapshot.value, runId, status, identical, dataSets }, text: () => dataSets.map(renderComparison).join('\n'), exit: identical ? 0 : 1 }, diagnostics)
  })
}

function renderComparison({ dataSet, snapshot, identical, rows, onlyInSnapshot, onlyInRebuilt, columns }: Reproduction['dataSets'][number]): string {
  if (identical) return `${dataSet} is identical to snapshot ${snapshot}: ${counted(rows.rebuilt, 'row')}.`
  const where = columns.length === 0 ? 'in how their values go together' : `in ${columns.join(', ')}`
  return `${dataSet} differs from snapshot ${snapshot} ${where}: ${counted(onlyInSnapshot, 'row')} only in the snapshot, ${formatCount(onlyInRebuilt)} only in what was built now.`
}
