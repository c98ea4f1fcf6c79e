// `tulle dev <product>`: what a folder would change of a product, built from production's snapshots and beside them, and compared.

import type { Command } from 'commander'
import { rehearsal } from '@tulle/api'
import type { RehearsedDataSet } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { followRun } from '../follow-run.ts'
import { formatCount } from '../format.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

export function registerDev(program: Command, world: World): void {
  withServer(program.command('dev').argument('<product>'))
    .description('build what a folder would change of a product, from production\'s snapshots and without touching them, and compare')
    .argument('[folder]', 'the mesh folder; without it, the one around here')
    .action(act(world, (options: RemoteOptions, product: string, folder?: string) => rehearse(world, options, product, folder)))
}

async function rehearse(world: World, options: RemoteOptions, product: string, given: string | undefined): Promise<Result<Answer>> {
  const folder = meshFolderOf(world, given)
  if (!folder.ok) return folder
  const { readMeshFolder } = await import('@tulle/model')
  const files = await readMeshFolder(folder.value)
  if (!files.ok) return files
  return withClient<Answer>(world, options, async (client) => {
    const started = await client.rehearseProduct({ product, files: Object.fromEntries(files.value) }, { signal: world.signal })
    if (!started.ok) return started
    const { runId } = started.value
    const ended = await followRun(world, client, runId)
    if (!ended.ok) return ended
    const { status, diagnostics, steps } = ended.value
    const compared = rehearsal.safeParse(steps.find((step) => step.name === 'compare')?.output)
    if (status !== 'succeeded' || !compared.success) return ok({ json: { product, runId, status }, text: () => `Run ${runId} could not build it: ${status}. Production is as it was.`, exit: 1 }, diagnostics)
    const { dataSets } = compared.data
    const isFailing = dataSets.some(({ failing }) => failing.length > 0)
    return ok({ json: { product, runId, status, dataSets }, text: () => `${dataSets.map(renderOne).join('\n')}\nProduction is as it was; nothing of this is kept.`, exit: isFailing ? 1 : 0 }, diagnostics)
  })
}

function renderOne({ dataSet, rows, onlyInProduction = 0, onlyInRehearsed = 0, columns, added, removed, retyped, failing, unchecked }: RehearsedDataSet): string {
  const same = rows.production !== undefined && onlyInProduction + onlyInRehearsed === 0
  const list = (names: readonly string[]): string => names.map(printable).join(', ')
  return [
    rows.production === undefined ? `${dataSet}: ${counted(rows.rehearsed, 'row')}; production has no such data set.`
      : same ? `${dataSet}: ${counted(rows.rehearsed, 'row')}, the same as production's${added.length + removed.length + retyped.length === 0 ? '' : ' in the columns that both have'}.`
        : `${dataSet}: ${counted(rows.rehearsed, 'row')}, production has ${formatCount(rows.production)}; ${formatCount(onlyInRehearsed)} are only here, ${formatCount(onlyInProduction)} only there${columns.length === 0 ? '' : `, in ${list(columns)}`}.`,
    ...(added.length === 0 || rows.production === undefined ? [] : [`  New columns: ${list(added)}`]),
    ...(removed.length === 0 ? [] : [`  Removed columns: ${list(removed)}`]),
    ...(retyped.length === 0 ? [] : [`  Columns of another type: ${list(retyped)}`]),
    ...failing.map((sentence) => `  ✗ ${printable(sentence)}`),
    ...(unchecked === undefined ? [] : [`  Not checked: ${unchecked}.`]),
  ].join('\n')
}
