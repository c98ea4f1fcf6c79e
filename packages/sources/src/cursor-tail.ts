// How far a cursor came: its largest value, and which rows have that value. Rows with it may still come, so they are read again
// where they can be told apart; where exactly the same rows come, nothing is new.

import type { Json } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'

/** `last` as text; `tail` names the rows that have it. */
export interface CursorState { readonly last: string; readonly tail: string }

const MOST_TIES = 100_000

/** Takes rows in the order of their cursor. */
export class CursorTail {
  #last: string | undefined
  #ties: string[] = []
  #uncounted = false

  take(value: string, line: string): void {
    if (value !== this.#last) {
      this.#last = value
      this.#ties = []
      this.#uncounted = false
    }
    if (this.#ties.length < MOST_TIES) this.#ties.push(sha256(line).slice(0, 32))
    else this.#uncounted = true
  }

  /** Takes rows in any order. */
  takeUnordered(value: string, line: string, isBeyond: (value: string, last: string) => boolean): void {
    if (this.#last === undefined || value === this.#last || isBeyond(value, this.#last)) this.take(value, line)
  }

  /** The state after this draw; what it was before, where no row came. */
  state(before: CursorState | undefined): CursorState | undefined {
    if (this.#last === undefined) return before
    return { last: this.#last, tail: this.#uncounted ? `uncounted ${sha256(this.#ties.join())}` : sha256(this.#ties.toSorted().join()) }
  }
}

export function cursorStateOf(before: Json | undefined): CursorState | undefined {
  const { last, tail } = (before ?? {}) as { readonly last?: Json; readonly tail?: Json }
  return typeof last === 'string' ? { last, tail: typeof tail === 'string' ? tail : '' } : undefined
}
