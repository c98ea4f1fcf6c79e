// Keeps what people work out together beside a product: saved queries, dashboards, discussions.

export { dropWork, findWork, keepWork, listWork } from './shared-work.ts'
export type { Work, WorkKind } from './types.ts'
