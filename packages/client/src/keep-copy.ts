// A copy of a data set in step with the mesh. What changed and the position behind it are one transaction of the store, so that
// each change is in the copy exactly once, whatever dies when. What is too old to go on from, or was read under other rights,
// is begun anew.

import { pauseAfter } from './pause.ts'
import { isPassing, Refused } from './refused.ts'
import type { Address, Change, CopyState, CopyStore, Happening, MeshClient } from './types.ts'

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
    const page = await read(state)
    const anew = page.anew || state === undefined
    const { entries, next, end, rights } = page.value
    // Rows of other rights are no part of this copy: what there is now is read from the start.
    if (!anew && rights !== state.rights) return begin()
    const changes = entries.filter((entry): entry is Change => entry.kind === 'row')
    if (anew || next !== state.position) await store.apply({ changes, state: { position: next, rights }, anew })
    for (const entry of entries) if (entry.kind === 'event') onEvent?.(entry)
    if (consumer !== undefined && (anew || next !== state.position)) await client.acknowledge(address, consumer, next, { replay: true })
    return end
  }
  async function begin(): Promise<boolean> {
    const { entries, next, end, rights } = await client.read(address, { from: 'start', limit, ...(signal !== undefined && { signal }) })
    await store.apply({ changes: entries.filter((entry): entry is Change => entry.kind === 'row'), state: { position: next, rights }, anew: true })
    return end
  }
  async function read(state: CopyState | undefined) {
    const options = { limit, ...(signal !== undefined && { signal, wait: WAIT_SECONDS }) }
    if (state === undefined) return { anew: true, value: await client.read(address, { ...options, from: 'start' }) }
    try {
      return { anew: false, value: await client.read(address, { ...options, from: state.position }) }
    } catch (error) {
      if (error instanceof Refused && (error.code === 'position-too-old' || error.code === 'position-unknown')) return { anew: true, value: await client.read(address, { ...options, from: 'start' }) }
      throw error
    }
  }
}
