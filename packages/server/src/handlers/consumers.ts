// Who uses a product, or one major version of it: products that read it, grants, and who really read it by the audit.

import { join } from 'node:path'
import { listGrants } from '@tulle/access'
import type { Consumers, Handlers } from '@tulle/api'
import { lastUses } from '@tulle/audit'
import { settingsOf } from '@tulle/kafka'
import { fail, ok } from '@tulle/kernel'
import { dataSetVersions } from '@tulle/model'
import type { DataSetVersion } from '@tulle/model'
import { listProducts, readProductDefinition } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { topicsAt } from '../topics-at.ts'
import { permission, require } from './permissions.ts'
import { findProduct, findProductFor, governed } from './products.ts'

type Consumer = Consumers['consumers'][number]

const SINCE_MILLISECONDS = 90 * 24 * 3_600_000

export function consumerHandlers(house: House): Pick<Handlers<Caller>, 'listConsumers' | 'listSubscribers'> {
  return {
    listSubscribers: async ({ product }, { subject }) => {
      const found = await findProductFor(house, subject, 'describe', product)
      if (!found.ok) return found
      const keeps = permission(house, subject, 'administer').allowed || permission(house, subject, 'grant', governed(found.value)).allowed
      const subscribers = await house.streams.subscribers(found.value.id)
      const named = subscribers.filter(({ accountId }) => keeps || accountId === subject.id).map(({ account, consumer, address, savedAt, lag }) => ({ kind: 'position' as const, account, consumer, dataSet: address.dataSet, savedAt, lag: { ...lag } }))
      const topics = (await topicFollowers(house, found.value)).filter(({ account }) => keeps || account === subject.name)
      return ok({ subscribers: [...named, ...topics].toSorted((a, b) => b.lag.entries - a.lag.entries) })
    },
    listConsumers: async ({ product: name, version, dataSet }, { subject }) => {
      const found = await findProduct(house, name)
      if (!found.ok) return found
      const { id } = found.value
      const allowed = permission(house, subject, 'administer').allowed ? ok(undefined) : require(house, subject, 'grant', governed(found.value))
      if (!allowed.ok) return allowed
      const definition = await readProductDefinition(house.db, name)
      if (!definition.ok) return definition
      const { dataSets } = definition.value.product
      const majors = new Map(dataSets.map((one) => [one.name, one.contract?.major]))
      const all = dataSetVersions(dataSets).filter((one) => dataSet === undefined || one.name === dataSet)
      const asked = all.filter((one) => version === undefined || majors.get(one.stored) === version)
      if (asked.length === 0) return fail(messages['unknown-major']({ product: dataSet === undefined ? name : `${name}.${dataSet}`, version: version ?? 0, known: [...new Set(all.flatMap((one) => majors.get(one.stored) ?? []))].toSorted((a, b) => a - b) }))
      const uses = await lastUses(join(house.settings.home, 'audit'), { productId: id, since: new Date(house.clock.now() - SINCE_MILLISECONDS).toISOString() })
      const firsts = firstMajors(dataSetVersions(dataSets), majors)
      const isUse = (one: DataSetVersion, use: (typeof uses)[number]): boolean =>
        use.dataSet === one.name && (one.major === undefined || (use.major ?? firsts.get(one.name)) === one.major)
      const grants = (await listGrants(house.store)).filter(({ grant, state }) => grant.productId === id && state === 'active')
      const readers = (await listProducts(house.db)).filter(({ reads }) => reads.length > 0)
      const consumers = asked.flatMap((one): readonly Consumer[] => {
        const used = new Map(uses.filter((use) => isUse(one, use)).map((use) => [use.subject, use]))
        const useOf = (who: string) => ({ ...(used.has(who) && { lastUsed: used.get(who)?.last as string }), times: used.get(who)?.times ?? 0 })
        const granted = grants.filter(({ grant }) => grant.dataSet === undefined || grant.dataSet === one.name)
        const named = new Set(granted.filter(({ grant }) => grant.subjectKind === 'user').map((record) => record.subject))
        return [
          ...readers.filter((other) => other.reads.some((read) => read.product === name && (read.dataSet ?? one.stored) === one.stored)).map((other): Consumer => ({ kind: 'product', name: other.name, dataSet: one.name, by: 'reads', ...useOf(`product.${other.name}`) })),
          ...granted.map((record): Consumer => ({ kind: record.grant.subjectKind, name: record.subject, dataSet: one.name, by: 'may', grant: record.grant.id, ...useOf(record.subject) })),
          ...[...used.values()].filter((use) => !named.has(use.subject)).map((use): Consumer => ({ kind: 'user', name: use.subject, dataSet: one.name, by: 'read', lastUsed: use.last, times: use.times })),
        ]
      })
      const retires = asked.flatMap((one) => one.retires ?? []).toSorted()[0]
      const next = asked.flatMap((one) => one.next ?? []).toSorted((a, b) => a - b)[0]
      return ok({
        product: name, ...(version !== undefined && { version }), ...(retires !== undefined && { retires }), ...(next !== undefined && { next }),
        consumers: consumers.toSorted((a, b) => (b.lastUsed ?? '').localeCompare(a.lastUsed ?? '') || (a.name < b.name ? -1 : 1)),
      })
    },
  }
}

/** The topics that are written from its streams, each for the application that it is for. */
async function topicFollowers(house: House, { id, name }: { readonly id: string; readonly name: string }) {
  const topics = await topicsAt(house, id)
  if (topics.length === 0) return []
  const definition = await readProductDefinition(house.db, name)
  const ports = new Map((definition.ok ? definition.value.product.outputPorts : []).map((port) => [port.name, port]))
  return topics.flatMap(({ port: of, topic, dataSet, lag }) => {
    const port = ports.get(of)
    return lag === undefined || port === undefined ? [] : [{ kind: 'topic' as const, account: `application.${settingsOf(port).application}`, consumer: topic, dataSet, lag: { ...lag } }]
  })
}

/** What was read before there were several versions was the first of them. */
function firstMajors(versions: readonly DataSetVersion[], majors: ReadonlyMap<string, number | undefined>): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(versions, ({ name }) => name)].map(([name, family]) => [name, Math.min(...family.map(({ stored }) => majors.get(stored) ?? Infinity))]))
}
