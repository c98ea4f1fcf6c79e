// `tulle queries` and `tulle dashboards`: statements that people keep beside a product, and pages of them. Whoever runs one asks under
// their own rights.

import type { Command } from 'commander'
import type { Client, Dashboard, QueryAnswer, SavedQuery } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderFacts, renderTable, valueCell } from '../table.ts'
import { printable } from '../terminal.ts'
import { readText } from '../text-files.ts'
import type { World } from '../types.ts'

interface OfProduct extends RemoteOptions { readonly product?: string }
interface SaveOptions extends RemoteOptions { readonly sql?: string; readonly file?: string; readonly title?: string; readonly about?: string; readonly purpose?: string; readonly overwrite?: true }
interface RunOptions extends RemoteOptions { readonly purpose?: string; readonly limit: string }

export function registerQueries(program: Command, world: World): void {
  const family = program.command('queries').description('statements that people keep beside a product; whoever runs one asks under their own rights')
  withServer(family.command('list'))
    .description('those of the products that you may know of')
    .option('--product <product>', 'only those of a product')
    .action(act(world, ({ product, ...options }: OfProduct) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listSavedQueries(product === undefined ? {} : { product })
      return listed.ok ? ok({ json: listed.value, text: () => renderList(listed.value.queries, 'No saved query.') }) : listed
    })))
  withServer(family.command('show').argument('<query>', 'flights.busiest'))
    .description('its statement, and who changed it last')
    .action(act(world, (options: RemoteOptions, query: string) => at(world, options, query, async (client, place) => {
      const found = await client.getSavedQuery(place)
      return found.ok ? ok({ json: found.value, text: () => renderQuery(found.value) }) : found
    })))
  withServer(family.command('run').argument('<query>', 'flights.busiest'))
    .description('run it under your own rights')
    .option('--purpose <purpose>', 'what for, where you have a choice; its own otherwise')
    .option('-n, --limit <count>', 'how many rows', '100')
    .action(act(world, (options: RunOptions, query: string) => run(world, options, query)))
  withServer(family.command('save').argument('<query>', 'flights.busiest'))
    .description('keep a statement beside a product, for all who may see it')
    .option('--sql <statement>', 'one SELECT')
    .option('-f, --file <file>', 'read it from a file')
    .option('--title <title>', 'what it answers; its name otherwise')
    .option('--about <text>', 'more of it')
    .option('--purpose <purpose>', 'what it is meant for')
    .option('--overwrite', 'in place of the one that is there')
    .action(act(world, (options: SaveOptions, query: string) => save(world, options, query)))
  withServer(family.command('delete').argument('<query>', 'flights.busiest'))
    .description('delete it: its author may, and whoever keeps the product')
    .action(act(world, (options: RemoteOptions, query: string) => at(world, options, query, async (client, place) => {
      const gone = await client.deleteSavedQuery(place)
      return gone.ok ? ok({ json: null, text: () => `${query} is deleted.` }) : gone
    })))
}

export function registerDashboards(program: Command, world: World): void {
  const family = program.command('dashboards').description('pages of saved queries, kept beside a product')
  withServer(family.command('list'))
    .description('those of the products that you may know of')
    .option('--product <product>', 'only those of a product')
    .action(act(world, ({ product, ...options }: OfProduct) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listDashboards(product === undefined ? {} : { product })
      return listed.ok ? ok({ json: listed.value, text: () => renderList(listed.value.dashboards, 'No dashboard.') }) : listed
    })))
  withServer(family.command('show').argument('<dashboard>', 'flights.delays'))
    .description('its panels')
    .action(act(world, (options: RemoteOptions, dashboard: string) => at(world, options, dashboard, async (client, place) => {
      const found = await client.getDashboard(place)
      return found.ok ? ok({ json: found.value, text: () => renderDashboard(found.value) }) : found
    })))
  withServer(family.command('delete').argument('<dashboard>', 'flights.delays'))
    .description('delete it: its author may, and whoever keeps the product')
    .action(act(world, (options: RemoteOptions, dashboard: string) => at(world, options, dashboard, async (client, place) => {
      const gone = await client.deleteDashboard(place)
      return gone.ok ? ok({ json: null, text: () => `${dashboard} is deleted.` }) : gone
    })))
}

interface Place { readonly product: string; readonly name: string }

const at = (world: World, options: RemoteOptions, address: string, work: (client: Client, place: Place) => Promise<Result<Answer>>): Promise<Result<Answer>> => {
  const [product, name, more] = address.split('.')
  if (product === undefined || product === '' || name === undefined || name === '' || more !== undefined) return Promise.resolve(fail(messages['bad-argument']({ argument: 'name', value: address, want: 'a product and a name, as in flights.busiest' })))
  return withClient<Answer>(world, options, (client) => work(client, { product, name }))
}

async function save(world: World, options: SaveOptions, query: string): Promise<Result<Answer>> {
  const sql = await statementOf(world, options)
  if (!sql.ok) return sql
  return at(world, options, query, async (client, place) => {
    const before = options.overwrite === true ? await client.getSavedQuery(place) : undefined
    if (before !== undefined && !before.ok) return before
    const description = options.about ?? before?.value.description
    const purpose = options.purpose ?? before?.value.purpose
    const saved = await client.saveQuery({
      ...place, sql: sql.value, title: options.title ?? before?.value.title ?? place.name,
      ...(description !== undefined && { description }), ...(purpose !== undefined && { purpose }), ...(before?.value.chart !== undefined && { chart: before.value.chart }),
      ...(before !== undefined && { version: before.value.version }),
    })
    return saved.ok ? ok({ json: saved.value, text: () => `Saved ${query} as version ${saved.value.version}: all who may see ${place.product} see its text.` }) : saved
  })
}

async function statementOf(world: World, { sql, file }: SaveOptions): Promise<Result<string>> {
  if (sql !== undefined) return ok(sql)
  if (file === undefined) return fail(messages['bad-argument']({ argument: '--sql', value: '', want: 'a statement; give one, or a file with --file' }))
  return readText(world, file)
}

function run(world: World, options: RunOptions, query: string): Promise<Result<Answer>> {
  const limit = countOf('--limit', options.limit, 10_000)
  if (!limit.ok) return Promise.resolve(limit)
  return at(world, options, query, async (client, place) => {
    const found = await client.getSavedQuery(place)
    if (!found.ok) return found
    const purpose = options.purpose ?? found.value.purpose
    const answer = await client.query({ sql: found.value.sql, limit: limit.value, ...(purpose !== undefined && { purpose }) }, { signal: world.signal })
    return answer.ok ? ok({ json: answer.value, text: () => renderRows(answer.value) }) : answer
  })
}

type Listed = Pick<SavedQuery, 'product' | 'name' | 'title' | 'changedBy' | 'changedAt'>

const renderList = (works: readonly Listed[], none: string): string => (works.length === 0 ? none : renderTable(
  [{ title: 'name' }, { title: 'title' }, { title: 'changed' }, { title: 'by' }],
  works.map(({ product, name, title, changedBy, changedAt }) => [`${product}.${name}`, printable(title), formatInstant(changedAt), changedBy]),
))

const renderQuery = (query: SavedQuery): string => [
  renderFacts([
    ['query', `${query.product}.${query.name}`], ['title', printable(query.title)], ['about', query.description === undefined ? undefined : printable(query.description)], ['for', query.purpose],
    ['version', String(query.version)], ['changed', `${formatInstant(query.changedAt)} by ${query.changedBy}`],
  ]),
  query.sql.split('\n').map(printable).join('\n'),
].join('\n\n')

const renderDashboard = (page: Dashboard): string => [
  renderFacts([['dashboard', `${page.product}.${page.name}`], ['title', printable(page.title)], ['about', page.description === undefined ? undefined : printable(page.description)], ['changed', `${formatInstant(page.changedAt)} by ${page.changedBy}`]]),
  renderTable([{ title: 'query' }, { title: 'title' }, { title: 'as' }], page.panels.map(({ product, query, view, saved }) => [`${product}.${query}`, saved === undefined ? 'gone, or hidden from you' : printable(saved.title), view])),
].join('\n\n')

const renderRows = ({ columns, rows, more }: QueryAnswer): string =>
  `${renderTable(columns.map(({ name }) => ({ title: name })), rows.map((row) => columns.map((_, i) => valueCell(row[i]))))}\n\n${more ? 'the first ' : ''}${counted(rows.length, 'row')}`
