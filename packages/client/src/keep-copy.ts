// A copy of a data set in step with the mesh. What changed and the position behind it are one transaction of the store, so that
// each change is in the copy exactly once, whatever dies when. What is too old to go on from, or was read under other rights,
// is begun anew.

import { pauseAfter } from './pause.ts'
import { isPassing, Refused } from './refused.ts'
import type { Address, Change, CopyState, CopyStore, From, Happening, MeshClient, Page } from './types.ts'

export interface KeepCopyOptions {
  readonly client: MeshClient
  readonly address: Address
  readonly store: CopyStore
  /** Ends the keeping. Without one it ends when the copy holds what there is. */
  readonly signal?: AbortSignal
  /** Changes of one transaction. */
  readonly limit?: number
  /** Shown to the product's team as this consumer's lag. */
  readonly consumer?: string
  readonly onEvent?: (event: Happening) => void
  /** Told of what passes by itself; it is tried again. */
  readonly onTrouble?: (error: unknown) => void
}

const WAIT_SECONDS = 20

export async function keepCopy({ client, address, store, signal, limit = 1000, consumer, onEvent, onTrouble }: KeepCopyOptions): Promise<void> {
  const isOver = (): boolean => signal?.aborted === true
  for (let failures = 0; !isOver();) {
    try {
      const state = await store.state()
      const done = await step(state)
      failures = 0
      if (done && signal === undefined) return
    } catch (error) {
      if (isOver()) return
      if (!isPassing(error)) throw error
      onTrouble?.(error)
      failures += 1
      await pauseAfter(failures, signal)
    }
  }

  /** True where nothing more is there now. */
  async function step(state: CopyState | undefined): Promise<boolean> {
    const more = state === undefined ? undefined : await readOn(state)
    const anew = more === undefined
    const { entries, next, end, rights } = more ?? await read('start')
    const isNews = anew || next !== state?.position
    if (isNews) await store.apply({ changes: entries.filter((entry): entry is Change => entry.kind === 'row'), state: { position: next, rights }, anew })
    for (const entry of entries) if (entry.kind === 'event') onEvent?.(entry)
    if (consumer !== undefined && isNews) await client.acknowledge(address, consumer, next, { replay: true })
    return end
  }
  function read(from: From): Promise<Page> {
    return client.read(address, { from, limit, ...(signal !== undefined && { signal, wait: WAIT_SECONDS }) })
  }
  /** What lies behind the copy; undefined where it has to be begun anew. */
  async function readOn({ position, rights }: CopyState): Promise<Page | undefined> {
    try {
      const page = await read(position)
      // Rows of other rights are no part of this copy: what there is now is read from the start.
      return page.rights === rights ? page : undefined
    } catch (error) {
      if (error instanceof Refused && (error.code === 'position-too-old' || error.code === 'position-unknown')) return undefined
      throw error
    }
  }
}
