// `tulle product list|show`: what there is. `export` and `import` are beside it.

import type { Command } from 'commander'
import type { Product, ProductSummary } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount, formatInstant } from '../format.ts'
import { renderFacts, renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'
import { registerProductFormats } from './product-formats.ts'

export function registerProduct(program: Command, world: World): void {
  const family = program.command('product').description('the data products of the mesh')
  withServer(family.command('list'))
    .description('list or search them')
    .argument('[words]', 'what to look for')
    .option('--domain <domain>', 'only those of a data domain')
    .option('--team <team>', 'only those of a technical team')
    .action(act(world, (options: RemoteOptions & Filter, words: string | undefined) => listProducts(world, options, words)))
  withServer(family.command('show').argument('<product>'))
    .description('show its data sets, ports and the caller\'s access')
    .action(act(world, (options: RemoteOptions, product: string) => withClient<Answer>(world, options, async (client) => {
      const shown = await client.getProduct({ product })
      return shown.ok ? ok({ json: shown.value, text: () => renderProduct(shown.value) }) : shown
    })))
  registerProductFormats(family, world)
}

interface Filter { readonly domain?: string; readonly team?: string }

const PAGE = 1000

const listProducts = (world: World, options: RemoteOptions & Filter, words: string | undefined): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const filter = { ...(words !== undefined && { q: words }), ...(options.domain !== undefined && { domain: options.domain }), ...(options.team !== undefined && { team: options.team }) }
  const products: ProductSummary[] = []
  for (;;) {
    const page = await client.listProducts({ ...filter, limit: PAGE, offset: products.length }, { signal: world.signal })
    if (!page.ok) return page
    products.push(...page.value.products)
    if (page.value.products.length === 0 || products.length >= page.value.total) break
  }
  return ok({
    json: products,
    text: () => renderTable(
      [{ title: 'product' }, { title: 'title' }, { title: 'domain' }, { title: 'team' }, { title: 'data sets', right: true }, { title: 'access' }, { title: 'published' }],
      products.map((p) => [p.name, p.title, p.domain, p.team, String(p.dataSets), p.access, formatInstant(p.lastPublished)]),
    ),
  })
})

const inStepText = ({ last, lagMilliseconds }: NonNullable<Product['dataSets'][number]['inStep']>): string =>
  `kept in step (${last === undefined ? 'not built yet' : last === 'changes' ? 'last by changes' : 'last built as a whole'}, lag ${(lagMilliseconds / 1000).toFixed(1)} s)`

function renderProduct(product: Product): string {
  const parts = [
    renderFacts([
      ['product', product.name], ['title', product.title], ['what it is', product.description], ['domain', product.domain], ['team', product.team],
      ['owner', product.owner], ['certified', product.certified ? 'yes' : undefined], ['tags', product.tags.join(', ') || undefined],
      ['access', product.access], ['schedule', product.schedule], ['published', formatInstant(product.lastPublished)],
    ]),
  ]
  for (const dataSet of product.dataSets) {
    const rows = dataSet.rows === undefined ? 'not published' : counted(dataSet.rows, 'row')
    parts.push(`${product.name}.${dataSet.name}  ${rows}${dataSet.inStep === undefined ? '' : `, ${inStepText(dataSet.inStep)}`}\n${dataSet.access.reasons.map((reason) => `  ${dataSet.access.effect}: ${printable(reason.text)}\n`).join('')}${indent(renderTable(
      [{ title: 'column' }, { title: 'type' }, { title: 'required' }, { title: 'classification' }, { title: 'description' }],
      dataSet.columns.map((c) => [c.name, c.type, c.required ? 'yes' : '', c.classification ?? '', c.description ?? '']),
    ))}`)
  }
  if (product.inputPorts.length > 0) parts.push(`Input ports\n${indent(renderTable([{ title: 'name' }, { title: 'kind' }, { title: 'from' }], product.inputPorts.map((p) => [p.name, p.kind, p.path ?? p.table ?? [p.product, p.dataSet].filter(Boolean).join('.')])))}`)
  if (product.outputPorts.length > 0) parts.push(`Output ports\n${indent(renderTable([{ title: 'name' }, { title: 'kind' }, { title: 'address' }], product.outputPorts.flatMap((p) => p.addresses.map((a) => [p.name, p.kind, a.address]))))}`)
  const topics = product.outputPorts.flatMap(({ name, kafka }) => (kafka?.topics ?? []).map((topic) => [name, topic.topic, kafka?.application ?? '', topic.status, formatCount(topic.written), topic.lag === undefined ? '' : formatCount(topic.lag.entries), topic.trouble === undefined ? '' : printable(topic.trouble.message ?? topic.trouble.code)]))
  if (topics.length > 0) parts.push(`Topics of Kafka\n${indent(renderTable([{ title: 'port' }, { title: 'topic' }, { title: 'written as' }, { title: 'status' }, { title: 'records' }, { title: 'behind' }, { title: 'why not' }], topics))}`)
  if (product.downstream.length > 0) parts.push(`Read by ${product.downstream.map((p) => p.name).join(', ')}`)
  return parts.join('\n\n')
}

const indent = (text: string): string => text.replace(/^/gm, '  ')
