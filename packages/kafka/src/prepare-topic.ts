// A topic that somebody else is to write: made where there is none, and emptied where what it holds is not to stay, by a tombstone for
// each key in it.

import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { KafkaCluster, Network, Secrets } from '@tulle/sources'
import { reachCluster } from '@tulle/sources'
import { messages } from './messages.ts'
import { endOf, findTopic, keysLeft, openProducer } from './reach-topic.ts'
import { sendTombstones } from './send-changes.ts'

interface TopicToPrepare {
  readonly name: string
  /** Immutable: names the producer to the brokers. */
  readonly id: string
  readonly cluster: KafkaCluster
  readonly isEmptied: boolean
}

export async function prepareTopic(room: { readonly network: Network; readonly secrets: Secrets; readonly clock: Clock }, { name, id, cluster, isEmptied }: TopicToPrepare): Promise<Result<void>> {
  const reached = await reachCluster(room, name, cluster)
  if (!reached.ok) return reached
  const giveUp = new AbortController()
  const producer = await openProducer(reached.value, `tulle-${id}-${name}`)
  try {
    const found = await findTopic(reached.value, producer, { name, port: name, isCompacted: true })
    if (!found.ok || !isEmptied) return found.ok ? ok(undefined) : found
    for await (const { partition, keys } of keysLeft(reached.value, { name, found: found.value.found, boundary: await endOf(reached.value, name), signal: giveUp.signal })) {
      const sent = await sendTombstones({ topic: { name }, producer, stillAllowed: async () => ok(undefined) }, keys, partition)
      if (!sent.ok) return sent
    }
    return ok(undefined)
  } catch (error) {
    return fail(messages['kafka-unreachable']({ port: name, why: reached.value.tell(error) }))
  } finally {
    await Promise.race([producer.close(true).catch(() => undefined), room.clock.sleep(2_000).catch(() => undefined)])
  }
}
