// Folder and anchors → whether every entry stands as it was written, and the first place where one does not. Reads files alone:
// the server may be running, or gone.

import type { Diagnostic } from '@tulle/kernel'
import type { Anchor, ChainPlace, Cut, CutBody, Entry } from './types.ts'
import { isWhole, NOTHING_BEFORE, readEntry } from './entry.ts'
import { messages } from './messages.ts'
import { listSegments, readLines } from './segments.ts'

/**
 * What is compared with. `whole`: every anchor that was ever made is here, so that one which the log names must be too; of a
 * `living` chain, which goes on while it is read, but for those behind the last.
 */
export interface AnchorSet { readonly anchors: readonly Anchor[]; readonly whole: boolean; readonly living?: boolean; readonly cuts?: readonly Cut[]; readonly places?: readonly ChainPlace[]; readonly place?: string }

export interface Verification {
  readonly whole: boolean
  readonly entries: number
  readonly segments: number
  readonly chains: number
  /** How many anchors agree. */
  readonly anchors: number
  /** The last entry that is held by an anchor. */
  readonly anchoredUpTo?: number
  /** How many entries were removed because they were old enough. */
  readonly removed?: number
  readonly diagnostics: readonly Diagnostic[]
}

/** What is asked of a chain; the controls of its tests leave one out. */
export interface Checks { readonly links?: boolean }

export async function verifyChain(folder: string, against: AnchorSet | undefined, { links = true }: Checks = {}): Promise<Verification> {
  const walk = new Walk(against, links)
  const segments = await listSegments(folder)
  for (const [at, segment] of segments.entries()) {
    const { lines, rest } = await readLines(segment.path)
    if (lines.length === 0 && at < segments.length - 1) walk.broken(segment.file, 'it has no lines')
    for (const [number, line] of lines.entries()) {
      walk.line(line, `${segment.file}:${number + 1}`, number === 0 ? segment.first : undefined)
      if (walk.isBroken) break
    }
    if (walk.isBroken) break
    if (rest.length > 0) walk.rest(rest.length, segment.file, at === segments.length - 1)
  }
  walk.end()
  return walk.outcome(segments.length)
}

class Walk {
  readonly #links: boolean
  readonly #against: AnchorSet | undefined
  /** Anchors by chain and number of entry. */
  readonly #held = new Map<string, Anchor>()
  readonly #byNumber = new Map<string, Anchor>()
  readonly #unmet: Set<Anchor>
  readonly #chains = new Set<string>()
  readonly #diagnostics: Diagnostic[] = []
  #entries = 0
  #agreed = 0
  #anchoredUpTo: number | undefined
  #last: Entry | undefined
  /** The first entry that is there, where it is not the first that was. */
  #beginning: { readonly entry: Entry; readonly at: string } | undefined
  /** Cuts that the chain tells of, oldest first. */
  readonly #cuts: Entry[] = []
  #cut: Entry | undefined
  isBroken = false

  constructor(against: AnchorSet | undefined, links: boolean) {
    this.#against = against
    this.#links = links
    this.#unmet = new Set(against?.anchors)
    for (const anchor of against?.anchors ?? []) {
      this.#held.set(`${anchor.chain}/${anchor.seq}`, anchor)
      this.#byNumber.set(`${anchor.chain}#${anchor.number}`, anchor)
    }
    this.#checkAnchors()
  }

  broken(at: string, why: string): void {
    // The first place counts; what stands behind it means nothing.
    if (!this.isBroken) this.#diagnostics.push(messages['audit-altered']({ at, why }))
    this.isBroken = true
  }

  /** Anchors are a chain too: one that was edited, taken out or put in shows. */
  #checkAnchors(): void {
    const { anchors = [], whole = false } = this.#against ?? {}
    for (const [chain, its] of Map.groupBy(anchors, (anchor) => anchor.chain)) {
      let before: Anchor | undefined
      for (const anchor of its.toSorted((a, b) => a.number - b.number)) {
        const at = `anchor ${anchor.number} of chain ${chain}`
        if (!isWhole(anchor)) return this.broken(at, 'it was edited')
        const follows = before === undefined ? (anchor.number === 1 && anchor.prev === NOTHING_BEFORE) || this.#against?.cuts?.some((cut) => cut.chain === chain && cut.anchor?.number === anchor.number && cut.anchor.digest === anchor.digest) === true : anchor.number === before.number + 1 && anchor.prev === before.digest && anchor.seq >= before.seq
        if (!follows && (whole || before !== undefined)) return this.broken(at, 'it does not follow the anchor before')
        before = anchor
      }
    }
  }

  /** `named`: the number that the file is called by, of its first line. */
  line(bytes: Uint8Array, at: string, named: number | undefined): void {
    const read = readEntry(bytes)
    if (!read.ok) return this.broken(at, (read.diagnostics[0]?.message ?? '').replace(/^[^:]*: |\.$/gu, ''))
    const entry = read.value
    const last = this.#last
    if (named !== undefined && named !== entry.seq) return this.broken(at, `it is entry ${entry.seq}, in the file of entry ${named}`)
    const begins = last === undefined || entry.chain !== last.chain
    if (begins) this.#begin(entry, last, at)
    else if (this.#links && (entry.seq !== last.seq + 1 || entry.prev !== last.hash)) return this.broken(at, `entry ${entry.seq} does not follow entry ${last.seq}`)
    if (this.isBroken) return
    const anchor = this.#held.get(`${entry.chain}/${entry.seq}`)
    if (anchor !== undefined) {
      if (anchor.hash !== entry.hash) return this.broken(at, `entry ${entry.seq} is not the one that anchor ${anchor.number} holds`)
      this.#unmet.delete(anchor)
      this.#agreed += 1
      this.#anchoredUpTo = entry.seq
    }
    if (entry.kind === 'cut') this.#cuts.push(entry)
    this.#checkNamed(entry, at)
    this.#last = entry
    this.#entries += 1
  }

  #begin(entry: Entry, last: Entry | undefined, at: string): void {
    const body = entry.body as { readonly found?: string; readonly follows?: { readonly chain: string; readonly seq: number; readonly hash: string } | null }
    // What went before may have been removed in good order; an entry further on says so, or does not.
    if (last === undefined && entry.seq > 1 && entry.prev !== NOTHING_BEFORE) {
      this.#beginning = { entry, at }
      this.#chains.add(entry.chain)
      return
    }
    if (entry.kind !== 'open' || entry.prev !== NOTHING_BEFORE) return this.broken(at, 'no chain begins with this entry')
    if (this.#chains.has(entry.chain)) return this.broken(at, 'its chain began before')
    if (this.#against?.places !== undefined && !this.#against.places.some(({ chain }) => chain === entry.chain)) return this.broken(at, 'nobody knows of its chain')
    this.#chains.add(entry.chain)
    // A chain begins anew where damage was found at a start, and says what: the damage stays what it is.
    if (last !== undefined) this.broken(at, `a new chain begins behind entry ${last.seq}; found at the start: ${String(body.found ?? 'nothing')}`)
    else if (entry.seq !== 1) this.broken(at, `the entries before ${entry.seq} are gone${body.found === undefined ? '' : `; found at the start: ${body.found}`}`)
  }

  /** The log names each anchor that was made: one that is missing there was taken away. */
  #checkNamed(entry: Entry, at: string): void {
    const named = entry.kind === 'anchor' ? entry.body : entry.kind === 'open' ? (entry.body as { readonly anchor?: unknown }).anchor : undefined
    if (named === undefined || named === null || this.#against === undefined) return
    const { number, digest } = named as { readonly number: number; readonly digest: string }
    const anchor = this.#byNumber.get(`${entry.chain}#${number}`)
    const since = this.#against.living === true && number > Math.max(0, ...this.#against.anchors.filter(({ chain }) => chain === entry.chain).map((one) => one.number))
    if (anchor === undefined ? this.#against.whole && !since : anchor.digest !== digest) this.broken(at, `anchor ${number} of chain ${entry.chain} is not there as it was made`)
  }

  rest(bytes: number, file: string, isNewest: boolean): void {
    if (!isNewest) return this.broken(file, 'it ends within a line')
    if (this.#last?.kind === 'close') return this.broken(file, 'something was written behind its end')
    this.#diagnostics.push(messages['audit-torn']({ at: file, bytes }))
  }

  end(): void {
    if (!this.isBroken) this.#checkBeginning()
    if (this.isBroken) return
    if (this.#against === undefined) {
      this.#diagnostics.push(messages['audit-unanchored']({}))
      return
    }
    const { places = [], place } = this.#against
    const elsewhere = new Set(places.filter((known) => known.place !== place).map(({ chain }) => chain))
    for (const anchor of this.#unmet) {
      if (elsewhere.has(anchor.chain) && !this.#chains.has(anchor.chain)) continue
      if (this.#cut?.chain === anchor.chain && anchor.seq <= (this.#cut.body as unknown as CutBody).through) continue
      return this.broken(this.#last === undefined ? 'its beginning' : `its end, behind entry ${this.#last.seq}`, `entry ${anchor.seq}, which anchor ${anchor.number} holds, is not there`)
    }
    // Whoever ends a chain anchors its end.
    if (this.#against.whole && this.#last?.kind === 'close' && this.#anchoredUpTo !== this.#last.seq) return this.broken(`its end, entry ${this.#last.seq}`, 'no anchor holds it: there was none, or it was taken away')
    const gone = places.find((known) => known.place === place && !this.#chains.has(known.chain))
    if (gone !== undefined) return this.broken('its beginning', `the chain ${gone.chain} is not there`)
    const missing = [...elsewhere].filter((chain) => !this.#chains.has(chain))
    if (missing.length > 0) this.#diagnostics.push(messages['audit-elsewhere']({ count: missing.length, place: places.find(({ chain }) => chain === missing[0])?.place ?? '' }))
  }

  /** Whether what is missing in front is what a cut says, and whether that cut was made by whoever may. */
  #checkBeginning(): void {
    const beginning = this.#beginning
    this.#cut = this.#cuts.findLast((cut) => cut.chain === (beginning?.entry ?? cut).chain && this.#isMade(cut) && (beginning === undefined || explains(cut.body as unknown as CutBody, beginning.entry)))
    if (beginning !== undefined && this.#cut === undefined) return this.broken(beginning.at, `the entries before ${beginning.entry.seq} are gone`)
    if (this.#cut === undefined || beginning === undefined) return
    const { first, through, lastTime, rule } = this.#cut.body as unknown as CutBody
    this.#diagnostics.push(messages['audit-cut']({ through: Math.min(through, beginning.entry.seq - 1), from: first.time, to: lastTime, first: first.hash, rule, at: this.#cut.time }))
  }

  /** A cut counts where it is held outside too: by itself where every cut is known there, else by an anchor behind it. */
  #isMade({ chain, seq, hash }: Entry): boolean {
    if (this.#against === undefined) return true
    if (this.#against.whole) return this.#against.cuts?.some((cut) => cut.chain === chain && cut.seq === seq && cut.hash === hash) === true
    return seq <= (this.#anchoredUpTo ?? 0)
  }

  outcome(segments: number): Verification {
    return {
      whole: !this.isBroken, entries: this.#entries, segments, chains: this.#chains.size, anchors: this.#agreed,
      ...(this.#anchoredUpTo !== undefined && { anchoredUpTo: this.#anchoredUpTo }),
      ...(this.#beginning !== undefined && this.#cut !== undefined && { removed: this.#beginning.entry.seq - 1 }),
      diagnostics: this.#diagnostics,
    }
  }
}

/** Files go oldest first, so what is left begins behind the whole cut, or with one of its files. */
function explains({ through, throughHash, before, segments }: CutBody, { seq, prev }: Entry): boolean {
  if (seq === through + 1) return prev === throughHash
  return segments.some(({ first }, at) => first === seq && prev === (segments[at - 1]?.hash ?? before))
}
