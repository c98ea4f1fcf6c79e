// `tulle webhooks`: what happens to a product, told to an address of yours.

import type { Command } from 'commander'
import { Option } from 'commander'
import type { MadeWebhook, Webhook } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf, listOf, productOf, spanOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderFacts, renderTable } from '../table.ts'
import type { World } from '../types.ts'

interface OfOptions extends RemoteOptions { readonly of?: string; readonly product?: string }
interface CreateOptions extends OfOptions {
  readonly url: string
  readonly purpose?: string
  readonly kinds?: string
  readonly columns?: string
  readonly where?: string
  readonly batch?: string
  readonly wait?: string
  readonly from?: string
  readonly note?: string
}
interface HistoryOptions extends RemoteOptions { readonly limit: string; readonly dead?: boolean; readonly outcome?: 'delivered' | 'failed' | 'refused' }
interface ReplayOptions extends RemoteOptions { readonly from?: string; readonly dead?: string | true }

export function registerWebhooks(program: Command, world: World): void {
  const family = program.command('webhooks').description('what happens to a product, told to an address of yours')
  const one = (name: string, description: string): Command => withServer(family.command(name).argument('<webhook>', 'its id, as "webhooks list" prints it')).description(description)
  withServer(family.command('create').argument('<product>', 'a product or a data set that you may read: flights, flights.flights, flights@2.flights'))
    .description('want to be told; the secret that signs is printed now and never again')
    .requiredOption('--url <address>', 'where to: https, and reachable from outside unless the operator lists the host')
    .option('--kinds <kinds>', 'published, schema-changed, quarantined, incident, deprecated, erased; insert, update, delete for changes of rows')
    .option('--columns <columns>', 'of rows, only these, with commas')
    .option('--where <condition>', 'of rows, only those for which this is true, in CEL: row.delay > 30')
    .option('--batch <count>', 'at most so many events in one request; 1 unless told')
    .option('--wait <span>', 'how long a request waits for more of them, such as 5s')
    .option('--from <place>', 'start, now, a time, or a position; now unless told')
    .option('--purpose <purpose>', 'what you want it for, where several purposes open it')
    .option('--of <account>', 'a service identity that you keep, instead of yourself: application:crew_planning')
    .option('--note <text>', 'what it is for, for people')
    .action(act(world, (options: CreateOptions, product: string) => create(world, options, product)))
  withServer(family.command('list'))
    .description('list yours, with how far each is')
    .option('--of <account>', 'of a service identity that you keep')
    .option('--product <product>', 'all of a product to which you may grant access')
    .action(act(world, (options: OfOptions) => withClient<Answer>(world, options, async (client) => {
      const listed = await client.listWebhooks({ ...(options.of !== undefined && { account: accountOf(options.of) }), ...(options.product !== undefined && { product: options.product }) })
      return listed.ok ? ok({ json: listed.value.webhooks, text: () => renderWebhooks(listed.value.webhooks) }) : listed
    })))
  one('show', 'show what it wants, how far it is, what troubles it')
    .action(act(world, (options: RemoteOptions, webhook: string) => withClient<Answer>(world, options, async (client) => shown(await client.getWebhook({ webhook })))))
  one('test', 'send an event of no meaning now, and say what became of it')
    .action(act(world, (options: RemoteOptions, webhook: string) => withClient<Answer>(world, options, async (client) => {
      const tested = await client.testWebhook({ webhook })
      if (!tested.ok) return tested
      const { outcome, status, milliseconds, trouble } = tested.value
      return ok({ json: tested.value, text: () => (outcome === 'delivered' ? `It answered ${status} within ${milliseconds} ms.` : `It was not taken: ${trouble}.`) })
    })))
  one('history', 'list requests to it, newest first')
    .option('-n, --limit <count>', 'how many', '20')
    .addOption(new Option('--outcome <outcome>', 'only those').choices(['delivered', 'failed', 'refused']))
    .option('--dead', 'events that its target never took instead')
    .action(act(world, (options: HistoryOptions, webhook: string) => history(world, options, webhook)))
  one('replay', 'send again: everything after a place, or what the target never took')
    .option('--from <place>', 'start, a time such as 2026-03-01T00:00:00Z, or a position')
    .option('--dead [letters]', 'dead letters: all, or those with these numbers, with commas')
    .action(act(world, (options: ReplayOptions, webhook: string) => replay(world, options, webhook)))
  one('rotate', 'make another secret; until the overlap is over, both sign')
    .option('--overlap <span>', 'how long, such as 12h', '1d')
    .action(act(world, (options: RemoteOptions & { readonly overlap: string }, webhook: string) => {
      const overlap = spanOf('--overlap', options.overlap)
      return overlap.ok ? withClient<Answer>(world, options, async (client) => made(await client.rotateWebhookSecret({ webhook, overlapSeconds: Math.round(overlap.value / 1000) }))) : Promise.resolve(overlap)
    }))
  one('pause', 'send nothing more until it is resumed')
    .option('--why <text>', 'for people')
    .action(act(world, (options: RemoteOptions & { readonly why?: string }, webhook: string) => withClient<Answer>(world, options, async (client) => shown(await client.pauseWebhook({ webhook, ...(options.why !== undefined && { why: options.why }) })))))
  one('resume', 'go on where it stopped, at once')
    .action(act(world, (options: RemoteOptions, webhook: string) => withClient<Answer>(world, options, async (client) => shown(await client.resumeWebhook({ webhook })))))
  one('delete', 'end it, with its history and its dead letters')
    .action(act(world, (options: RemoteOptions, webhook: string) => withClient<Answer>(world, options, async (client) => {
      const deleted = await client.deleteWebhook({ webhook })
      return deleted.ok ? ok({ json: { id: webhook, deleted: true }, text: () => `Webhook ${webhook} is deleted.` }) : deleted
    })))
}

const accountOf = (of: string): string => of.replace(/^(product|application):/, '$1.')

async function create(world: World, options: CreateOptions, address: string): Promise<Result<Answer>> {
  const [, product, major, dataSet] = /^([a-z][a-z0-9_]*)@(\d{1,9})\.([a-z][a-z0-9_]*)$/u.exec(address) ?? []
  const what = product === undefined || dataSet === undefined ? productOf(address) : ok({ product: `${product}@${major}`, dataSet })
  if (!what.ok) return what
  const size = options.batch === undefined ? ok(undefined) : countOf('--batch', options.batch, 1000)
  if (!size.ok) return size
  const wait = options.wait === undefined ? ok(undefined) : spanOf('--wait', options.wait)
  if (!wait.ok) return wait
  const [kinds, columns] = [listOf(options.kinds), listOf(options.columns)]
  const filter = { ...(columns !== undefined && { columns: [...columns] }), ...(options.where !== undefined && { condition: options.where }) }
  const batch = { ...(size.value !== undefined && { size: size.value }), ...(wait.value !== undefined && { milliseconds: wait.value }) }
  return withClient<Answer>(world, options, async (client) => made(await client.createWebhook({
    ...what.value, url: options.url,
    ...(kinds !== undefined && { kinds: [...kinds] }),
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(Object.keys(batch).length > 0 && { batch }),
    ...(options.of !== undefined && { account: accountOf(options.of) }),
    ...(options.purpose !== undefined && { purpose: options.purpose }),
    ...(options.from !== undefined && { from: options.from }),
    ...(options.note !== undefined && { note: options.note }),
  })))
}

/** The secret alone stands on the last line, so that a script can take it from there. */
function made(answer: Result<MadeWebhook>): Result<Answer> {
  if (!answer.ok) return answer
  const { webhook, secret } = answer.value
  return ok({ json: { secret, ...webhook }, text: () => `Webhook ${webhook.id} of ${webhook.account}. What it is sent is signed with this secret, which is shown once:\n${secret}` })
}

async function history(world: World, options: HistoryOptions, webhook: string): Promise<Result<Answer>> {
  const limit = countOf('--limit', options.limit, 1000)
  if (!limit.ok) return limit
  return withClient<Answer>(world, options, async (client) => {
    if (options.dead === true) {
      const listed = await client.listWebhookDeadLetters({ webhook, limit: limit.value })
      return listed.ok ? ok({ json: listed.value.deadLetters, text: () => (listed.value.deadLetters.length === 0 ? 'No dead letter.' : renderTable([{ title: 'number' }, { title: 'since' }, { title: 'state' }, { title: 'event' }, { title: 'type' }, { title: 'why' }], listed.value.deadLetters.map((one) => [one.id, formatInstant(one.at), one.state, one.event, one.type, one.reason]))) }) : listed
    }
    const listed = await client.listWebhookDeliveries({ webhook, limit: limit.value, ...(options.outcome !== undefined && { outcome: options.outcome }) })
    return listed.ok ? ok({ json: listed.value.deliveries, text: () => (listed.value.deliveries.length === 0 ? 'Nothing was sent yet.' : renderTable(
      [{ title: 'when' }, { title: 'what' }, { title: 'events' }, { title: 'bytes' }, { title: 'status' }, { title: 'ms' }, { title: 'outcome' }, { title: 'trouble' }],
      listed.value.deliveries.map((one) => [formatInstant(one.at), one.kind, String(one.events), String(one.bytes), one.status === undefined ? '' : String(one.status), String(one.milliseconds), one.outcome, one.trouble ?? '']),
    )) }) : listed
  })
}

async function replay(world: World, options: ReplayOptions, webhook: string): Promise<Result<Answer>> {
  if (options.from === undefined && options.dead === undefined) return fail(messages['bad-argument']({ argument: 'replay', value: webhook, want: 'told what to send again, with --from or --dead' }))
  const letters = options.dead === undefined ? undefined : options.dead === true || options.dead === 'all' ? ('all' as const) : [...(listOf(options.dead) ?? [])]
  return withClient<Answer>(world, options, async (client) => {
    const asked = await client.replayWebhook({ webhook, ...(options.from !== undefined && { from: options.from }), ...(letters !== undefined && { deadLetters: letters }) })
    return asked.ok ? ok({ json: asked.value, text: () => [...(options.from === undefined ? [] : [`Everything after ${asked.value.webhook.position} is sent again, under the same ids.`]), ...(letters === undefined ? [] : [`${counted(asked.value.deadLetters, 'dead letter')} will be sent again.`])].join('\n') }) : asked
  })
}

function shown(answer: Result<Webhook>): Result<Answer> {
  if (!answer.ok) return answer
  const one = answer.value
  return ok({
    json: one,
    text: () => renderFacts([
      ['webhook', one.id], ['of', one.account], ['about', addressOf(one)], ['address', one.url], ['kinds', one.kinds.join(', ')],
      ['columns', one.filter.columns?.join(', ')], ['rows', one.filter.condition], ['purpose', one.purpose], ['note', one.note],
      ['batch', one.batch.size === 1 ? undefined : `${one.batch.size} events, ${one.batch.milliseconds} ms`],
      ['state', stateOf(one)], ['trouble', one.trouble], ['failing since', one.failingSince && formatInstant(one.failingSince)], ['next try', one.nextAt && formatInstant(one.nextAt)],
      ['delivered', `${counted(one.delivered, 'event')}${one.lastDeliveredAt === undefined ? '' : `, last ${formatInstant(one.lastDeliveredAt)}`}`],
      ['waiting', lagOf(one)], ['dead letters', one.deadLetters === 0 ? undefined : String(one.deadLetters)], ['position', one.position], ['made', formatInstant(one.createdAt)],
    ]),
  })
}

const addressOf = ({ product, dataSet }: Webhook): string => (dataSet === undefined ? product : `${product}.${dataSet}`)
const stateOf = ({ state, paused }: Webhook): string => (paused === undefined ? state : `paused by ${paused.by}${paused.why === '' ? '' : `: ${paused.why}`}`)
const lagOf = ({ lag: { events, milliseconds } }: Webhook): string => (events === 0 ? 'nothing' : `${counted(events, 'event')}, the oldest for ${Math.round(milliseconds / 1000)} s`)

const renderWebhooks = (webhooks: readonly Webhook[]): string => (webhooks.length === 0 ? 'No webhook.' : renderTable(
  [{ title: 'webhook' }, { title: 'of' }, { title: 'about' }, { title: 'address' }, { title: 'state' }, { title: 'delivered' }, { title: 'waiting' }, { title: 'dead' }, { title: 'trouble' }],
  webhooks.map((one) => [one.id, one.account, addressOf(one), one.url, one.state, String(one.delivered), lagOf(one), String(one.deadLetters), one.trouble ?? '']),
))
