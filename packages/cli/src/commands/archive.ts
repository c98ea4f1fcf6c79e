// `tulle archive list|restore`: rows that contracts have archived, and how they come back.

import type { Command } from 'commander'
import type { Archives, RestoredRows } from '@tulle/api'
import { counted, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { askConsent } from '../ask.ts'
import { countOf, dataSetOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatBytes, formatCount, formatInstant } from '../format.ts'
import { renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface RestoreOptions extends RemoteOptions { readonly from?: string; readonly to?: string; readonly keepFor: string; readonly dryRun?: boolean; readonly readOnly?: boolean }

const MOST_DAYS = 3650

export function registerArchive(program: Command, world: World): void {
  const family = program.command('archive').description('rows that their contracts have archived: what lies in the cold store, and how it comes back')
  withServer(family.command('list').argument('[product]', 'only its data sets'))
    .description('how many rows of each data set, from when, and what was moved there and back')
    .action(act(world, (options: RemoteOptions, product: string | undefined) => withClient<Answer>(world, options, async (client) => {
      const found = await client.listArchives(product === undefined ? {} : { product }, { signal: world.signal })
      return found.ok ? ok({ json: found.value.archives, text: () => renderArchives(found.value) }, found.value.diagnostics) : found
    })))
  withServer(family.command('take-over'))
    .description('write into the cold store from this home, where another home of the mesh did and is gone for good')
    .option('-y, --yes', 'do not ask')
    .action(act(world, (options: RemoteOptions & { readonly yes?: boolean }) => takeOver(world, options)))
  withServer(family.command('restore').argument('<data set>', 'flights.flights'))
    .description('bring archived rows back into their data set, and keep them there for a while')
    .option('--from <day or time>', 'from this one on, by the column that rows go by: 2025-01-01')
    .option('--to <day or time>', 'before this one')
    .option('--keep-for <days>', 'how many days the contract does not take them again', '30')
    .option('--read-only', 'as a version beside the others for so many days; they stay in the archive')
    .option('--dry-run', 'say how many rows would come, and change nothing')
    .action(act(world, (options: RestoreOptions, name: string) => restore(world, options, name)))
}

async function takeOver(world: World, options: RemoteOptions & { readonly yes?: boolean }): Promise<Result<Answer>> {
  const asked = await askConsent(world, 'The home that wrote there before can archive nothing from now on. Take the cold store over?', options.yes === true)
  if (!asked.ok) return asked
  return withClient<Answer>(world, options, async (client) => {
    const taken = await client.takeOverArchive({}, { signal: world.signal })
    return taken.ok ? ok({ json: taken.value, text: () => `This home holds ${printable(taken.value.place)} now.` }) : taken
  })
}

async function restore(world: World, options: RestoreOptions, name: string): Promise<Result<Answer>> {
  const ref = dataSetOf(name)
  if (!ref.ok) return ref
  const keepForDays = countOf('--keep-for', options.keepFor.replace(/d$/u, ''), MOST_DAYS)
  if (!keepForDays.ok) return keepForDays
  const { from, to, dryRun = false, readOnly = false } = options
  return withClient<Answer>(world, options, async (client) => {
    const done = await client.restoreRows({ ...ref.value, keepForDays: keepForDays.value, dryRun, readOnly, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, { signal: world.signal })
    return done.ok ? ok({ json: done.value, text: () => renderRestored(name, done.value) }) : done
  })
}

function renderRestored(name: string, { dryRun, rows, added, snapshotId, version, keptUntil }: RestoredRows): string {
  if (dryRun) return `${counted(rows, 'row')} of ${name} would come back. Nothing was changed.`
  if (rows === 0) return `The archive of ${name} has no such rows.`
  if (version !== undefined) return `${counted(rows, 'row')} of the archive can be read until ${formatInstant(keptUntil)}: select * from ${name} for version as of '${version}'`
  const left = rows === added ? '' : ` ${counted(rows - added, 'row')} of them ${rows - added === 1 ? 'was' : 'were'} there already, or of somebody who was erased.`
  return `${counted(rows, 'row')} left the archive of ${name}; snapshot ${snapshotId ?? ''} has ${formatCount(added)} of them.${left} The contract takes them again after ${formatInstant(keptUntil)}.`
}

function renderArchives({ isNamed, archives }: Archives): string {
  if (archives.length === 0) return isNamed ? 'Nothing was archived.' : 'Nothing was archived, and no cold store is named: TULLE_COLD_STORE does so.'
  const exempt = archives.flatMap((archive) => archive.exempt.map(({ rows, from, to, until }) => `${archive.product}.${archive.dataSet}: ${counted(rows, 'row')} that came back${from === undefined ? '' : ` from ${from.slice(0, 10)}`}${to === undefined ? '' : ` before ${to.slice(0, 10)}`} ${rows === 1 ? 'stays' : 'stay'} until ${formatInstant(until)}.`))
  const table = renderTable(
    [{ title: 'data set' }, { title: 'rows', right: true }, { title: 'size', right: true }, { title: 'from' }, { title: 'to' }, { title: 'last' }],
    archives.map(({ product, dataSet, rows, bytes, isRead, oldest, newest, endedAt, moves: [last] }) => [
      `${product}.${dataSet}`, isRead ? formatCount(rows) : '?', isRead ? formatBytes(bytes) : '?', printable(oldest ?? '–'), printable(newest ?? '–'),
      endedAt !== undefined ? `goes: its data set was destroyed on ${formatInstant(endedAt)}` : last === undefined ? '–' : `${counted(last.rows, 'row')} ${last.action} by ${printable(last.by)} on ${formatInstant(last.at)}`,
    ]),
  )
  return [table, ...exempt].join('\n')
}
