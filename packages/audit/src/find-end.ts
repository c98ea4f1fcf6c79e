// A folder → where its chain has come to, after whatever ended the process before. Bytes behind the last whole line were never
// acknowledged and go; anything else that does not fit is damage, is left as it lies, and a new chain begins behind it.

import { truncate } from 'node:fs/promises'
import { sha256 } from '@tulle/kernel'
import type { Anchor, Anchors, Entry, Head } from './types.ts'
import { readEntry } from './entry.ts'
import type { Segment } from './segments.ts'
import { listSegments, readLines } from './segments.ts'

export interface End {
  /** The last entry that stands, of whatever kind. */
  readonly last?: Entry
  readonly segment?: { readonly path: string; readonly bytes: number }
  /** What was dropped. */
  readonly torn?: { readonly bytes: number; readonly sha256: string }
  /** Why the chain cannot go on, and from which number a new one may. */
  readonly damage?: { readonly found: string; readonly first: number; readonly follows?: Head }
  readonly anchor?: Anchor
}

interface Tail { readonly last?: Entry; readonly bytes: number; readonly torn: Uint8Array; readonly broken?: string; readonly entries: readonly Entry[] }

export async function findEnd(folder: string, place: string, anchors: Anchors): Promise<End> {
  const segments = await listSegments(folder)
  const newest = segments.at(-1)
  if (newest === undefined) return emptied(place, anchors)
  const tail = await readTail(newest)
  // A segment that was begun, and got no line before the end.
  const before = tail.entries.length === 0 && tail.broken === undefined ? segments.at(-2) : undefined
  const older = before === undefined ? undefined : await readTail(before)
  const last = tail.last ?? older?.last
  const anchor = last === undefined ? undefined : await anchors.last(last.chain)
  const found = tail.broken ?? older?.broken ?? (older !== undefined && older.torn.length > 0 ? `${before?.file} ends within a line` : undefined) ?? misfit(newest, tail, last) ?? missed([...(older?.entries ?? []), ...tail.entries], last, anchor)
  if (found !== undefined) {
    return { damage: { found, first: Math.max(last?.seq ?? 0, anchor?.seq ?? 0, newest.first) + 1, ...(last !== undefined && { follows: headOf(last) }) } }
  }
  if (tail.torn.length > 0) await truncate(newest.path, tail.bytes)
  return {
    ...(last !== undefined && { last }),
    segment: { path: newest.path, bytes: tail.bytes },
    ...(tail.torn.length > 0 && { torn: { bytes: tail.torn.length, sha256: sha256(tail.torn) } }),
    ...(anchor !== undefined && { anchor }),
  }
}

const headOf = ({ chain, seq, hash }: Head): Head => ({ chain, seq, hash })

/** No file at all: right for a new home, and damage where anchors say that a chain was written in this one. */
async function emptied(place: string, anchors: Anchors): Promise<End> {
  const here = (await anchors.places()).filter((known) => known.place === place)
  const lasts = (await Promise.all(here.map(({ chain }) => anchors.last(chain)))).filter((anchor) => anchor !== undefined)
  const newest = lasts.toSorted((a, b) => b.seq - a.seq)[0]
  return newest === undefined ? {} : { damage: { found: 'the folder was emptied', first: newest.seq + 1, follows: headOf(newest) } }
}

async function readTail({ file, path }: Segment): Promise<Tail> {
  const { lines, rest } = await readLines(path)
  const entries: Entry[] = []
  let bytes = 0
  for (const [at, line] of lines.entries()) {
    const read = readEntry(line)
    const before = entries.at(-1)
    const why = !read.ok ? read.diagnostics[0]?.message : before !== undefined && read.value.chain === before.chain && (read.value.seq !== before.seq + 1 || read.value.prev !== before.hash) ? 'It does not follow the line before.' : undefined
    if (why === undefined && read.ok) {
      entries.push(read.value)
      bytes += line.length + 1
      continue
    }
    const left = Buffer.concat([...lines.slice(at).flatMap((one) => [one, NEW_LINE]), rest])
    // Zeros are what a file system leaves of pages that it had no time to write.
    const torn = left.includes(0)
    return { entries, bytes, torn: torn ? left : NOTHING, ...(entries.length > 0 && { last: entries.at(-1) as Entry }), ...(!torn && { broken: `line ${at + 1} of ${file}: ${why}` }) }
  }
  return { entries, bytes, torn: rest, ...(entries.length > 0 && { last: entries.at(-1) as Entry }) }
}

const NOTHING = new Uint8Array()
const NEW_LINE = Buffer.from('\n')

function misfit(newest: Segment, tail: Tail, last: Entry | undefined): string | undefined {
  const first = tail.entries[0]?.seq ?? (last?.seq ?? 0) + 1
  return first === newest.first ? undefined : `${newest.file} does not begin with the entry of its name`
}

/** What the newest anchor says against what is there, as far as the last segments tell; all of them are what `verify` reads. */
function missed(entries: readonly Entry[], last: Entry | undefined, anchor: Anchor | undefined): string | undefined {
  if (anchor === undefined || last === undefined) return undefined
  if (anchor.seq > last.seq) return `entries ${last.seq + 1} to ${anchor.seq} are gone`
  const anchored = entries.find((entry) => entry.chain === anchor.chain && entry.seq === anchor.seq)
  return anchored === undefined || anchored.hash === anchor.hash ? undefined : `entry ${anchor.seq} is not the one that was anchored`
}
