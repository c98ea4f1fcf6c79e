// `tulle slo PRODUCT`: what a product promises of its service, and how it is kept.

import type { Command } from 'commander'
import type { ProductStatus, ServiceLevel, ServiceLevelIndicator } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount, formatInstant } from '../format.ts'
import { renderFacts, renderTable } from '../table.ts'
import type { World } from '../types.ts'

export function registerSlo(program: Command, world: World): void {
  withServer(program.command('slo').argument('<product>'))
    .description('what a product promises of its service: attainment, error budget, last measurement')
    .action(act(world, (options: RemoteOptions, product: string) => withClient<Answer>(world, options, async (client) => {
      const found = await client.listServiceLevels({ product })
      return found.ok ? ok({ json: found.value, text: () => renderLevels(found.value.levels), exit: found.value.levels.some(({ state }) => state === 'missed') ? 1 : 0 }) : found
    })))
}

/** `tulle status PRODUCT`. */
export const productStatus = (world: World, options: RemoteOptions, product: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const found = await client.getProductStatus({ product })
  return found.ok ? ok({ json: found.value, text: () => renderStatus(found.value), exit: found.value.state === 'broken' ? 1 : 0 }) : found
})

function renderLevels(levels: readonly ServiceLevel[]): string {
  if (levels.length === 0) return 'It promises nothing.'
  return renderTable(
    [{ title: 'service level' }, { title: 'state' }, { title: 'promised', right: true }, { title: 'attained', right: true }, { title: 'budget left', right: true }, { title: 'last' }, { title: 'how' }],
    levels.flatMap((level) => (level.indicators.length === 0
      ? [[level.title, level.state, '', '', '', '', level.description ?? 'not measured']]
      : level.indicators.map((one) => [level.title, one.state, `${level.objective} % of ${span(level.windowSeconds)}`, percent(one.attained), percent(one.budget.leftPercent), last(one), one.sentence]))),
  )
}

function renderStatus(status: ProductStatus): string {
  const { certification, checks, latency, publications: [published] } = status
  const [standing] = certification.history
  const against = certification.by === 'rules' && !certification.certified ? standing?.failing.map(({ rule, why }) => `${rule}: ${why}`).join('; ') : undefined
  return [
    renderFacts([
      ['product', `${status.product} (${status.title})`], ['state', status.state],
      ['certified', certification.certified ? `yes, ${certification.by === 'rules' ? `since ${formatInstant(standing?.at)}` : 'by its own word'}` : `no${against === undefined || against === '' ? '' : `: ${against}`}`],
      ['published', formatInstant(published?.at)],
      ['last run', status.lastRun === undefined ? undefined : `${status.lastRun.id} ${status.lastRun.status}`],
      ['checks', checks === undefined ? undefined : `${checks.passed} of ${checks.total} pass`],
      ['statements', latency === undefined ? undefined : `${formatCount(latency.statements)} within a day; half within ${latency.p50} ms, 95 % within ${latency.p95} ms, 99 % within ${latency.p99} ms`],
    ]),
    renderLevels(status.levels),
    status.incidents.length === 0 ? 'No open incident.' : renderTable([{ title: 'incident' }, { title: 'state' }, { title: 'since' }, { title: 'what' }], status.incidents.map((one) => [one.id, one.state, formatInstant(one.openedAt), one.sentence])),
  ].join('\n\n')
}

const percent = (value: number | undefined): string => (value === undefined ? '–' : `${Math.round(value * 100) / 100} %`)

function last({ last: sample, unit }: ServiceLevelIndicator): string {
  if (sample === undefined) return 'not yet'
  const { state, value, note } = sample
  const shown = value === undefined ? note : unit === 'percent' ? percent(value) : unit === 'rows' ? counted(value, 'row') : value >= 1000 ? span(Math.round(value / 1000)) : `${value} ms`
  return [state, shown].filter((part) => part !== undefined && part !== '').join(', ')
}

const SPANS = [[86_400, 'd'], [3_600, 'h'], [60, 'min']] as const

function span(seconds: number): string {
  const [each, unit] = SPANS.find(([one]) => seconds >= one) ?? [1, 's']
  return `${Math.round((seconds / each) * 10) / 10} ${unit}`
}
