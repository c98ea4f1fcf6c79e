// Alters an audit that was written and anchored, in every way that somebody with its files or its anchors might, and asks each time
// whether it is found.
//
//   node campaigns/audit-tamper.ts [--alterations 10000] [--seed 1] [--control]
//
// Seeded, resumable, one line of progress. The control compares with no anchors: it must miss some.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAudit, verifyChain } from '@tulle/audit'
import type { Anchor, AuditLine, ChainPlace, Entry } from '@tulle/audit'
import { memoryAnchors, memoryKeys, nextAnchor, nextEntry, NOTHING_BEFORE, printEntry } from '@tulle/audit/testing'
import { canonicalJson, sha256, systemClock } from '@tulle/kernel'
import type { CampaignOptions, CampaignOutcome } from './run-campaign.ts'
import { runCampaign } from './run-campaign.ts'
import { randomFrom } from './random-from.ts'

/** What is left out of the looking, so that some of it must be missed. */
export type Blindness = 'no anchors' | 'no links'
type Random = () => number
type Files = ReadonlyMap<string, Buffer>

interface Kept { readonly files: Files; readonly anchors: readonly Anchor[]; readonly places: readonly ChainPlace[]; readonly outside: readonly Anchor[] }
/** `rolledBack`: files and anchors were cut together; only a copy of the anchors that lies elsewhere can tell. */
interface Altered { readonly files?: Files; readonly anchors?: readonly Anchor[]; readonly rolledBack?: true }
interface Alteration { readonly name: string; readonly make: (kept: Kept, random: Random) => Altered | undefined }

const PLACE = 'here'
const whole = (random: Random, below: number): number => Math.floor(random() * below)
const oneOf = <T>(random: Random, all: readonly T[]): T => all[whole(random, all.length)] as T

/** Three times opened, several files, many anchors. */
async function writeAudit(folder: string): Promise<Kept> {
  const anchors = memoryAnchors()
  for (let time = 0; time < 3; time += 1) {
    const audit = await openAudit({ folder, place: PLACE, clock: systemClock, anchors, keys: memoryKeys(), limits: { segmentBytes: 6000, anchorEntries: 9, anchorMilliseconds: 60_000 } })
    if (!audit.ok) throw new Error('the audit does not open')
    for (let at = 0; at < 30; at += 1) {
      const line: AuditLine = { time: new Date().toISOString(), port: 'sql', subject: `user-${at % 5}`, subjectId: `id-${at % 5}`, purpose: 'analysis', decision: at % 4 === 0 ? 'deny' : 'allow', reads: [{ product: 'flights', productId: 'p1', dataSet: 'flights', columns: ['id', 'origin'] }], rows: at * 7, bytes: at * 99, milliseconds: at, outcome: 'ok', reasons: [], statement: 'select id from flights.flights where origin = ?:text', values: ['ORD'] }
      await audit.value.record(line)
    }
    await audit.value.close()
  }
  return { files: read(folder), anchors: [...anchors.anchors], places: await anchors.places(), outside: [...anchors.anchors] }
}

const read = (folder: string): Files => new Map(readdirSync(folder).toSorted().map((file) => [file, readFileSync(join(folder, file))]))
const linesOf = (bytes: Buffer): string[] => bytes.toString('utf8').split(/(?<=\n)/u)
const entriesOf = (files: Files): Entry[] => [...files.values()].flatMap((bytes) => linesOf(bytes).map((line) => JSON.parse(line) as Entry))
const withFile = (files: Files, file: string, bytes: Buffer | undefined): Files => {
  const changed = new Map(files)
  if (bytes === undefined) changed.delete(file)
  else changed.set(file, bytes)
  return changed
}
const inLines = (change: (lines: string[], random: Random) => string[] | undefined) => ({ files }: Kept, random: Random): Altered | undefined => {
  const file = oneOf(random, [...files.keys()])
  const lines = change(linesOf(files.get(file) as Buffer), random)
  return lines === undefined ? undefined : { files: withFile(files, file, Buffer.from(lines.join(''))) }
}
const inBytes = (change: (bytes: Buffer, random: Random) => Buffer) => ({ files }: Kept, random: Random): Altered => {
  const file = oneOf(random, [...files.keys()])
  return { files: withFile(files, file, change(Buffer.from(files.get(file) as Buffer), random)) }
}

/** Entries written anew from one on, each over the one before, as whoever knows the format would. */
function rewrite(files: Files, from: number, alter: (entry: Entry) => Entry): Files {
  let before: Entry | undefined
  return new Map([...files].map(([file, bytes]) => [file, Buffer.from(linesOf(bytes).map((line) => {
    const entry = JSON.parse(line) as Entry
    const changed = entry.seq === from ? alter(entry) : entry
    const head = { chain: changed.chain, seq: changed.seq - 1, hash: before === undefined ? NOTHING_BEFORE : before.hash }
    before = entry.seq < from ? entry : nextEntry(head, { kind: changed.kind, time: changed.time, body: changed.body }, changed.sealed)
    return printEntry(before)
  }).join(''))]))
}

const forged = (entry: Entry): Entry => ({ ...entry, body: { ...(entry.body as object), subject: 'mallory', rows: 0 } })

const ALTERATIONS: readonly Alteration[] = [
  { name: 'a bit flipped', make: inBytes((bytes, random) => { const at = whole(random, bytes.length); bytes[at] = (bytes[at] as number) ^ (1 << whole(random, 8)); return bytes }) },
  { name: 'a byte taken out', make: inBytes((bytes, random) => { const at = whole(random, bytes.length); return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]) }) },
  { name: 'a byte put in', make: inBytes((bytes, random) => { const at = whole(random, bytes.length + 1); return Buffer.concat([bytes.subarray(0, at), Buffer.from([whole(random, 256)]), bytes.subarray(at)]) }) },
  { name: 'bytes written over', make: inBytes((bytes, random) => { const at = whole(random, bytes.length); for (let i = at; i < Math.min(bytes.length, at + 1 + whole(random, 40)); i += 1) bytes[i] = whole(random, 256); return bytes }) },
  { name: 'a file cut anywhere', make: inBytes((bytes, random) => bytes.subarray(0, whole(random, bytes.length))) },
  { name: 'a file cut at a line', make: inLines((lines, random) => lines.slice(0, whole(random, lines.length))) },
  { name: 'the beginning of a file cut off', make: inLines((lines, random) => lines.slice(1 + whole(random, lines.length))) },
  { name: 'lines taken out', make: inLines((lines, random) => lines.toSpliced(whole(random, lines.length), 1 + whole(random, 3))) },
  { name: 'two lines swapped', make: inLines((lines, random) => { const [a, b] = [whole(random, lines.length), whole(random, lines.length)]; return lines.with(a, lines[b] as string).with(b, lines[a] as string) }) },
  { name: 'a line doubled', make: inLines((lines, random) => { const at = whole(random, lines.length); return lines.toSpliced(at, 0, lines[at] as string) }) },
  { name: 'a line moved', make: inLines((lines, random) => { const [line = ''] = lines.slice(whole(random, lines.length)); return lines.filter((one) => one !== line).toSpliced(whole(random, lines.length), 0, line) }) },
  { name: 'a line put in, with a hash of its own', make: inLines((lines, random) => {
    const at = 1 + whole(random, lines.length - 1)
    const before = JSON.parse(lines[at - 1] as string) as Entry
    return lines.toSpliced(at, 0, printEntry(nextEntry(before, { kind: 'line', time: before.time, body: { subject: 'mallory' } })))
  }) },
  { name: 'a line altered, with its own hash made anew', make: inLines((lines, random) => {
    const at = whole(random, lines.length)
    const entry = JSON.parse(lines[at] as string) as Entry
    const { hash: _, ...content } = forged(entry)
    return lines.with(at, printEntry({ ...content, hash: sha256(canonicalJson(content)) }))
  }) },
  { name: 'an entry altered, and all behind it written anew', make: ({ files }, random) => ({ files: rewrite(files, 1 + whole(random, entriesOf(files).length), forged) }) },
  { name: 'everything written anew under another name', make: ({ files }) => ({ files: rewrite(new Map([...files].map(([file, bytes]) => [file, Buffer.from(bytes.toString('utf8').replaceAll(/"chain":"[^"]*"/gu, '"chain":"another"'))])), 1, (entry) => entry) }) },
  { name: 'a file taken away', make: ({ files }, random) => ({ files: withFile(files, oneOf(random, [...files.keys()]), undefined) }) },
  { name: 'the newest files taken away', make: ({ files }, random) => ({ files: new Map([...files].slice(0, whole(random, files.size))) }) },
  { name: 'two files swapped', make: ({ files }, random) => { const [a, b] = [oneOf(random, [...files.keys()]), oneOf(random, [...files.keys()])]; return { files: withFile(withFile(files, a, files.get(b)), b, files.get(a)) } } },
  { name: 'a file in the place of another', make: ({ files }, random) => ({ files: withFile(files, oneOf(random, [...files.keys()]), files.get(oneOf(random, [...files.keys()]))) }) },
  { name: 'an anchor edited', make: ({ anchors }, random) => {
    const at = whole(random, anchors.length)
    const anchor = anchors[at] as Anchor
    const edits: Partial<Anchor>[] = [{ seq: anchor.seq + 1 }, { hash: sha256(String(random())) }, { number: anchor.number + 1 }, { at: new Date(0).toISOString() }, { prev: sha256('x') }, { digest: sha256('y') }, { chain: 'another' }]
    return { anchors: anchors.with(at, { ...anchor, ...oneOf(random, edits) }) }
  } },
  { name: 'an anchor made anew for another head', make: ({ anchors, files }, random) => {
    const at = whole(random, anchors.length)
    const anchor = anchors[at] as Anchor
    const entry = oneOf(random, entriesOf(files))
    return { anchors: anchors.with(at, nextAnchor({ chain: anchor.chain, seq: entry.seq, hash: sha256(entry.hash) }, anchors[at - 1], anchor.at)) }
  } },
  { name: 'anchors taken away', make: ({ anchors }, random) => ({ anchors: anchors.toSpliced(whole(random, anchors.length), 1 + whole(random, 3)) }) },
  { name: 'an anchor put in', make: ({ anchors }, random) => { const at = whole(random, anchors.length); const anchor = anchors[at] as Anchor; return { anchors: anchors.toSpliced(at, 0, nextAnchor({ ...anchor, hash: sha256('z') }, anchors[at - 1], anchor.at)) } } },
  { name: 'files and anchors rolled back together', make: ({ files, anchors }, random) => {
    const kept = 1 + whole(random, anchors.length - 1)
    const last = anchors[kept - 1] as Anchor
    const left = [...files].map(([file, bytes]): [string, Buffer] => [file, Buffer.from(linesOf(bytes).filter((line) => (JSON.parse(line) as Entry).seq <= last.seq).join(''))])
    return { files: new Map(left.filter(([, bytes]) => bytes.length > 0)), anchors: anchors.slice(0, kept), rolledBack: true }
  } },
]

/** The alterations of a campaign that were not found, each by its number and what it was. */
export async function tamper({ count, seed, done = 0, progress, blind }: Pick<CampaignOptions, 'count' | 'seed' | 'done' | 'progress'> & { readonly blind?: Blindness }): Promise<CampaignOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-tamper-'))
  const missed: string[] = []
  try {
    const kept = await writeAudit(folder)
    const look = (files: Files, { anchors, outside }: { readonly anchors: readonly Anchor[]; readonly outside?: readonly Anchor[] }): Promise<{ readonly whole: boolean }> => {
      for (const file of readdirSync(folder)) if (!files.has(file)) rmSync(join(folder, file))
      for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes)
      if (blind === 'no anchors') return verifyChain(folder, undefined)
      return verifyChain(folder, outside === undefined ? { anchors, whole: true, places: kept.places, place: PLACE } : { anchors: outside, whole: false }, { links: blind !== 'no links' })
    }
    if (!(await look(kept.files, kept.anchors.length > 0 ? { anchors: kept.anchors } : { anchors: [] })).whole) throw new Error('the audit is not whole before it was altered')
    for (let at = done; at < count; at += 1) {
      const random = randomFrom(seed * 1_000_003 + at)
      const alteration = ALTERATIONS[at % ALTERATIONS.length] as Alteration
      const altered = alterationOf(alteration, kept, random)
      if (altered !== undefined && (await look(altered.files ?? kept.files, { anchors: altered.anchors ?? kept.anchors, ...(altered.rolledBack && { outside: kept.outside }) })).whole) missed.push(`alteration ${at}: ${alteration.name}`)
      if (at % 100 === 99 || at === count - 1) progress?.(at + 1, missed)
    }
    return { violations: missed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One that changes something: what is equal to what was is none. */
function alterationOf({ make }: Alteration, kept: Kept, random: Random): Altered | undefined {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const altered = make(kept, random)
    if (altered !== undefined && (isOther(kept.files, altered.files ?? kept.files) || canonicalJson([...(altered.anchors ?? kept.anchors)] as never) !== canonicalJson([...kept.anchors] as never))) return altered
  }
  return undefined
}

const isOther = (a: Files, b: Files): boolean => a.size !== b.size || [...a].some(([file, bytes]) => b.get(file)?.equals(bytes) !== true)

if (import.meta.main) await runCampaign('audit-tamper', 'alterations', 10_000, ({ control, ...options }) => tamper({ ...options, ...(control && { blind: 'no anchors' as const }) }))
