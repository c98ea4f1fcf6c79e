// How a cluster of Kafka is reached: the hosts that the operator lists, with the secret that a setting names. A cluster tells its
// clients of further brokers; those are held against the same list before anything is sent there.

import type { BaseOptions, ClusterMetadata } from '@platformatic/kafka'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { AddressRefused } from '../network.ts'
import type { Network } from '../network.ts'
import { oneLine, secretOf, withoutSecrets } from '../secret-of.ts'
import type { Secrets } from '../types.ts'

const PORT = 9092

export interface KafkaCluster {
  readonly brokers: readonly string[]
  readonly tls?: string
  readonly sasl?: { readonly mechanism: string; readonly user: string; readonly password: Json }
}

export interface ReachedCluster {
  readonly options: Pick<BaseOptions, 'bootstrapBrokers' | 'tls' | 'sasl'>
  /** Why the cluster's own list of brokers is not followed; undefined where all of them may be reached. */
  refusalOf(metadata: ClusterMetadata): Promise<string | undefined>
  /** What went wrong, in one line that repeats no secret. */
  tell(error: unknown): string
}

/** `port` is `shop.orders`, for people. */
export async function reachCluster({ network, secrets }: { readonly network: Pick<Network, 'refusal' | 'addressOf'>; readonly secrets: Secrets }, port: string, { brokers, tls, sasl }: KafkaCluster): Promise<Result<ReachedCluster>> {
  const refusal = async (host: string, number: number): Promise<string | undefined> => {
    const listed = network.refusal(host, number)
    if (listed !== undefined) return listed
    try {
      await network.addressOf(host)
      return undefined
    } catch (error) {
      // A name that is not found is the client's to find again and again; one that leads inside is refused.
      return error instanceof AddressRefused ? error.message : undefined
    }
  }
  const list: { readonly host: string; readonly port: number }[] = []
  for (const broker of brokers) {
    const [, host = '', number = String(PORT)] = /^\[?(.+?)\]?(?::(\d+))?$/u.exec(broker) ?? []
    const why = await refusal(host, Number(number))
    if (why !== undefined) return fail(messages['source-host-refused']({ port, host: `${host}:${number}`, why }))
    list.push({ host, port: Number(number) })
  }
  const password = secretOf(secrets, port, sasl?.password)
  if (!password.ok) return password
  return ok({
    options: {
      bootstrapBrokers: list,
      ...(tls !== 'off' && { tls: {} }),
      ...(sasl !== undefined && { sasl: { mechanism: sasl.mechanism as 'PLAIN', username: sasl.user, password: password.value ?? '' } }),
    },
    refusalOf: async ({ brokers: told }) => {
      for (const { host, port: number } of told.values()) {
        const why = await refusal(host, number)
        if (why !== undefined) return `the cluster names the broker ${host}:${number}, and ${why}`
      }
      return undefined
    },
    tell: (error) => withoutSecrets(oneLine(wordsOf(error)), [password.value]),
  })
}

/** The words of an error and of what caused it. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const inner = (error as { errors?: readonly unknown[] }).errors ?? (error.cause === undefined ? [] : [error.cause])
  return [error.message, ...inner.slice(0, 3).map(wordsOf)].filter((text, i, all) => text !== '' && all.indexOf(text) === i).join(': ')
}
