// Drafts → entries on disk, in order, many at a time: whoever comes while a write is under way shares the next one, and each is
// told when its entry is durable. INVARIANT: one writer per folder; a line that was taken stays taken while the disk refuses it.

import type { FileHandle } from 'node:fs/promises'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Draft, Entry, EntryKey, Head } from './types.ts'
import { nextEntry, printEntry } from './entry.ts'
import { messages } from './messages.ts'
import { placeOf, sealValues } from './seal-values.ts'
import { segmentName, syncFolder } from './segments.ts'

export interface WriterOptions {
  readonly folder: string
  readonly clock: Clock
  readonly head: Head
  /** The segment that goes on, and how much of it is written; undefined: the next entry begins one. */
  readonly segment: { readonly path: string; readonly bytes: number } | undefined
  readonly segmentBytes: number
  /** Called with what has become durable, before those who wait for it hear so. */
  readonly onWritten: (entries: readonly Entry[], keys: readonly EntryKey[]) => void
  readonly warn: (message: string) => void
}

export interface ChainWriter {
  append(draft: Draft): Promise<Result<Head>>
  ready(): Result<void>
  head(): Head
  /** Writes what was taken, as far as the disk lets it. */
  close(): Promise<void>
}

interface Taken { readonly draft: Draft; readonly told: (result: Result<Head>) => void }

/** So many entries are written at once. */
const GROUP = 2000
/** What is taken while the disk refuses; nothing is read meanwhile, so little comes. */
const MOST_TAKEN = 20_000
const RETRY_MILLISECONDS = 500
/** A write that hangs for so long is one that fails. */
const HANGS_MILLISECONDS = 10_000

export function chainWriter(options: WriterOptions): ChainWriter {
  const { folder, clock, segmentBytes, onWritten, warn } = options
  const queue: Taken[] = []
  const closing = new AbortController()
  let head = options.head
  let segment = options.segment
  let handle: FileHandle | undefined
  let failing = false
  let lost = 0
  let writingSince: number | undefined
  let running: Promise<void> | undefined

  const unavailable = (): Result<never> => fail(messages['audit-unavailable']({}))

  // From where the last durable entry ends, whatever a write that failed has left behind it.
  const openAt = async (path: string, bytes: number): Promise<FileHandle> => {
    const opened = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      await opened.truncate(bytes)
      if (bytes === 0) {
        await opened.sync()
        await syncFolder(folder)
      }
      return opened
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  const write = async (drafts: readonly Draft[]): Promise<readonly Head[]> => {
    if (segment !== undefined && segment.bytes >= segmentBytes) {
      await handle?.close()
      handle = undefined
      segment = undefined
    }
    const { path, bytes } = (segment ??= { path: join(folder, segmentName(head.seq + 1)), bytes: 0 })
    handle ??= await openAt(path, bytes)
    const entries: Entry[] = []
    const keys: EntryKey[] = []
    let last = head
    for (const draft of drafts) {
      const made = draft.values === undefined || draft.values.length === 0 ? undefined : sealValues(draft.values, placeOf(last.chain, last.seq + 1))
      const entry = nextEntry(last, draft, made?.sealed)
      if (made !== undefined) keys.push({ chain: entry.chain, seq: entry.seq, key: made.key, ...(draft.subject !== undefined && { subject: draft.subject }) })
      entries.push(entry)
      last = entry
    }
    const text = Buffer.from(entries.map(printEntry).join(''))
    for (let done = 0; done < text.length;) done += (await handle.write(text, done, text.length - done, bytes + done)).bytesWritten
    await handle.datasync()
    segment = { path, bytes: bytes + text.length }
    head = { chain: last.chain, seq: last.seq, hash: last.hash }
    onWritten(entries, keys)
    return entries
  }

  const attempt = async (group: readonly Taken[]): Promise<void> => {
    writingSince = clock.now()
    try {
      const drafts = group.map(({ draft }) => draft)
      const heads = await write(lost === 0 ? drafts : [...drafts, { kind: 'line', time: new Date(clock.now()).toISOString(), body: { lost } }])
      if (failing) warn('the audit is written again')
      failing = false
      lost = 0
      queue.splice(0, group.length)
      group.forEach(({ told }, at) => told(ok(heads[at] as Head)))
    } catch (error) {
      if (!failing) warn(`the audit cannot be written: ${String(error)}`)
      failing = true
      await handle?.close().catch(() => undefined)
      handle = undefined
      for (const { told } of queue) told(unavailable())
      await clock.sleep(RETRY_MILLISECONDS, closing.signal).catch(() => undefined)
    } finally {
      writingSince = undefined
    }
  }
  const run = async (): Promise<void> => {
    // What is said in one breath is written in one.
    await new Promise((resolve) => setImmediate(resolve))
    for (let given = false; queue.length > 0 && !given;) {
      await attempt(queue.slice(0, GROUP))
      given = failing && closing.signal.aborted
    }
    running = undefined
  }

  return {
    head: () => head,
    ready: () => (failing || (writingSince !== undefined && clock.now() - writingSince > HANGS_MILLISECONDS) ? unavailable() : ok(undefined)),
    append(draft) {
      if (closing.signal.aborted || queue.length >= MOST_TAKEN) {
        lost += 1
        return Promise.resolve(unavailable())
      }
      return new Promise((told) => {
        queue.push({ draft, told })
        if (failing) told(unavailable())
        running ??= run()
      })
    },
    async close() {
      closing.abort(new Error('closed'))
      for (let under = running; under !== undefined; under = running) await under
      await handle?.close().catch(() => undefined)
      handle = undefined
    },
  }
}
