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
  /** Partitions of a topic that is made, and copies of each. */
  readonly partitions?: number
  readonly replicas?: number
}

/** A data set that goes to a topic of its own. */
export interface Topic {
  /** `<product>.<data set>`; its subjects are this with `-key` and `-value`. */
  readonly name: string
  readonly product: string
  readonly dataSet: string
  readonly address: StreamAddress
  readonly columns: readonly ContractColumn[]
  readonly contract: DataContract
}

/** How a topic is doing, for people. */
export interface TopicState {
  readonly topic: string
  readonly port: string
  readonly product: string
  readonly status: 'starting' | 'following' | 'waiting' | 'stopped'
  /** Records written by this process, tombstones counted. */
  readonly written: number
  /** Why nothing goes on, with what to do. */
  readonly trouble?: string
}
