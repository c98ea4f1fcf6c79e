// Opens the audit of a folder: finds where its chain has come to, goes on from there, anchors it, keeps the keys of its values.

import { randomUUID } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import type { Clock, Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Anchors, Audit, AuditLine, Draft, EntryKey, Forgotten, Keys } from './types.ts'
import { anchorHeads } from './anchor-heads.ts'
import { NOTHING_BEFORE } from './entry.ts'
import type { End } from './find-end.ts'
import { findEnd } from './find-end.ts'
import { messages } from './messages.ts'
import type { RetiredSegment, RetireOptions } from './retire-segments.ts'
import { retireSegments } from './retire-segments.ts'
import { chainWriter } from './write-chain.ts'

export interface AuditOptions {
  readonly folder: string
  /** Which machine and folder this is, for whoever looks for a chain that is not here. */
  readonly place: string
  readonly clock: Clock
  readonly anchors: Anchors
  readonly keys: Keys
  /** Anchors are written to this file as well, wherever it lies. */
  readonly anchorFile?: string
  readonly limits?: Partial<AuditLimits>
  /** What is removed because of its age is copied into this folder first. */
  readonly archive?: string
  /** Told what stands in the way, and when it no longer does. */
  readonly warn?: (message: string) => void
}
export interface AuditLimits { readonly segmentBytes: number; readonly anchorEntries: number; readonly anchorMilliseconds: number }

export interface OpenAudit extends Audit {
  readonly chain: string
  /** Destroys the keys of values; what is done is an entry itself. Answers how many there were. */
  forget(what: Forgotten, by: string): Promise<Result<number>>
  /** Removes files whose entries are all older than a moment, and says so in the chain. */
  retire(options: RetireOptions): Promise<Result<readonly RetiredSegment[]>>
  /** Carries the head outside now. */
  anchor(): Promise<void>
  /** Writes what was taken, says that the chain ends here, and anchors that. */
  close(): Promise<void>
}

const LIMITS: AuditLimits = { segmentBytes: 4 << 20, anchorEntries: 1000, anchorMilliseconds: 5000 }
/** Keys that the database does not take at the moment; those beyond are not kept, and their values are as if forgotten. */
const MOST_KEYS_WAITING = 10_000

export async function openAudit(options: AuditOptions): Promise<Result<OpenAudit>> {
  const { folder, place, clock, anchors, keys, warn = () => undefined } = options
  const limits = { ...LIMITS, ...options.limits }
  const release = await anchors.claim(place)
  if (release === undefined) return fail(messages['audit-in-use']({ folder }))
  let end: End
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await chmod(folder, 0o700)
    end = await findEnd(folder, place, anchors)
  } catch (error) {
    await release()
    return fail(messages['audit-folder']({ folder, reason: (error as NodeJS.ErrnoException).code ?? String(error) }))
  }
  if (end.damage !== undefined) warn(`the audit was altered while nobody wrote it: ${end.damage.found}`)

  const chain = end.damage === undefined ? (end.last?.chain ?? randomUUID()) : randomUUID()
  const keeping = keepKeys(keys, warn)
  const writer = chainWriter({
    folder, clock, segmentBytes: limits.segmentBytes, warn,
    head: end.damage === undefined && end.last !== undefined ? { chain, seq: end.last.seq, hash: end.last.hash } : { chain, seq: (end.damage?.first ?? 1) - 1, hash: NOTHING_BEFORE },
    segment: end.damage === undefined ? end.segment : undefined,
    onWritten: (entries, made) => {
      keeping.keep(made)
      anchoring.count(entries.filter(({ kind }) => kind !== 'anchor').length)
    },
  })
  const anchoring = anchorHeads({
    writer, anchors, clock, warn, last: end.damage === undefined ? end.anchor : undefined,
    everyEntries: limits.anchorEntries, everyMilliseconds: limits.anchorMilliseconds, file: options.anchorFile,
  })
  let retiring: Promise<unknown> = Promise.resolve()
  const timeOf = (): string => new Date(clock.now()).toISOString()
  const close = async (): Promise<void> => {
    const ended = writer.append({ kind: 'close', time: timeOf(), body: {} })
    await writer.close()
    if ((await ended).ok) await anchoring.close()
    await keeping.settled()
    await release()
  }

  const opened = await writer.append({ kind: 'open', time: timeOf(), body: openingOf(end, place) })
  if (!opened.ok) {
    await close()
    return opened
  }
  await anchors.settle({ chain, place })
  return ok({
    chain,
    ready: () => writer.ready(),
    record: async (line) => {
      const written = await writer.append(draftOf(line))
      return written.ok ? ok(undefined) : written
    },
    async forget(what, by) {
      await keeping.settled()
      // Said first: what is forgotten without an entry of it would look like a fault.
      const said = await writer.append({ kind: 'forget', time: timeOf(), body: { by, ...what } })
      return said.ok ? ok(await keys.destroy(what)) : said
    },
    retire: (asked) => {
      const turn = retiring.then(() => retireSegments({ folder, chain, writer, anchors, keys, archive: options.archive, timeOf }, asked))
      retiring = turn.catch(() => undefined)
      return turn
    },
    anchor: () => anchoring.anchor(),
    close,
  })
}

const openingOf = ({ damage, torn, anchor }: End, place: string): Json => ({
  place,
  ...(damage !== undefined && { found: damage.found, ...(damage.follows !== undefined && { follows: { ...damage.follows } }) }),
  ...(torn !== undefined && { dropped: { ...torn } }),
  ...(damage === undefined && anchor !== undefined && { anchor: { number: anchor.number, seq: anchor.seq, digest: anchor.digest } }),
})

function draftOf({ values, ...line }: AuditLine): Draft {
  return { kind: 'line', time: line.time, body: line as unknown as Json, ...(values !== undefined && { values }), ...(line.subjectId !== undefined && { subject: line.subjectId }) }
}

/** Keys go to the database behind the lines, in order. A key that is lost makes values unreadable, and no line. */
function keepKeys(keys: Keys, warn: (message: string) => void): { keep(made: readonly EntryKey[]): void; settled(): Promise<void> } {
  const waiting: EntryKey[] = []
  let running: Promise<void> | undefined
  let failing = false
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting.slice(0, 1000)
      try {
        await keys.keep(group)
        waiting.splice(0, group.length)
        failing = false
      } catch (error) {
        if (!failing) warn(`the keys of the audit's values cannot be kept: ${String(error)}`)
        failing = true
        break
      }
    }
    running = undefined
  }
  return {
    keep(made) {
      if (made.length === 0) return
      waiting.push(...made.slice(0, Math.max(0, MOST_KEYS_WAITING - waiting.length)))
      running ??= run()
    },
    settled: async () => {
      for (let under = running; under !== undefined; under = running) await under
    },
  }
}
