// How the topics of a product are doing, and how far each is behind the change stream that it is written from: it follows that stream as
// any consumer does.

import type { KafkaPorts, TopicState } from '@tulle/kafka'
import type { OpenStreams } from '@tulle/streams'

export interface TopicAt extends TopicState { readonly lag?: NonNullable<Awaited<ReturnType<OpenStreams['lagAt']>>> }
interface Needs { readonly kafka: Pick<KafkaPorts, 'topics'>; readonly streams: Pick<OpenStreams, 'lagAt'> }

export async function topicsAt({ kafka, streams }: Needs, productId: string): Promise<readonly TopicAt[]> {
  return Promise.all((await kafka.topics(productId)).map(async (topic) => {
    const lag = topic.position === undefined ? undefined : await streams.lagAt(productId, topic.position)
    return lag === undefined ? topic : { ...topic, lag }
  }))
}
