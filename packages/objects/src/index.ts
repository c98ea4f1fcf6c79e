// Keeps immutable objects: in a folder, in memory. An object appears whole and synced under its name, or not at all.

export { localObjects } from './local-objects.ts'
export { memoryObjects } from './memory-objects.ts'
export type { ObjectFacts, Objects, Unfinished } from './types.ts'
export { messages as objectMessages } from './messages.ts'
