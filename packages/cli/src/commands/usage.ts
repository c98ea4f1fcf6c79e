// `tulle usage`: who uses a product or the mesh, and which rights nobody uses.

import type { Command } from 'commander'
import type { Usage } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatBytes, formatCount, formatInstant } from '../format.ts'
import { renderFacts, renderTable } from '../table.ts'
import type { World } from '../types.ts'

interface UsageOptions extends RemoteOptions { readonly days: string; readonly domain?: string }

export function registerUsage(program: Command, world: World): void {
  withServer(program.command('usage').argument('[product]', 'one product; without it the mesh, for stewards and administrators'))
    .description('who uses a product or the mesh, what it costs, and which rights nobody uses')
    .option('--days <count>', 'how many days back, and as many before to compare with', '30')
    .option('--domain <domain>', 'only the products of one domain')
    .action(act(world, (options: UsageOptions, product: string | undefined) => usage(world, options, product)))
}

const usage = (world: World, options: UsageOptions, product: string | undefined): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const days = countOf('--days', options.days, 366)
  if (!days.ok) return days
  if (product !== undefined) {
    const used = await client.productUsage({ product, days: days.value }, { signal: world.signal })
    return used.ok ? ok({ json: used.value, text: () => render(used.value) }) : used
  }
  const used = await client.meshUsage({ days: days.value, ...(options.domain !== undefined && { domain: options.domain }) }, { signal: world.signal })
  if (!used.ok) return used
  const { products } = used.value
  return ok({
    json: used.value,
    text: () => `${render(used.value.usage)}\n\n${renderTable(
      [{ title: 'product' }, { title: 'domain' }, { title: 'active', right: true }, { title: 'inactive', right: true }, { title: 'queries', right: true }, { title: 'rows', right: true }, { title: 'time', right: true }, { title: 'read by', right: true }, { title: 'rights unused', right: true }],
      products.map((p) => [p.product, p.domain, formatCount(p.active), formatCount(p.inactive), formatCount(p.queries), formatCount(p.rows), seconds(p.milliseconds), formatCount(p.readBy), formatCount(p.neverUsed)]),
    )}`,
  })
})

function render(used: Usage): string {
  const { consumers, before, firstUse, reuse, interoperability, coverage, neverUsed } = used
  const percent = (share: number): string => `${Math.round(share * 100)} %`
  return [
    renderFacts([
      ['days', `${used.from.slice(0, 10)} to ${used.to.slice(0, 10)}`],
      ['consumers', `${formatCount(consumers.active)} active (${formatCount(before.active)} before), ${formatCount(consumers.inactive)} inactive`],
      ...consumers.byPurpose.map(({ purpose, active, inactive, queries }): [string, string] => [`  for ${purpose === '' ? 'no purpose' : purpose}`, `${formatCount(active)} active, ${formatCount(inactive)} inactive, ${formatCount(queries)} queries`]),
      ['queries', `${formatCount(used.queries)} (${formatCount(before.queries)} before), ${formatCount(used.refused)} refused`],
      ['rows', `${formatCount(used.rows)} (${formatCount(before.rows)} before)`],
      ['cost', `${seconds(used.milliseconds)}, ${formatBytes(used.bytes)}`],
      ['first use', firstUse.medianSeconds === undefined ? 'nothing granted was used yet' : `after ${span(firstUse.medianSeconds)} (median of ${formatCount(firstUse.used)} grants)`],
      ['read by', reuse.products.length === 0 ? 'no product' : reuse.products.join(', ')],
      ['joins domains', `${percent(interoperability.share)} of its queries`],
      ['covered', `${percent(coverage.contracted)} of data sets by contracts, ${percent(coverage.documented)} of columns described, ${percent(coverage.classified)} classified, ${percent(coverage.withServiceLevel)} of products with service levels`],
    ]),
    ...(neverUsed.length === 0 ? [] : [`Never used:\n${renderTable([{ title: 'grant' }, { title: 'product' }, { title: 'for' }, { title: 'purposes' }, { title: 'since' }], neverUsed.map((g) => [g.grant, g.product, g.subjectKind === 'user' ? g.subject : `${g.subjectKind}:${g.subject}`, g.purposes.join(', '), formatInstant(g.grantedAt)]))}`]),
  ].join('\n\n')
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
const span = (s: number): string => (s < 120 ? `${Math.round(s)} s` : s < 7200 ? `${Math.round(s / 60)} min` : s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} days`)
