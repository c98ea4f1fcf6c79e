// `tulle stream`: what changes in a data set, as it is published; `tulle streams`: how far the caller's consumers have come.

import type { Command } from 'commander'
import { meshClient, printJson, Refused } from '@tulle/client'
import type { Address, Entry, MeshClient, SavedPosition } from '@tulle/client'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withCaller, withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface StreamOptions extends RemoteOptions { readonly from?: string; readonly follow?: true; readonly consumer?: string; readonly purpose?: string; readonly output?: 'text' | 'json' }

export function registerStreams(program: Command, world: World): void {
  withServer(program.command('stream').argument('<data set>', 'as in bookings.bookings'))
    .description('print what changes in a data set: what is there already, or as it is published')
    .option('--from <place>', 'start, now, snapshot:ID, time:2026-03-01T12:00:00Z, or a position; the consumer\'s own, or the start, unless told')
    .option('--follow', 'go on when everything that there is was printed')
    .option('--consumer <name>', 'begin where this consumer is, and say how far it has come')
    .option('--purpose <purpose>', 'what it is read for')
    .action(act(world, (options: StreamOptions, dataSet: string) => stream(world, options, dataSet)))
  withServer(program.command('streams').argument('[product]', 'of the consumers of a product: all of them for those who answer for it'))
    .description('list the named positions of the caller\'s consumers, and how much has come since')
    .action(act(world, (options: RemoteOptions, product?: string) => (product === undefined ? ofCaller(world, options) : ofProduct(world, options, product))))
}

const ofCaller = (world: World, options: RemoteOptions): Promise<Result<Answer>> => asClient(world, options, async (client) => {
  const positions = await client.positions()
  return ok({ json: positions, text: () => render(positions) })
})

const ofProduct = (world: World, options: RemoteOptions, product: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const listed = await client.listSubscribers({ product })
  if (!listed.ok) return listed
  const { subscribers } = listed.value
  return ok({ json: subscribers, text: () => (subscribers.length === 0 ? `No consumer of ${printable(product)} has saved a position, and no topic is written from it.` : renderPositions(subscribers.map(({ account, consumer, dataSet, ...one }) => ({ ...one, consumer: `${account}/${consumer}`, of: `${product}.${dataSet}` })))) })
})

const asClient = (world: World, options: RemoteOptions & { readonly purpose?: string }, work: (client: MeshClient) => Promise<Result<Answer>>): Promise<Result<Answer>> =>
  withCaller<Answer>(world, options, async ({ baseUrl, token }) => {
    try {
      return await work(meshClient({ url: baseUrl, token, ...(options.purpose !== undefined && { purpose: options.purpose }) }))
    } catch (error) {
      if (world.signal.aborted) return ok({})
      if (error instanceof Refused) return fail(...error.findings.map(({ code, message, help }) => ({ code, message, severity: 'error' as const, ...(help !== undefined && { help }) })))
      return fail(messages['stream-broke']({ why: error instanceof Error ? error.message : String(error) }))
    }
  })

const LIMIT = 1000
const WAIT_SECONDS = 20

async function stream(world: World, options: StreamOptions, text: string): Promise<Result<Answer>> {
  const [, product, dataSet] = /^([a-z0-9_]+(?:@\d+)?)\.([a-z0-9_]+)$/u.exec(text) ?? []
  if (product === undefined || dataSet === undefined) return fail(messages['bad-argument']({ argument: 'data set', value: text, want: 'product.data_set, such as bookings.bookings' }))
  const address: Address = { product, dataSet }
  return asClient(world, options, async (client) => {
    const saved = options.from === undefined && options.consumer !== undefined ? await client.position(address, options.consumer) : undefined
    const wait = options.follow === true ? { wait: WAIT_SECONDS } : {}
    for (let from = options.from ?? saved?.position ?? 'start'; !world.signal.aborted;) {
      const { entries, next, end } = await client.read(address, { from, limit: LIMIT, signal: world.signal, ...wait })
      for (const entry of entries) world.terminal.out(options.output === 'json' ? printJson(entry) : lineOf(entry))
      await world.terminal.drained()
      // Only what was printed is behind the consumer.
      if (options.consumer !== undefined && (entries.length > 0 || next !== from)) await client.acknowledge(address, options.consumer, next, { replay: options.from !== undefined })
      from = next
      if (end && options.follow !== true) break
    }
    return ok({})
  })
}

const SIGNS = { insert: '+', update: '~', delete: '-' } as const

function lineOf(entry: Entry): string {
  if (entry.kind === 'event') return printable(`* ${entry.type}  ${entry.time}${entry.snapshot === undefined ? '' : `  snapshot ${entry.snapshot}`}`)
  const { op, before, after } = entry
  return printable(`${SIGNS[op]} ${printJson(op === 'delete' ? before : after)}${op === 'update' ? `  was ${printJson(before)}` : ''}`)
}

function render(positions: readonly SavedPosition[]): string {
  if (positions.length === 0) return 'No consumer of yours has saved a position.'
  return renderPositions(positions.map(({ address, ...one }) => ({ ...one, of: `${address.product}.${address.dataSet}` })))
}

interface Shown extends Pick<SavedPosition, 'consumer' | 'lag'> { readonly of: string; readonly savedAt?: string | undefined }

const renderPositions = (positions: readonly Shown[]): string => renderTable(
  [{ title: 'consumer' }, { title: 'data set' }, { title: 'saved' }, { title: 'entries since' }, { title: 'for' }],
  positions.map(({ consumer, of, savedAt, lag }) => [consumer, of, savedAt === undefined ? '' : formatInstant(savedAt), String(lag.entries), lag.entries === 0 ? '' : `${Math.round(lag.milliseconds / 1000)} s`]),
)
