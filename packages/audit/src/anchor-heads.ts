// Carries the head of the chain outside, every so many entries and seconds: into the database, and into a file that may lie on
// another machine. The log names each anchor that it got, so that neither can be cut alone.

import { open } from 'node:fs/promises'
import type { Clock } from '@tulle/kernel'
import type { Anchor, Anchors } from './types.ts'
import { nextAnchor } from './entry.ts'
import type { ChainWriter } from './write-chain.ts'

export interface AnchoringOptions {
  readonly writer: ChainWriter
  readonly anchors: Anchors
  readonly clock: Clock
  /** The newest anchor that there is. */
  readonly last: Anchor | undefined
  readonly everyEntries: number
  readonly everyMilliseconds: number
  /** Anchors are appended to it as lines of JSON. */
  readonly file: string | undefined
  readonly warn: (message: string) => void
}

export interface Anchoring {
  /** Tells of entries that have become durable. */
  count(entries: number): void
  /** Anchors the head as it is now, and resolves when that is done or has failed. */
  anchor(): Promise<void>
  close(): Promise<void>
}

export function anchorHeads({ writer, anchors, clock, last: newest, everyEntries, everyMilliseconds, file, warn }: AnchoringOptions): Anchoring {
  const closing = new AbortController()
  let last = newest
  let waiting = 0
  let running: Promise<void> | undefined
  let failing = false

  const carry = async (): Promise<void> => {
    waiting = 0
    const head = writer.head()
    if (last !== undefined && last.chain === head.chain && last.seq === head.seq) return
    try {
      // An anchor whose adding failed may be there all the same: it is asked for rather than made again.
      if (failing) last = await anchors.last(head.chain)
      const anchor = nextAnchor(head, last?.chain === head.chain ? last : undefined, new Date(clock.now()).toISOString())
      await anchors.add(anchor)
      last = anchor
      if (file !== undefined) await appendLine(file, anchor)
      if (failing) warn('the audit is anchored again')
      failing = false
      if (!closing.signal.aborted) void writer.append({ kind: 'anchor', time: anchor.at, body: { number: anchor.number, seq: anchor.seq, digest: anchor.digest } })
    } catch (error) {
      if (!failing) warn(`the audit cannot be anchored: ${String(error)}`)
      failing = true
      waiting += 1
    }
  }
  const anchor = (): Promise<void> => (running ??= carry().finally(() => (running = undefined)))
  const tick = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await clock.sleep(everyMilliseconds, closing.signal).catch(() => undefined)
      if (waiting > 0 && !closing.signal.aborted) await anchor()
    }
  }
  const ticking = tick()

  return {
    count(entries) {
      waiting += entries
      if (waiting >= everyEntries && !failing && !closing.signal.aborted) void anchor()
    },
    anchor,
    async close() {
      closing.abort(new Error('closed'))
      await ticking
      await running
      await carry()
    },
  }
}

async function appendLine(file: string, anchor: Anchor): Promise<void> {
  await using handle = await open(file, 'a', 0o600)
  await handle.writeFile(`${JSON.stringify(anchor)}\n`)
  await handle.sync()
}
