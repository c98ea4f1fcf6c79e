// How lineage is said in the console.

import type { Lineage } from '@tulle/api'

type Edge = Lineage['edges'][number]

/** `*` stands for every column. */
export const columnLabel = (column: string): string => (column === '*' ? 'all columns' : column)

export const HOW_WORDS: Readonly<Record<NonNullable<Edge['how']>, string>> = { identity: 'as it is', transformation: 'computed', aggregation: 'out of many' }

/** `decides: join, filter`. */
export const decides = ({ by }: Edge): string => `decides: ${by.join(', ')}`
