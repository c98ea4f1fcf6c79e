// `tulle run` and `tulle runs list|show|logs|cancel`: a product's workflow at work.

import type { Command } from 'commander'
import type { Run } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf, parametersOf, rangeOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount, formatDuration, formatInstant, formatStatus } from '../format.ts'
import { followRun, toStep } from '../follow-run.ts'
import { renderStep } from '../progress.ts'
import { renderFacts, renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { Terminal, World } from '../types.ts'

interface RunOptions extends RemoteOptions { readonly wait?: boolean; readonly force?: boolean; readonly fullRefresh?: boolean; readonly backfill?: string; readonly with?: readonly string[] }

export function registerRun(program: Command, world: World): void {
  withServer(program.command('run').argument('<product>'))
    .description('run a product\'s workflow')
    .option('-w, --wait', 'follow it to its end; a failed run is exit code 1')
    .option('--with <name=value...>', 'parameters for its workflow; a value that reads as JSON is that')
    .option('--force', 'run also where no input has changed')
    .option('--full-refresh', 'build incremental models anew, from all of their inputs')
    .option('--backfill <range>', 'read anew what input ports with a cursor have within from..to')
    .action(act(world, (options: RunOptions, product: string) => startRun(world, options, product)))
  const family = program.command('runs').description('the runs there were')
  withServer(family.command('list'))
    .description('list them, newest first')
    .argument('[product]', 'only those of a product')
    .option('-n, --limit <count>', 'how many', '20')
    .action(act(world, (options: RemoteOptions & { limit: string }, product: string | undefined) => listRuns(world, options, product)))
  const one = (name: string, description: string, render: (terminal: Terminal, run: Run) => string): void => {
    withServer(family.command(name).argument('<run>')).description(description).action(act(world, (options: RemoteOptions, run: string) =>
      withClient<Answer>(world, options, async (client) => {
        const shown = await client.getRun({ run })
        return shown.ok ? ok({ json: name === 'logs' ? shown.value.log : shown.value, text: () => render(world.terminal, shown.value) }) : shown
      })))
  }
  one('show', 'show its steps, times and row counts', renderRun)
  one('logs', 'show its log', renderLog)
  withServer(family.command('cancel').argument('<run>')).description('ask it to stop; it publishes nothing').action(act(world, (options: RemoteOptions, run: string) =>
    withClient<Answer>(world, options, async (client) => {
      const cancelled = await client.cancelRun({ run })
      return cancelled.ok ? ok({ json: cancelled.value, text: () => `Run ${run} is asked to stop.` }) : cancelled
    })))
}

const startRun = (world: World, options: RunOptions, product: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const backfill = rangeOf(options.backfill)
  if (!backfill.ok) return backfill
  const parameters = parametersOf(options.with)
  if (!parameters.ok) return parameters
  const started = await client.startRun({ product, ...(parameters.value !== undefined && { with: parameters.value }), force: options.force === true, fullRefresh: options.fullRefresh === true, ...(backfill.value !== undefined && { backfill: backfill.value }) }, { signal: world.signal })
  if (!started.ok) return started
  const { runId } = started.value
  if (options.wait !== true) return ok({ json: { runId }, text: () => `Run ${runId} of ${product} is queued. Follow it with "tulle runs show ${runId}".` })
  const finished = await followRun(world, client, runId)
  if (!finished.ok) return finished
  const { status, diagnostics } = finished.value
  return ok({ json: finished.value, text: () => renderOutcome(world.terminal, finished.value), exit: status === 'succeeded' ? 0 : 1 }, diagnostics)
})

const renderOutcome = (terminal: Terminal, run: Run): string =>
  `${formatStatus(terminal, run.status)}  ${run.product}  ${formatDuration(run.startedAt, run.finishedAt)}${run.rowsWritten === undefined ? '' : `  ${formatCount(run.rowsWritten)} rows`}  run ${run.id}`

const listRuns = (world: World, options: RemoteOptions & { readonly limit: string }, product: string | undefined): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const limit = countOf('--limit', options.limit, 500)
  if (!limit.ok) return limit
  const listed = await client.listRuns({ limit: limit.value, ...(product !== undefined && { product }) })
  if (!listed.ok) return listed
  const { runs } = listed.value
  return ok({
    json: runs,
    text: () => renderTable(
      [{ title: 'run' }, { title: 'product' }, { title: 'status' }, { title: 'why' }, { title: 'asked for' }, { title: 'took', right: true }, { title: 'rows', right: true }],
      runs.map((r) => [r.id, r.product, { ours: formatStatus(world.terminal, r.status) }, r.trigger, formatInstant(r.requestedAt), formatDuration(r.startedAt, r.finishedAt), formatCount(r.rowsWritten)]),
    ),
  })
})

function renderRun(terminal: Terminal, run: Run): string {
  return [
    renderFacts([
      ['run', run.id], ['product', run.product], ['status', { ours: formatStatus(terminal, run.status) }], ['why', run.trigger],
      ['goes by', run.document === undefined ? undefined : documentText(run.document)],
      ['asked for', formatInstant(run.requestedAt)], ['started', formatInstant(run.startedAt)], ['took', formatDuration(run.startedAt, run.finishedAt)],
    ]),
    '',
    ...run.steps.map((step) => renderStep(terminal, toStep(step))),
    ...run.diagnostics.map((d) => `\n${d.code}: ${printable(d.message)}`),
  ].join('\n')
}

const documentText = ({ name, version, from }: NonNullable<Run['document']>): string => `${name} ${version}${from === undefined ? '' : from === 'product' ? ', its own' : `, of the ${from}`}`

const renderLog = (_terminal: Terminal, run: Run): string =>
  run.log.map((line) => printable(`${formatInstant(line.time)}  ${(line.step ?? '').padEnd(10)} ${line.level === 'info' ? '' : `${line.level}: `}${line.message}`)).join('\n')
