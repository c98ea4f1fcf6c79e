// `/streams/v1/<product>/asyncapi.json`: what a product tells by itself, as an AsyncAPI document, with exactly what the caller may see.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { movingPortsAsyncApi } from '@tulle/gateway'
import type { TopicChannel } from '@tulle/gateway'
import { settingsOf } from '@tulle/kafka'
import { topicName } from '@tulle/model'
import { readProductDefinition } from '@tulle/providers'
import { EVENT_TYPES } from '@tulle/webhooks'
import { findProduct } from '../handlers/products.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { whoIs } from '../who.ts'
import { sendInternalError, sendProblem } from './answers.ts'
import type { Authenticator } from './callers.ts'
import { callerOf } from './callers.ts'

const BASE = '/streams/v1'

export function mountAsyncApi(app: FastifyInstance, house: House, accounts: Authenticator): void {
  app.get(`${BASE}/:product/asyncapi.json`, async (request, reply) => {
    try {
      return await describe(house, accounts, request, reply)
    } catch (error) {
      return sendInternalError(reply, error, house.log)
    }
  })
}

async function describe(house: House, accounts: Authenticator, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { product: schema } = request.params as { readonly product: string }
  const caller = await callerOf(request, accounts, house.settings.httpPort)
  if (!caller.ok) return sendProblem(reply, caller.diagnostics)
  const found = await findProduct(house, schema.replace(/@[1-9][0-9]{0,5}$/u, ''))
  if (!found.ok) return sendProblem(reply, found.diagnostics)
  const asker = await whoIs(house, caller.value, found.value.id)()
  if (!asker.ok) return sendProblem(reply, asker.diagnostics)
  const seen = async (door: House['stream']) => (await door.authorizer.visible(asker.value)).filter(({ product }) => product.schema === schema)
  const streamed = await seen(house.stream)
  const [any] = [...streamed, ...await seen(house.rest), ...await seen(house.sql)]
  if (any === undefined) return sendProblem(reply, [messages['not-allowed']({ who: caller.value.subject.name, what: `read "${schema}"`, rule: 'no grant gives it' })])
  return reply.type('application/json').send(JSON.stringify(movingPortsAsyncApi({ url: house.settings.publicUrl, base: BASE, product: any.product, streamed, events: EVENT_TYPES, topics: await topicsOf(house, found.value), registry: `${house.settings.publicUrl}/schema-registry` })))
}

/** Topics hold what their process domains see; that they are there, and what their rows look like, whoever knows of the product may know. */
async function topicsOf({ db, schemas }: House, { name }: { readonly name: string }): Promise<readonly TopicChannel[]> {
  const definition = await readProductDefinition(db, name)
  if (!definition.ok) return []
  const { product } = definition.value
  const newest = async (subject: string): Promise<string | undefined> => (await schemas.subject(subject)).versions.findLast(({ deleted }) => !deleted)?.schema.text
  const ports = product.outputPorts.filter(({ kind }) => kind === 'kafka')
  return Promise.all(ports.flatMap((port) => port.dataSets.map(async (dataSet): Promise<TopicChannel> => {
    const settings = settingsOf(port)
    const { brokers, tls, sasl, partitions, replicas, application, format } = settings
    const topic = topicName(product.name, dataSet, settings)
    const [key, value] = [await newest(`${topic}-key`), await newest(`${topic}-value`)]
    return {
      port: port.name, dataSet, topic, brokers, tls: tls !== 'off', application, format,
      ...(sasl !== undefined && { sasl: sasl.mechanism }), ...(partitions !== undefined && { partitions }), ...(replicas !== undefined && { replicas }),
      ...(key !== undefined && value !== undefined && { schemas: { key, value } }),
    }
  })))
}
