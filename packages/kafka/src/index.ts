// Writes what changed in data sets to topics of Kafka.

// What ports declare, and what a plan finds in them.
export { settingsOf, topicsOf } from './port-topics.ts'
export { checkKafkaPorts } from './check-ports.ts'

// What writes them.
export { openKafkaPorts } from './open-kafka-ports.ts'
export type { KafkaPorts, KafkaPortsOptions } from './open-kafka-ports.ts'
export type { KafkaPort, KafkaPortSettings, Topic, TopicState } from './types.ts'

// Topics that others write.
export { prepareTopic } from './prepare-topic.ts'

// Messages as others write them.
export { messageDecoder } from './decode-message.ts'

// Messages of workflows.
export { openTopicDoor } from './topic-door.ts'
export type { TopicDoorOptions } from './topic-door.ts'
