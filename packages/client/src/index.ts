// What programs of consumers use: query, subscribe, acknowledge, keep a copy in step.

export { printJson } from './exact-json.ts'
export { meshClient } from './mesh-client.ts'
export { isPassing, Refused } from './refused.ts'
export type { Finding } from './refused.ts'
export { keepCopy } from './keep-copy.ts'
export type { KeepCopyOptions } from './keep-copy.ts'
export { sqliteCopy } from './sqlite-copy.ts'
export type { Address, Change, CopyState, CopyStore, Entry, From, Happening, MeshClient, MeshClientOptions, Page, ReadOptions, Row, SavedPosition } from './types.ts'
