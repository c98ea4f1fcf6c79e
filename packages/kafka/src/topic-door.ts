// The way out to topics of Kafka for workflows: only to brokers that the operator lists, never to addresses inside of a network
// unless that very host is listed for it.

import type { Clock } from '@tulle/kernel'
import { guardedLookup, isInnerAddress, openHostList } from '@tulle/objects'
import { AddressRefused, reachCluster } from '@tulle/sources'
import type { TopicMessage } from '@tulle/workflow'

export interface TopicDoorOptions {
  /** Entries of a host list. */
  readonly hosts: readonly string[]
  /** `host` or `host:port` that may lead to private addresses. */
  readonly privateHosts: readonly string[]
  readonly clock: Clock
}

const SECRET = 'password'

/** Rejects with a sentence that repeats no secret. */
export function openTopicDoor({ hosts, privateHosts, clock }: TopicDoorOptions): (message: TopicMessage) => Promise<void> {
  const network = networkOf(hosts, privateHosts)
  return async ({ brokers, tls, sasl, topic, payload, headers, signal }) => {
    const cluster = await reachCluster({ network, secrets: () => sasl?.password }, 'call: asyncapi', { brokers, tls: tls ? 'on' : 'off', ...(sasl !== undefined && { sasl: { mechanism: sasl.mechanism, user: sasl.user, password: { secret: SECRET } } }) })
    if (!cluster.ok) throw new Error(`Workflows may not send to ${brokers.join(', ')}: ${cluster.diagnostics.map(({ message }) => message).join(' ')}`)
    // A client of 350 files: read by whoever sends, and not by every start.
    const { Producer, stringSerializer } = await import('@platformatic/kafka')
    const producer = new Producer<Buffer, Buffer, string, string>({
      clientId: 'tulle', ...cluster.value.options, idempotent: true, acks: -1, autocreateTopics: false, strict: true, retries: 2, retryDelay: 200, connectTimeout: 5_000, requestTimeout: 30_000,
      serializers: { headerKey: stringSerializer, headerValue: stringSerializer },
    })
    // A producer says by events what its callers hear too.
    producer.on('error', () => undefined)
    const close = (): void => void producer.close(true).catch(() => undefined)
    signal.addEventListener('abort', close)
    try {
      const refused = await cluster.value.refusalOf(await producer.metadata({ topics: [topic], autocreateTopics: false }))
      if (refused !== undefined) throw new Error(refused)
      await producer.send({ messages: [{ topic, value: Buffer.from(payload), headers: { ...headers } }] })
    } catch (error) {
      signal.throwIfAborted()
      throw new Error(`The topic ${topic} did not take the message: ${cluster.value.tell(error)}.`, { cause: error })
    } finally {
      signal.removeEventListener('abort', close)
      await Promise.race([producer.close(true).catch(() => undefined), clock.sleep(2_000).catch(() => undefined)])
    }
  }
}

function networkOf(hosts: readonly string[], privateHosts: readonly string[]): Parameters<typeof reachCluster>[0]['network'] {
  const [listed, privately] = [openHostList(hosts), openHostList(privateHosts)]
  const isTrusted = (host: string): boolean => privateHosts.some((entry) => entry === host || entry.startsWith(`${host}:`))
  const find = guardedLookup((host, address) => (isInnerAddress(address) && !isTrusted(host) ? new AddressRefused(`${host} leads to ${address}, which is not a public address and not listed`) : undefined))
  return {
    refusal: (host, port) => (listed.has(host, port) || privately.has(host, port) ? undefined : 'the operator has not listed it'),
    addressOf: (host) => new Promise((resolve, reject) => void find(host, {}, (error, address) => (error === null ? resolve(address as string) : reject(error)))),
  }
}
