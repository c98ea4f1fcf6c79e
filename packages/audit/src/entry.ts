// A draft and the head before it → the next entry, and a line of a segment → the entry that it is. A line is the canonical JSON of
// its entry and nothing else, so that no byte of it can change and mean the same.

import type { Json, Result } from '@tulle/kernel'
import { canonicalJson, fail, ok, sha256 } from '@tulle/kernel'
import type { Anchor, Draft, Entry, Head } from './types.ts'
import { messages } from './messages.ts'

export const NOTHING_BEFORE = '0'.repeat(64)

export function nextEntry(head: Head, draft: Draft, sealed?: string): Entry {
  const { kind, time, body } = draft
  const content = { seq: head.seq + 1, chain: head.chain, time, kind, body, ...(sealed !== undefined && { sealed }), prev: head.hash }
  return { ...content, hash: sha256(canonicalJson(content)) }
}

export const printEntry = (entry: Entry): string => `${canonicalJson(entry as unknown as Json)}\n`

/** `line` is without its line break. */
export function readEntry(line: Uint8Array): Result<Entry> {
  let entry: Entry
  try {
    entry = JSON.parse(Buffer.from(line).toString('utf8')) as Entry
    if (!isEntry(entry) || !Buffer.from(canonicalJson(entry as unknown as Json)).equals(line)) return fail(messages['audit-line-broken']({ why: 'it is not as an entry is written' }))
  } catch {
    return fail(messages['audit-line-broken']({ why: 'it is no JSON' }))
  }
  const { hash, ...content } = entry
  return sha256(canonicalJson(content)) === hash ? ok(entry) : fail(messages['audit-line-broken']({ why: 'its hash is not that of its content' }))
}

const HASH = /^[0-9a-f]{64}$/
const KINDS: ReadonlySet<string> = new Set(['open', 'line', 'anchor', 'forget', 'cut', 'close'])

const isEntry = (entry: Partial<Entry> | null): entry is Entry =>
  typeof entry === 'object' && entry !== null && Number.isSafeInteger(entry.seq) && typeof entry.chain === 'string' && typeof entry.time === 'string' && KINDS.has(String(entry.kind)) &&
  HASH.test(String(entry.prev)) && HASH.test(String(entry.hash))

/** The anchor of a head, behind the one before it. */
export function nextAnchor(head: Head, before: Anchor | undefined, at: string): Anchor {
  const content = { chain: head.chain, seq: head.seq, hash: head.hash, number: (before?.number ?? 0) + 1, at, prev: before?.digest ?? NOTHING_BEFORE }
  return { ...content, digest: sha256(canonicalJson(content)) }
}

export function isWhole(anchor: Anchor): boolean {
  const { digest, ...content } = anchor
  return sha256(canonicalJson(content)) === digest
}
