// Writes what changed in data sets to topics of Kafka.

export { checkTopic, declareTopic } from './declare-schemas.ts'
export { messageDecoder } from './decode-message.ts'
export { openTopicDoor } from './topic-door.ts'
export type { TopicDoorOptions } from './topic-door.ts'
export { writeTopic } from './write-topic.ts'
export type { TopicRoom, TopicWork } from './write-topic.ts'
export type { KafkaPortSettings, Topic, TopicState } from './types.ts'
