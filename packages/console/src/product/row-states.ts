// What is said of a row that was set aside.

import type { QuarantinedRows } from '@tulle/api'
import type { RowState } from '../addresses.ts'

export type SetAsideRow = QuarantinedRows['rows'][number]

export const STATE_WORDS: Readonly<Record<RowState, { readonly label: string; readonly colour: string }>> = {
  open: { label: 'to decide', colour: 'orange' },
  repaired: { label: 'corrected', colour: 'blue' },
  replay: { label: 'on their way', colour: 'blue' },
  published: { label: 'published', colour: 'teal' },
  discarded: { label: 'left out', colour: 'gray' },
  gone: { label: 'gone', colour: 'gray' },
}

/** Which rows may be chosen for a decision. */
export const isOpen = (state: RowState): boolean => state === 'open' || state === 'repaired' || state === 'discarded'
