// What every adapter of objects must do, as a suite that its own tests call; a small S3 that fails on demand, and a disk that loses
// its power.

export { describeObjects } from './testing/describe-objects.ts'
export type { ObjectsRig } from './testing/describe-objects.ts'
export { lookUpHere, startS3Server } from './testing/s3-server.ts'
export type { S3Fault, S3Server, S3ServerOptions } from './testing/s3-server.ts'
export { EMPTY_DISK, FragileFiles, losePower } from './testing/fragile-files.ts'
export type { Disk, FragileOptions } from './testing/fragile-files.ts'
export { systemFiles } from './files.ts'
export type { Files } from './files.ts'
