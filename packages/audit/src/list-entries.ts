// A folder and what is asked → entries, newest first, a page at a time. What does not read as an entry is passed over here: whether
// the chain is whole is what `verify` says.

import type { AuditLine, Entry, EntryKind } from './types.ts'
import { readEntry } from './entry.ts'
import { listSegments, readLines } from './segments.ts'

export interface EntryQuery {
  readonly kind?: EntryKind
  readonly subject?: string
  readonly product?: string
  readonly port?: string
  readonly purpose?: string
  readonly decision?: 'allow' | 'deny'
  readonly outcome?: string
  /** ISO 8601. */
  readonly from?: string
  readonly to?: string
  /** Only entries with a smaller number. */
  readonly before?: number
  readonly limit: number
  /** Lines of which one of these products, by id, is read; others are not shown. */
  readonly products?: ReadonlySet<string>
}

/** `next` is where to go on: the page may be short, or empty, where little of what was looked through is asked for. */
export interface EntryPage { readonly entries: readonly Entry[]; readonly next?: number }

/** So many files are looked through for one page. */
const MOST_SEGMENTS = 64

export async function listEntries(folder: string, query: EntryQuery): Promise<EntryPage> {
  const before = query.before ?? Infinity
  const segments = (await listSegments(folder)).filter(({ first }) => first < before).toReversed()
  const found: Entry[] = []
  for (const [looked, segment] of segments.entries()) {
    if (looked >= MOST_SEGMENTS) return { entries: found, next: (segments[looked - 1]?.first ?? 0) }
    const { lines } = await readLines(segment.path)
    for (const line of lines.toReversed()) {
      const read = readEntry(line)
      if (!read.ok || read.value.seq >= before || !isAsked(read.value, query)) continue
      if (found.length >= query.limit) return { entries: found, next: (found.at(-1) as Entry).seq }
      found.push(read.value)
    }
  }
  return { entries: found }
}

function isAsked({ kind, time, body }: Entry, query: EntryQuery): boolean {
  if (query.kind !== undefined && kind !== query.kind) return false
  if ((query.from !== undefined && time < query.from) || (query.to !== undefined && time >= query.to)) return false
  const line = body as Partial<AuditLine>
  const { reads = [] } = line
  return (['subject', 'port', 'purpose', 'decision', 'outcome'] as const).every((name) => query[name] === undefined || line[name] === query[name]) &&
    (query.product === undefined || reads.some(({ product }) => product === query.product || product.split('@')[0] === query.product)) &&
    (query.products === undefined || reads.some(({ productId }) => query.products?.has(productId) === true))
}
