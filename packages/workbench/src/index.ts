// Keeps what people work out together beside a product: saved queries, dashboards, discussions.

export { listEntries, say, withdraw } from './discussion.ts'
export { messages } from './messages.ts'
export { dropWork, findWork, keepWork, listWork } from './shared-work.ts'
export type { Entry, Work, WorkKind } from './types.ts'
