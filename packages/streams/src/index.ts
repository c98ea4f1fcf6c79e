// Keeps what changed between published snapshots as a log, and where each consumer is in it.

// What ports read by.
export { openStreams } from './open-streams.ts'
export type { OpenStreams, StreamsOptions } from './open-streams.ts'
export { MOST_ENTRIES, readFrom } from './read-stream.ts'
export type {
  From, LifeCycleEvent, Positions, Reader, RowChange, SavedPosition, SavePosition, StreamAddress, StreamAsker, StreamEntry, StreamPage, StreamPort, StreamRead, Streams,
} from './types.ts'

// What answers for the rights of readers, and for snapshots.
export type { GovernedChanges, GovernedPart, GovernedRow, PartRead, StreamSnapshots, StreamTarget } from './types.ts'

// What changed, as a file.
export { writeChanges } from './write-changes.ts'
export type { ChangesToWrite } from './write-changes.ts'
export { changeColumns, ORDINAL_ID, SIDE_ID } from './change-columns.ts'

// The log follows what is published.
export { followPublications } from './follow-publications.ts'
export type { FollowPublicationsOptions, PublicationSource, PublishedSnapshot, SnapshotDifference, StreamedDataSet } from './follow-publications.ts'
export { eraseStreamRows } from './erase-rows.ts'
export type { RowsErased, RowsToErase } from './erase-rows.ts'

// How long it is kept.
export { foreseeRetirement, retireSegments } from './retire-segments.ts'
export type { RetiredSegments } from './retire-segments.ts'

// How far those who read are behind.
export { lagsOf } from './positions.ts'

// The log.
export { appendSegment, dropSegments, findStream, holdStream, newestSnapshot, readSegment } from './log.ts'
export type { StreamKey } from './log.ts'
export type { NewSegment, Segment, SegmentKind, Stream } from './types.ts'
