// Draws files and rows from systems that are not Tulle's, and knows where it stopped.

export { draw, settle } from './draw.ts'

// Requests to listed hosts, and secrets by their names.
export { ask } from './http.ts'
export type { Answered } from './http.ts'
export { oneLine, secretOf, withoutSecrets } from './secret-of.ts'

export { lookAtFiles } from './files/draw-files.ts'
export { RowFile } from './row-file.ts'
export type { Drawn, DrawnColumn, DrawnFile, DrawMode, DrawRequest, MessageReading, MessageSchema, Secrets, Settings, SourceLimits, SourceRoom } from './types.ts'

// How a cluster of Kafka is reached.
export { reachCluster } from './kafka/reach-cluster.ts'
export type { KafkaCluster, ReachedCluster } from './kafka/reach-cluster.ts'

export { readPartition } from './kafka/read-partition.ts'
export type { PartitionPart, PartitionRead } from './kafka/read-partition.ts'

// Which files were taken in.
export { seenOf, stateOfSeen } from './files/seen.ts'

// Which hosts may be reached.
export { AddressRefused, isNetworkEntry, openNetwork, postRefusal } from './network.ts'
export type { Network } from './network.ts'
