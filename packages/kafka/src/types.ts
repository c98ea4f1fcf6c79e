// The nouns of Kafka ports.

import type { ContractColumn, DataContract } from '@tulle/model'
import type { CompatibilityLevel } from '@tulle/schema-registry'
import type { StreamAddress } from '@tulle/streams'

export const FORMATS = ['avro', 'json', 'protobuf'] as const
export type MessageFormat = (typeof FORMATS)[number]

/** How a cluster is reached. Secrets are names; the operator holds the values. */
export interface ClusterSettings {
  /** `host:port`, of which any may be asked for the others. */
  readonly brokers: readonly string[]
  readonly tls: 'verify' | 'off'
  readonly sasl?: { readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; readonly user: string; readonly password: { readonly secret: string } }
}

/** What an output port of the kind `kafka` declares. */
export interface KafkaPortSettings extends ClusterSettings {
  readonly format: MessageFormat
  readonly compatibility: CompatibilityLevel
  /** The process domain that the topics are for: they hold what it may see. */
  readonly application: string
  readonly purpose?: string
  readonly topic_suffix?: string
  /** Partitions of a topic that is made, and copies of each. */
  readonly partitions?: number
  readonly replicas?: number
}

/** A data set that goes to a topic of its own. */
export interface Topic {
  /** `<product>.<data set>`, with the port's suffix; its subjects are this with `-key` and `-value`. */
  readonly name: string
  readonly product: string
  readonly dataSet: string
  readonly address: StreamAddress
  readonly columns: readonly ContractColumn[]
  readonly contract: DataContract
}

/** An output port of the kind `kafka`, as it was applied. */
export interface KafkaPort {
  /** Immutable: names the producer to the brokers, so that an older one is fenced off. */
  readonly id: string
  /** `flights.events`: the product and the port. */
  readonly name: string
  readonly productId: string
  readonly settings: KafkaPortSettings
  readonly topics: readonly Topic[]
}

/** How far a topic was written, kept after each commit of the brokers. */
export interface TopicPlace {
  /** In the change stream; absent where nothing of it was written. */
  readonly position?: string
  /** What the process domain saw when it was written: the same text as of a batch of changes. */
  readonly rights?: string
  /** Cluster and topic that it is true of. */
  readonly place: string
  /** While the topic is written anew: by partition, the offset up to which it holds what was written before. */
  readonly sweep?: Readonly<Record<string, string>>
}

/** Port: keeps places. */
export interface TopicPlaces {
  read(): Promise<TopicPlace | undefined>
  /** `written`: records since the last time. */
  save(place: TopicPlace, written: number): Promise<void>
}

export type TopicStatus = 'starting' | 'following' | 'waiting' | 'stopped'

/** How a topic is doing, for people. */
export interface TopicState {
  /** The port's name within its product. */
  readonly port: string
  readonly dataSet: string
  readonly topic: string
  readonly status: TopicStatus
  /** Records written so far, tombstones counted. */
  readonly written: number
  /** Why nothing goes on, with what to do. */
  readonly trouble?: { readonly code: string; readonly message: string }
  readonly changedAt: Date
  /** Where it is in the change stream; absent where nothing was written. Not for readers. */
  readonly position?: string
}
