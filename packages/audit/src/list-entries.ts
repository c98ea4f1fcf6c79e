// A folder and what is asked → entries, newest first, a page at a time. What does not read as an entry is passed over here: whether
// the chain is whole is what `verify` says.

import type { AuditLine, Entry, EntryKind } from './types.ts'
import { readEntry } from './entry.ts'
import { listSegments, readLines } from './segments.ts'

export interface EntryQuery {
  readonly kind?: EntryKind | undefined
  readonly subject?: string | undefined
  readonly product?: string | undefined
  readonly port?: string | undefined
  readonly purpose?: string | undefined
  readonly decision?: 'allow' | 'deny' | undefined
  readonly outcome?: string | undefined
  /** An API token, by its id. */
  readonly token?: string | undefined
  /** ISO 8601. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Only entries with a smaller number. */
  readonly before?: number | undefined
  /** Only entries with a larger number, and oldest first. */
  readonly after?: number | undefined
  readonly limit: number
  /** Lines of which one of these products, by id, is read; others are not shown. */
  readonly products?: ReadonlySet<string> | undefined
}

/** `next` is where to go on: the page may be short, or empty, where little of what was looked through is asked for. */
export interface EntryPage { readonly entries: readonly Entry[]; readonly next?: number }

/** So many files are looked through for one page. */
const MOST_SEGMENTS = 64

export async function listEntries(folder: string, query: EntryQuery): Promise<EntryPage> {
  if (query.after !== undefined) return listOldest(folder, query, query.after)
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

async function listOldest(folder: string, query: EntryQuery, after: number): Promise<EntryPage> {
  const all = await listSegments(folder)
  const segments = all.filter((_, at) => (all[at + 1]?.first ?? Infinity) > after + 1)
  const found: Entry[] = []
  let last = after
  for (const [looked, segment] of segments.entries()) {
    if (looked >= MOST_SEGMENTS) return { entries: found, next: last }
    const { lines } = await readLines(segment.path)
    for (const line of lines) {
      const read = readEntry(line)
      if (!read.ok || read.value.seq <= after || read.value.seq >= (query.before ?? Infinity)) continue
      if (found.length >= query.limit) return { entries: found, next: last }
      last = read.value.seq
      if (isAsked(read.value, query)) found.push(read.value)
    }
  }
  return { entries: found }
}

function isAsked({ kind, time, body }: Entry, query: EntryQuery): boolean {
  if (query.kind !== undefined && kind !== query.kind) return false
  if ((query.from !== undefined && time < query.from) || (query.to !== undefined && time >= query.to)) return false
  const line = body as Partial<AuditLine>
  const { reads = [] } = line
  return (['subject', 'port', 'purpose', 'decision', 'outcome', 'token'] as const).every((name) => query[name] === undefined || line[name] === query[name]) &&
    (query.product === undefined || reads.some(({ product }) => product === query.product || product.split('@')[0] === query.product)) &&
    (query.products === undefined || reads.some(({ productId }) => query.products?.has(productId) === true))
}
