// How a data set that is kept in step stands to what it reads: by what its published version was made, and since when something
// newer is published than what it read.

import type { DataSet } from '@tulle/api'
import type { Table } from '@tulle/lake'
import { ancestorsOf, loadTable } from '@tulle/lake'
import { madeBy, RUN_SUMMARY } from '@tulle/pipeline'
import type { House } from '../house.ts'

export async function inStepOf({ lake, clock }: Pick<House, 'lake' | 'clock'>, table: Table | undefined): Promise<NonNullable<DataSet['inStep']>> {
  const { summary = {} } = (table?.currentSnapshot === undefined ? undefined : madeBy(ancestorsOf(table, table.currentSnapshot.id))) ?? {}
  const last = summary[RUN_SUMMARY.refresh]
  const since: number[] = []
  for (const [ref, read] of Object.entries(JSON.parse(summary[RUN_SUMMARY.inputs] ?? '{}') as Readonly<Record<string, string>>)) {
    const [, namespace = '', name = ''] = /^data-set:([^.]+)\.(.+)$/u.exec(ref) ?? []
    const input = name === '' ? undefined : await loadTable(lake, { namespace, name })
    if (input?.ok !== true || input.value.currentSnapshot === undefined || input.value.currentSnapshot.id === read) continue
    const then = input.value.snapshots.find(({ id }) => id === read)?.timestamp ?? 0
    const newer = ancestorsOf(input.value, input.value.currentSnapshot.id).filter(({ timestamp, summary: own }) => timestamp > then && own['operation'] !== 'replace').map(({ timestamp }) => timestamp)
    since.push(...newer)
  }
  return { ...((last === 'changes' || last === 'whole') && { last }), lagMilliseconds: since.length === 0 ? 0 : Math.max(0, clock.now() - Math.min(...since)) }
}
