// `tulle backfill` and `tulle backfills list|show|resume|cancel`: one run of a product for each part of a range of days.

import type { Command } from 'commander'
import type { Backfill, Client } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok, systemClock } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { byOf, countOf, listOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant, formatStatus } from '../format.ts'
import { renderFacts, renderTable } from '../table.ts'
import type { Terminal, World } from '../types.ts'

interface BackfillOptions extends RemoteOptions { readonly from: string; readonly to: string; readonly by: string; readonly parameter?: string; readonly force?: boolean; readonly priority?: string; readonly wait?: boolean }

type Part = Backfill['parts'][number]

export function registerBackfill(program: Command, world: World): void {
  withServer(program.command('backfill').argument('<product>'))
    .description('run a product once for each part of a range of days, oldest first')
    .requiredOption('--from <day>', 'the first day, such as 2026-01-01')
    .requiredOption('--to <day>', 'the last day')
    .option('--by <unit>', 'day or month', 'day')
    .option('--parameter <name>', 'the parameter of its workflow that is given the first day of each part; two with a comma: the second is given the first day after it')
    .option('--force', 'run parts also where nothing has changed')
    .option('--priority <number>', '0 to 1000: higher ones go first among those that wait; 300 without it')
    .option('-w, --wait', 'follow it to its end; a part that fails is exit code 1')
    .action(act(world, (options: BackfillOptions, product: string) => start(world, options, product)))
  const family = program.command('backfills').description('the backfills there were')
  withServer(family.command('list').argument('<product>')).description('list those of a product, newest first').action(act(world, (options: RemoteOptions, product: string) =>
    withClient<Answer>(world, options, async (client) => {
      const listed = await client.listBackfills({ product })
      if (!listed.ok) return listed
      const { backfills } = listed.value
      return ok({ json: backfills, text: () => renderTable([{ title: 'backfill' }, { title: 'range' }, { title: 'asked for' }, { title: 'parts' }], backfills.map((one) => [one.id, `${one.from} to ${one.to} by ${one.by}`, formatInstant(one.requestedAt), countsOf(one)])) })
    })))
  withServer(family.command('show').argument('<backfill>')).description('show each part with its run').action(act(world, (options: RemoteOptions, backfill: string) =>
    withClient<Answer>(world, options, async (client) => answered(world, await client.getBackfill({ backfill })))))
  withServer(family.command('resume').argument('<backfill>'))
    .description('queue a run for each part that has none which succeeded or is under way')
    .option('-w, --wait', 'follow it to its end; a part that fails is exit code 1')
    .action(act(world, (options: RemoteOptions & { readonly wait?: boolean }, backfill: string) =>
      withClient<Answer>(world, options, async (client) => followed(world, client, await client.resumeBackfill({ backfill }), options.wait === true))))
  withServer(family.command('cancel').argument('<backfill>')).description('end its runs that have not ended').action(act(world, (options: RemoteOptions, backfill: string) =>
    withClient<Answer>(world, options, async (client) => answered(world, await client.cancelBackfill({ backfill })))))
}

const start = (world: World, options: BackfillOptions, product: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const by = byOf(options.by)
  if (!by.ok) return by
  const priority = options.priority === undefined ? ok(undefined) : countOf('--priority', options.priority, 1000)
  if (!priority.ok) return priority
  const parameters = listOf(options.parameter)
  const { from, to } = options
  const started = await client.startBackfill({ product, from, to, by: by.value, force: options.force === true, ...(parameters !== undefined && { parameters }), ...(priority.value !== undefined && { priority: priority.value }) }, { signal: world.signal })
  return followed(world, client, started, options.wait === true)
})

const answered = (world: World, result: Result<Backfill>): Result<Answer> =>
  (result.ok ? ok({ json: result.value, text: () => renderBackfill(world.terminal, result.value) }) : result)

const POLL_MILLISECONDS = 500

async function followed(world: World, client: Client, started: Result<Backfill>, wait: boolean): Promise<Result<Answer>> {
  if (!started.ok) return started
  const { id } = started.value
  if (!wait) return ok({ json: started.value, text: () => `Backfill ${id} of ${started.value.product}: ${countsOf(started.value)}. Follow it with "tulle backfills show ${id}".` })
  const told = new Set<string>()
  for (let backfill = started.value; ;) {
    for (const part of backfill.parts) {
      if (!isEnded(part) || told.has(part.name)) continue
      told.add(part.name)
      world.terminal.say(`${part.name} ${part.status}${part.why === undefined ? '' : `: ${part.why}`} (${told.size} of ${backfill.parts.length})`)
    }
    if (backfill.parts.every((part) => isEnded(part) || part.status === 'missing')) {
      const ended = backfill
      return ok({ json: ended, text: () => `Backfill ${id} of ${ended.product}: ${countsOf(ended)}.`, exit: ended.parts.every(({ status }) => status === 'succeeded') ? 0 : 1 })
    }
    await systemClock.sleep(POLL_MILLISECONDS, world.signal)
    const next = await client.getBackfill({ backfill: id })
    if (!next.ok) return next
    backfill = next.value
  }
}

const isEnded = ({ status }: Part): boolean => status === 'succeeded' || status === 'failed' || status === 'cancelled'

/** `28 succeeded, 2 failed, 1 queued`. */
function countsOf({ parts }: Backfill): string {
  const counts = Map.groupBy(parts, ({ status }) => status)
  return [...counts].map(([status, of]) => `${of.length} ${status}`).join(', ')
}

const renderBackfill = (terminal: Terminal, backfill: Backfill): string => [
  renderFacts([
    ['backfill', backfill.id], ['product', backfill.product], ['range', `${backfill.from} to ${backfill.to} by ${backfill.by}`],
    ['given', backfill.parameters.length === 0 ? 'the range of a cursor' : backfill.parameters.join(', ')], ['asked for', `${formatInstant(backfill.requestedAt)} by ${backfill.requestedBy}`], ['parts', countsOf(backfill)],
  ]),
  renderTable([{ title: 'part' }, { title: 'status' }, { title: 'run' }, { title: '' }], backfill.parts.map((part) => [part.name, part.status === 'missing' ? 'not queued' : { ours: formatStatus(terminal, part.status) }, part.runId ?? '', part.why ?? (part.waits === undefined ? '' : `waits: ${part.waits}`)])),
].join('\n\n')
