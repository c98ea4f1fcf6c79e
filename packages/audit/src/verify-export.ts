// What was exported → whether it proves itself: entries whose hashes are theirs and that follow each other, and anchors that hold
// them. Entries may have been left out by a filter; then only what is there is proved, and that is said.

import { readFile } from 'node:fs/promises'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { canonicalJson, fail, ok } from '@tulle/kernel'
import type { Anchor, Entry } from './types.ts'
import { isWhole, readEntry } from './entry.ts'
import { messages } from './messages.ts'
import type { AnchorSet, Verification } from './verify-chain.ts'

export async function verifyExport(path: string, outside: AnchorSet | undefined): Promise<Verification> {
  const held = new Map((outside?.anchors ?? []).map((anchor) => [`${anchor.chain}/${anchor.seq}`, anchor]))
  const found: Diagnostic[] = []
  const entries = new Map<string, Entry>()
  const anchors: Anchor[] = [...(outside?.anchors ?? [])]
  const chains = new Set<string>()
  let last: Entry | undefined
  let gaps = 0
  let agreed = 0
  let anchoredUpTo: number | undefined
  const broken = (at: string, why: string): void => void found.push(messages['audit-altered']({ at, why }))

  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
  for (const [number, text] of lines.entries()) {
    const at = `${path}:${number + 1}`
    const line = parse(text)
    if (line?.anchor !== undefined) {
      if (!isWhole(line.anchor)) broken(at, 'this anchor was edited')
      anchors.push(line.anchor)
      held.set(`${line.anchor.chain}/${line.anchor.seq}`, line.anchor)
      continue
    }
    const read = line?.entry === undefined ? undefined : readEntry(Buffer.from(canonicalJson(line.entry as unknown as Json)))
    if (read?.ok !== true) {
      broken(at, read === undefined ? 'it is neither an entry nor an anchor' : (read.diagnostics[0]?.message ?? ''))
      continue
    }
    const entry = read.value
    if (last !== undefined && entry.chain === last.chain) {
      if (entry.seq <= last.seq || (entry.seq === last.seq + 1 && entry.prev !== last.hash)) broken(at, `entry ${entry.seq} does not follow entry ${last.seq}`)
      if (entry.seq > last.seq + 1) gaps += 1
    }
    chains.add(entry.chain)
    entries.set(`${entry.chain}/${entry.seq}`, entry)
    last = entry
  }
  for (const [place, anchor] of held) {
    const entry = entries.get(place)
    if (entry === undefined) continue
    if (entry.hash !== anchor.hash) broken(`entry ${entry.seq}`, `it is not the one that anchor ${anchor.number} holds`)
    agreed += 1
    anchoredUpTo = Math.max(anchoredUpTo ?? 0, entry.seq)
  }
  const whole = found.length === 0
  if (whole && gaps > 0) found.push(messages['audit-partial']({ gaps }))
  if (whole && anchors.length === 0) found.push(messages['audit-unanchored']({}))
  return { whole, entries: entries.size, segments: 1, chains: chains.size, anchors: agreed, ...(anchoredUpTo !== undefined && { anchoredUpTo }), diagnostics: whole ? found : found.slice(0, 1) }
}

function parse(text: string): { readonly entry?: Entry; readonly anchor?: Anchor } | undefined {
  try {
    return JSON.parse(text) as { entry?: Entry; anchor?: Anchor }
  } catch {
    return undefined
  }
}

/** Anchors as lines of JSON: the copy that is kept elsewhere, or an export. */
export async function readAnchorFile(path: string): Promise<Result<readonly Anchor[]>> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
    const anchors = lines.map((line) => JSON.parse(line) as Anchor & { readonly anchor?: Anchor; readonly entry?: unknown }).filter((line) => line.entry === undefined).map((line) => line.anchor ?? line)
    return anchors.every((anchor) => typeof anchor.digest === 'string') ? ok(anchors) : fail(messages['audit-anchors-unreadable']({ path, why: 'a line of it is no anchor' }))
  } catch (error) {
    return fail(messages['audit-anchors-unreadable']({ path, why: (error as NodeJS.ErrnoException).code ?? 'a line of it is no JSON' }))
  }
}
