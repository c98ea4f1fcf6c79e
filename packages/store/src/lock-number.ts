// PostgreSQL's advisory locks have 64-bit numbers; ours have names.

import { createHash } from 'node:crypto'

/** The number of the lock with this name, as text. */
export const lockNumber = (name: string): string => createHash('sha256').update(`tulle:${name}`).digest().readBigInt64BE(0).toString()
