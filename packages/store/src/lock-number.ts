// PostgreSQL's advisory locks have 64-bit numbers; ours have names.

import { createHash } from 'node:crypto'

/** The number of the lock with this name, as text. */
export const lockNumber = (name: string): string => createHash('sha256').update(`tulle:${name}`).digest().readBigInt64BE(0).toString()

/**
 * The lock of whoever removes objects that a table has led to, and of whoever copies them. A backup waits for it and holds
 * it; whatever removes takes it by `tryAdvisoryLock`, and leaves everything where it is if it was not to be had.
 */
export const OBJECT_REMOVAL = 'object-removal'
