// `tulle consumers flights@1`: who uses a product, or one major version of it, and who of them still does.

import type { Command } from 'commander'
import type { Consumers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok, parseRef } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatInstant } from '../format.ts'
import { messages } from '../messages.ts'
import { renderTable } from '../table.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

export function registerConsumers(program: Command, world: World): void {
  withServer(program.command('consumers').argument('<product>', 'a product, a major version of it, or one data set: flights, flights@1, flights@1.flights'))
    .description('who uses it: products, grants, and who really read it, when last')
    .action(act(world, (options: RemoteOptions, product: string) => consumers(world, options, product)))
}

const consumers = (world: World, options: RemoteOptions, name: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const ref = parseRef(name)
  if (!ref.ok) return ref
  const { product, major, dataSet, kind, column } = ref.value
  if (kind !== undefined || column !== undefined) return fail(messages['bad-argument']({ argument: 'product', value: name, want: 'a product or a version of it, such as flights or flights@1' }))
  const listed = await client.listConsumers({ product, ...(major !== undefined && { version: major }), ...(dataSet !== undefined && { dataSet }) })
  if (!listed.ok) return listed
  return ok({ json: listed.value, text: () => render(name, listed.value) })
})

const BY = { reads: 'its workflow reads it', may: 'granted', read: 'by another right' } as const

function render(name: string, { consumers: all, retires, next }: Consumers): string {
  const goes = retires === undefined ? '' : `${printable(name)} retires on ${retires}${next === undefined ? '' : `; version ${next} takes its place`}.\n\n`
  if (all.length === 0) return `${goes}Nobody uses ${printable(name)}.`
  return goes + renderTable(
    [{ title: 'consumer' }, { title: 'data set' }, { title: 'how' }, { title: 'last used' }, { title: 'times', right: true }],
    all.map((one) => [`${one.kind} ${one.name}`, one.dataSet, BY[one.by], one.lastUsed === undefined ? 'not in 90 days' : formatInstant(one.lastUsed), one.times === 0 ? '' : String(one.times)]),
  )
}
