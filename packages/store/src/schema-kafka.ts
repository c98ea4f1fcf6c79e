// The tables of ports that write to Kafka.

import type { ColumnType, Generated, Json as JsonColumn } from './column-types.ts'

/** How far a topic was written. `position` is one of the change stream; `place` names cluster and topic that it is true of. */
export interface KafkaTopicTable {
  port_id: string
  data_set: string
  product_id: string
  /** As people call it: the port's name within its product. */
  port: string
  topic: string
  place: string | null
  position: string | null
  /** What the reader saw when it was written. */
  rights: string | null
  /** While a topic is written anew: by partition, the offset up to which it holds what was written before. */
  sweep: JsonColumn | null
  written: Generated<string>
  status: 'starting' | 'following' | 'waiting' | 'stopped'
  trouble_code: string | null
  trouble: string | null
  changed_at: ColumnType<Date>
}
