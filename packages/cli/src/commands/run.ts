// `tulle run` and `tulle runs list|show|failing|logs|cancel`: a product's workflow at work.

import type { Command } from 'commander'
import type { Client, Run, RunSummary, TriggerState } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf, parametersOf, rangeOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount, formatDuration, formatInstant, formatStatus } from '../format.ts'
import { followLog, followRun, toStep } from '../follow-run.ts'
import { renderStep } from '../progress.ts'
import { renderFacts, renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { Terminal, World } from '../types.ts'
import { registerFailingRows } from './failing-rows.ts'

interface RunOptions extends RemoteOptions { readonly wait?: boolean; readonly force?: boolean; readonly fullRefresh?: boolean; readonly backfill?: string; readonly priority?: string; readonly with?: readonly string[] }

interface RerunOptions extends RemoteOptions { readonly from?: string; readonly wait?: boolean }

export function registerRun(program: Command, world: World): void {
  registerTriggers(program, world)
  withServer(program.command('run').argument('<product>'))
    .description('run a product\'s workflow')
    .option('-w, --wait', 'follow it to its end; a failed run is exit code 1')
    .option('--with <name=value...>', 'parameters for its workflow; a value that reads as JSON is that')
    .option('--force', 'run also where no input has changed')
    .option('--full-refresh', 'build incremental models anew, from all of their inputs')
    .option('--priority <number>', '0 to 1000: higher ones go first among those that wait')
    .option('--backfill <range>', 'read anew what input ports with a cursor have within from..to')
    .action(act(world, (options: RunOptions, product: string) => startRun(world, options, product)))
  withServer(program.command('rerun').argument('<run>'))
    .description('a new run that takes over what an ended run made before a step, and does the rest anew')
    .option('--from <step>', 'the step to begin with; without it, the one that failed')
    .option('-w, --wait', 'follow it to its end; a failed run is exit code 1')
    .action(act(world, (options: RerunOptions, run: string) => rerun(world, options, run)))
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
        return shown.ok ? ok({ json: shown.value, text: () => render(world.terminal, shown.value) }) : shown
      })))
  }
  one('show', 'show its steps, times and row counts', renderRun)
  registerFailingRows(family, world)
  withServer(family.command('logs').argument('<run>'))
    .description('show its log')
    .option('-f, --follow', 'print new lines as they come, to its end')
    .action(act(world, (options: RemoteOptions & { follow?: boolean; output?: string }, run: string) =>
      withClient<Answer>(world, options, async (client) => {
        const isLive = options.follow === true && options.output !== 'json'
        const shown = options.follow === true ? await followLog(world, client, run, (lines) => isLive && world.terminal.out(lines.map(renderLine).join('\n'))) : await client.getRun({ run })
        if (!shown.ok) return shown
        return ok({ json: shown.value.log, ...(!isLive && { text: () => renderLog(world.terminal, shown.value) }) })
      })))
  const change = (name: 'pauseRun' | 'resumeRun', said: string) => (options: RemoteOptions, run: string) =>
    withClient<Answer>(world, options, async (client) => {
      const changed = await client[name]({ run })
      return changed.ok ? ok({ json: changed.value, text: () => `Run ${run} ${said}.` }) : changed
    })
  withServer(family.command('pause').argument('<run>')).description('let it stop before its next step, until it is resumed').action(act(world, change('pauseRun', 'stops before its next step')))
  withServer(family.command('resume').argument('<run>')).description('let a paused run go on').action(act(world, change('resumeRun', 'goes on')))
  withServer(family.command('cancel').argument('<run>')).description('ask it to stop; it publishes nothing').action(act(world, (options: RemoteOptions, run: string) =>
    withClient<Answer>(world, options, async (client) => {
      const cancelled = await client.cancelRun({ run })
      return cancelled.ok ? ok({ json: cancelled.value, text: () => `Run ${run} is asked to stop.` }) : cancelled
    })))
}

/** `tulle pause` and `tulle resume` of a product. */
function registerTriggers(program: Command, world: World): void {
  const triggers = (name: 'pauseTriggers' | 'resumeTriggers', text: (state: TriggerState) => string) => (options: RemoteOptions, product: string) =>
    withClient<Answer>(world, options, async (client) => {
      const changed = await client[name]({ product })
      return changed.ok ? ok({ json: changed.value, text: () => text(changed.value) }) : changed
    })
  withServer(program.command('pause').argument('<product>'))
    .description('let schedules, events and webhooks start no run of a product; by hand it still runs')
    .action(act(world, triggers('pauseTriggers', ({ product }) => `The triggers of ${product} are paused; "tulle resume ${product}" lets them go on.`)))
  withServer(program.command('resume').argument('<product>'))
    .description('let them start runs again; one run makes up for what came meanwhile')
    .action(act(world, triggers('resumeTriggers', ({ product, runId }) => `The triggers of ${product} start runs again${runId === undefined ? '; nothing came meanwhile' : `; run ${runId} makes up for what came meanwhile`}.`)))
}

const startRun = (world: World, options: RunOptions, product: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const backfill = rangeOf(options.backfill)
  if (!backfill.ok) return backfill
  const priority = options.priority === undefined ? ok(undefined) : countOf('--priority', options.priority, 1000)
  if (!priority.ok) return priority
  const parameters = parametersOf(options.with)
  if (!parameters.ok) return parameters
  const started = await client.startRun({ product, ...(priority.value !== undefined && { priority: priority.value }), ...(parameters.value !== undefined && { with: parameters.value }), force: options.force === true, fullRefresh: options.fullRefresh === true, ...(backfill.value !== undefined && { backfill: backfill.value }) }, { signal: world.signal })
  if (!started.ok) return started
  return followed(world, client, { runId: started.value.runId, of: product, wait: options.wait === true })
})

const rerun = (world: World, options: RerunOptions, run: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const started = await client.rerunRun({ run, ...(options.from !== undefined && { from: options.from }) }, { signal: world.signal })
  return started.ok ? followed(world, client, { runId: started.value.runId, of: `what run ${run} was`, wait: options.wait === true }) : started
})

async function followed(world: World, client: Client, { runId, of, wait }: { readonly runId: string; readonly of: string; readonly wait: boolean }): Promise<Result<Answer>> {
  if (!wait) return ok({ json: { runId }, text: () => `Run ${runId} of ${of} is queued. Follow it with "tulle runs show ${runId}".` })
  const finished = await followRun(world, client, runId)
  if (!finished.ok) return finished
  const { status, diagnostics } = finished.value
  return ok({ json: finished.value, text: () => renderOutcome(world.terminal, finished.value), exit: status === 'succeeded' ? 0 : 1 }, diagnostics)
}

const renderOutcome = (terminal: Terminal, run: Run): string =>
  `${formatStatus(terminal, run.status)}  ${run.product}  ${formatDuration(run.startedAt, run.finishedAt)}${run.rowsWritten === undefined ? '' : `  ${counted(run.rowsWritten, 'row')}`}  run ${run.id}`

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
      runs.map((r) => [r.id, r.product, { ours: formatStatus(world.terminal, r.status) }, `${r.trigger}${stateOf(r)}`, formatInstant(r.requestedAt), formatDuration(r.startedAt, r.finishedAt), formatCount(r.rowsWritten)]),
    ),
  })
})

const stateOf = ({ waits, paused }: RunSummary): string => `${waits === undefined ? '' : `; waits: ${waits}`}${paused === undefined ? '' : `; paused by ${paused.by}`}`

function renderRun(terminal: Terminal, run: Run): string {
  return [
    renderFacts([
      ['run', run.id], ['product', run.product], ['status', { ours: formatStatus(terminal, run.status) }], ['why', `${run.trigger}${stateOf(run)}`], ['priority', String(run.priority)],
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
  run.log.map(renderLine).join('\n')

const renderLine = (line: Run['log'][number]): string => printable(`${formatInstant(line.time)}  ${(line.step ?? '').padEnd(10)} ${line.level === 'info' ? '' : `${line.level}: `}${line.message}`)
