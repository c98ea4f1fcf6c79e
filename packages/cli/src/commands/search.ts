// `tulle search WORDS`: the products that words, a column or a question may mean.

import type { Command } from 'commander'
import type { Found } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface SearchOptions extends RemoteOptions { readonly limit: string; readonly readable?: true; readonly domain?: string; readonly type?: string; readonly classification?: string; readonly port?: string; readonly certified?: true; readonly freshness?: string }

export function registerSearch(program: Command, world: World): void {
  withServer(program.command('search').argument('[words...]', 'names, columns, tags, people, or a question'))
    .description('find data products by what they are called, hold and are for')
    .option('--domain <domains>', 'only those of these domains (a,b)')
    .option('--type <types>', 'only those of these types')
    .option('--classification <names>', 'only those with columns classified so')
    .option('--port <kinds>', 'only those with such an output port (sql, rest, …)')
    .option('--certified', 'only certified ones')
    .option('--freshness <ages>', 'published within the hour, day or week, older, or never')
    .option('--readable', 'only what the caller may read')
    .option('--limit <count>', 'how many at most', '20')
    .action(act(world, (options: SearchOptions, words: readonly string[]) => search(world, options, words)))
}

const search = (world: World, options: SearchOptions, words: readonly string[]): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const limit = countOf('--limit', options.limit, 200)
  if (!limit.ok) return limit
  const { domain, type, classification, port, freshness } = options
  const choices = Object.fromEntries(Object.entries({ domain, type, classification, port, freshness }).filter(([, value]) => value !== undefined))
  const found = await client.search({ q: words.join(' ').slice(0, 200), limit: limit.value, ...choices, ...(options.certified === true && { certified: 'yes' }), ...(options.readable === true && { readable: 'true' }) }, { signal: world.signal })
  return found.ok ? ok({ json: found.value, text: () => render(found.value) }) : found
})

function render({ hits, total, corrected }: Found): string {
  const instead = corrected.map(({ word, to }) => `Nothing has "${printable(word)}"; looked for "${printable(to)}".\n\n`).join('')
  if (hits.length === 0) return `${instead}Nothing found.`
  const table = renderTable(
    [{ title: 'product' }, { title: 'title' }, { title: 'domain' }, { title: 'access' }, { title: 'published' }, { title: 'found in' }],
    hits.map(({ product, matches: [first] }) => [product.name, product.title, product.domain, product.access, formatInstant(product.lastPublished), first === undefined ? '' : `${first.field} ${printable(first.text)}`]),
  )
  return `${instead}${table}${total > hits.length ? `\n\n${hits.length} of ${total}` : ''}`
}
