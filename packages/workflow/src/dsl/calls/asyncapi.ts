// A message to a service that an AsyncAPI document describes (versions 2 and 3), by HTTP or to a topic of Kafka.

import type { Json } from '@tulle/kernel'
import type { Effect } from '../durable-port.ts'
import { fault } from '../errors.ts'
import type { TaskContext } from '../interpret/run.ts'
import { evaluateInside } from '../interpret/run.ts'
import type { Authentication, ExternalResource, JsonObject } from '../types.ts'
import { isObject } from '../walk-tasks.ts'
import { nameAndPassword } from './authorize.ts'
import { send, textsOf } from './http.ts'
import { dereferenced, readDescription } from './openapi.ts'

interface AsyncApiArguments {
  readonly document: ExternalResource
  /** Of version 2. */
  readonly channel?: string
  /** Of version 3. */
  readonly operation?: string
  readonly server?: { readonly name: string; readonly variables?: JsonObject }
  readonly protocol?: string
  readonly message?: { readonly payload?: Json; readonly headers?: Json }
  readonly subscription?: Json
  readonly authentication?: Authentication
}

type Node = Readonly<Record<string, unknown>>

/** With TLS by the protocol's own other name. */
const SPOKEN: Readonly<Record<string, 'http' | 'kafka'>> = { http: 'http', https: 'http', kafka: 'kafka', 'kafka-secure': 'kafka' }
const spokenBy = ({ protocol }: Node): 'http' | 'kafka' | undefined => (typeof protocol === 'string' && Object.hasOwn(SPOKEN, protocol) ? SPOKEN[protocol] : undefined)

export async function callAsyncApi(context: TaskContext, effect: Effect): Promise<Json> {
  const { run, task, input, variables } = context
  const given = task.with as unknown as AsyncApiArguments
  if (given.subscription !== undefined || given.message === undefined) throw fault('configuration', 'Subscriptions of AsyncAPI are not served here: listen to events, or read the channel by an input port (kafka, sse, webhook).')
  const { document, url: at } = await readDescription(context, effect, given.document, 'AsyncAPI')
  const [payload, headers, filled] = await Promise.all([given.message.payload ?? null, given.message.headers ?? {}, given.server?.variables ?? {}].map((value) => evaluateInside(run, value as Json, input, variables)))
  const { channel, operation, address } = channelOf(document, given, at)
  const server = serverOf(document, channel, given, at)
  const type = contentTypeOf(document, operation, channel)
  const sent = { ...textsOf(headers ?? {}, 'header') }
  if (spokenBy(server) === 'kafka') return sendToTopic(context, effect, { document, server, topic: topicOf(document, channel, address, at), brokers: filledAddress(document, server, isObject(filled) ? filled : {}, at), payload: payload ?? null, headers: { 'content-type': type, ...sent }, authentication: given.authentication })
  const base = baseOf(document, server, isObject(filled) ? filled : {}, at)
  const [binding] = [operation, isObject(operation['bindings']) ? operation['bindings'] : {}].map((one) => (isObject(one['http']) ? one['http'] : undefined)).filter((one) => one !== undefined)
  return send(context, effect, {
    method: typeof binding?.['method'] === 'string' ? binding['method'] : 'POST',
    url: `${base}${pathOf(document, channel, address, at)}`,
    query: {},
    headers: { 'content-type': type, ...sent },
    body: payload ?? null,
    ...(given.authentication !== undefined && { authentication: given.authentication }),
    output: 'content',
    takesRedirect: false,
  })
}

interface Channel { readonly channel: Node; readonly operation: Node; readonly address: string }

function channelOf(document: Node, { operation: name, channel: named }: AsyncApiArguments, at: string): Channel {
  if (String(document['asyncapi']).startsWith('3.')) {
    const operation = dereferenced(document, memberOf(document['operations'], name))
    if (!isObject(operation)) throw fault('configuration', `${at} has no operation "${name ?? ''}".`)
    const channel = dereferenced(document, operation['channel'])
    if (!isObject(channel) || typeof channel['address'] !== 'string') throw fault('configuration', `The operation "${name ?? ''}" of ${at} names no channel with an address.`)
    return { channel, operation, address: channel['address'] }
  }
  if (!String(document['asyncapi']).startsWith('2.')) throw fault('configuration', `${at} is no AsyncAPI document of version 2 or 3.`)
  const channel = dereferenced(document, memberOf(document['channels'], named))
  if (!isObject(channel)) throw fault('configuration', `${at} has no channel "${named ?? ''}".`)
  if (!isObject(channel['publish'])) throw fault('configuration', `Nothing is published to the channel "${named ?? ''}" of ${at}.`)
  return { channel, operation: channel['publish'], address: named ?? '' }
}

/** By its name, or the first of the channel's that is spoken to and has the protocol. Version 2 lists servers of a channel by name, version 3 by reference. */
function serverOf(document: Node, channel: Node, { server, protocol }: AsyncApiArguments, at: string): Node {
  const all = isObject(document['servers']) ? document['servers'] : {}
  const listed = Array.isArray(channel['servers']) && channel['servers'].length > 0 ? (channel['servers'] as readonly unknown[]).map((one) => (typeof one === 'string' ? all[one] : one)) : Object.values(all)
  const known = listed.map((one) => dereferenced(document, one)).filter(isObject)
  const found = server === undefined ? known.find((one) => spokenBy(one) !== undefined && (protocol === undefined || spokenBy(one) === protocol)) : dereferenced(document, memberOf(all, server.name))
  if (!isObject(found)) throw fault('configuration', server === undefined ? `${at} names no server for it that speaks ${protocol ?? 'http or kafka'}${protocol === undefined || protocol === 'http' || protocol === 'kafka' ? '' : ', which is not spoken here'}.` : `${at} has no server "${server.name}".`)
  if (spokenBy(found) === undefined) throw fault('configuration', `The server "${server?.name ?? ''}" of ${at} speaks ${String(found['protocol'])}; messages are sent by http and kafka here.`)
  return found
}

function baseOf(document: Node, server: Node, given: Node, at: string): string {
  const filled = filledAddress(document, server, given, at)
  const url = /^https?:\/\//u.test(filled) ? filled : `${String(server['protocol'])}://${filled}`
  if (!URL.canParse(url)) throw fault('configuration', `A server of ${at} has no address.`)
  return url.replace(/\/$/u, '')
}

/** Version 3 has host and pathname, version 2 a URL. */
function filledAddress(document: Node, server: Node, given: Node, at: string): string {
  const declared = isObject(server['variables']) ? server['variables'] : {}
  const written = typeof server['host'] === 'string' ? `${server['host']}${typeof server['pathname'] === 'string' ? server['pathname'] : ''}` : String(server['url'] ?? '')
  return written.replaceAll(/\{(?<name>[^{}]+)\}/gu, (_, name: string) => {
    const variable = dereferenced(document, declared[name])
    const value = given[name] ?? (isObject(variable) ? variable['default'] : undefined)
    // A value is a part of an address, and never where another part begins.
    if ((typeof value !== 'string' && typeof value !== 'number') || !/^[\w.~-]{1,200}$/u.test(String(value))) throw fault('configuration', `The variable "${name}" of a server of ${at} has no value that may stand in an address.`)
    return String(value)
  })
}

interface ToTopic { readonly document: Node; readonly server: Node; readonly topic: string; readonly brokers: string; readonly payload: Json; readonly headers: Readonly<Record<string, string>>; readonly authentication: Authentication | undefined }

const MECHANISMS: Readonly<Record<string, 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'>> = { scramSha256: 'SCRAM-SHA-256', scramSha512: 'SCRAM-SHA-512' }

/** A message that was sent and not heard of is sent again, under the same `idempotency-key`. */
async function sendToTopic(context: TaskContext, { idempotencyKey, signal }: Effect, { document, server, topic, brokers, payload, headers, authentication }: ToTopic): Promise<Json> {
  const { host } = context.run
  if (host.topic === undefined) throw fault('configuration', 'Nothing is sent to topics of Kafka here.')
  const credentials = await nameAndPassword(context, authentication)
  const schemes = (Array.isArray(server['security']) ? server['security'] as readonly unknown[] : []).map((one) => dereferenced(document, one)).filter(isObject)
  const mechanism = schemes.map(({ type }) => (typeof type === 'string' && Object.hasOwn(MECHANISMS, type) ? MECHANISMS[type] : undefined)).find((one) => one !== undefined) ?? 'PLAIN'
  await host.topic({
    brokers: brokers.replace(/^[a-z-]+:\/\//u, '').replace(/\/$/u, '').split(',').map((one) => one.trim()), tls: server['protocol'] === 'kafka-secure', topic, signal,
    payload: Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), headers: { 'idempotency-key': idempotencyKey, ...headers },
    ...(credentials !== undefined && { sasl: { mechanism, user: credentials.username, password: credentials.password } }),
  })
  return null
}

/** As the channel is bound to it, or as the channel is called. */
function topicOf(document: Node, channel: Node, address: string, at: string): string {
  const binding = isObject(channel['bindings']) && isObject(channel['bindings']['kafka']) ? channel['bindings']['kafka']['topic'] : undefined
  const topic = typeof binding === 'string' ? binding : decodeURIComponent(pathOf(document, channel, address, at).slice(1))
  if (!/^[a-zA-Z0-9._-]{1,249}$/u.test(topic)) throw fault('configuration', `The channel "${address}" of ${at} is no topic of Kafka by its name, and bound to none.`)
  return topic
}

function pathOf(document: Node, channel: Node, address: string, at: string): string {
  const parameters = isObject(channel['parameters']) ? channel['parameters'] : {}
  const filled = address.replaceAll(/\{(?<name>[^{}]+)\}/gu, (_, name: string) => {
    const parameter = dereferenced(document, parameters[name])
    if (!isObject(parameter) || typeof parameter['default'] !== 'string') throw fault('configuration', `The channel "${address}" of ${at} has a parameter "${name}" without a default.`)
    return encodeURIComponent(parameter['default'])
  })
  return filled.startsWith('/') ? filled : `/${filled}`
}

function contentTypeOf(document: Node, operation: Node, channel: Node): string {
  const messages = Array.isArray(operation['messages']) ? operation['messages'] as readonly unknown[] : operation['message'] === undefined ? Object.values(isObject(channel['messages']) ? channel['messages'] : {}) : [operation['message']]
  // A reference of an operation leads to one of its channel, and that to where messages are kept.
  const message = dereferenced(document, dereferenced(document, messages[0]))
  const type = (isObject(message) ? message['contentType'] : undefined) ?? document['defaultContentType']
  return typeof type === 'string' && /[/+]json\b/u.test(type) ? type : 'application/json'
}

const memberOf = (value: unknown, name: string | undefined): unknown => (isObject(value) && name !== undefined && Object.hasOwn(value, name) ? value[name] : undefined)
