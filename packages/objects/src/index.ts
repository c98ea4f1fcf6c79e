// Keeps immutable objects: in a folder, in S3, in memory. An object appears whole and durable under its name, or not at all.

export { localObjects } from './local-objects.ts'
export { memoryObjects } from './memory-objects.ts'
export { openS3Objects } from './s3/s3-objects.ts'
export { s3Reader, S3Unreadable } from './s3/s3-reader.ts'
export type { ListedObject, S3Reader } from './s3/s3-reader.ts'
export { openExchange } from './exchange.ts'
export type { Exchange, HttpReply, HttpRequest } from './exchange.ts'
export { isBucketName, isEndpoint } from './s3/s3-url.ts'
export type { S3Credentials } from './s3/s3-client.ts'
export type { S3Options } from './s3/s3-objects.ts'
export type { ObjectFacts, Objects, Unfinished } from './types.ts'
export { messages as objectMessages } from './messages.ts'
