// Files of a chain that are old enough → gone, and what went is an entry of the chain. In this order, so that a death between any two
// steps leaves a chain that proves itself: copy, say it in the chain, say it outside, remove. INVARIANT: what was altered is never removed.

import { constants } from 'node:fs'
import { copyFile, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import type { Anchors, CutBody, Entry, Keys } from './types.ts'
import { NOTHING_BEFORE, readEntry } from './entry.ts'
import { messages } from './messages.ts'
import type { Segment } from './segments.ts'
import { listSegments, readLines, syncFolder } from './segments.ts'
import type { ChainWriter } from './write-chain.ts'

export interface RetireOptions {
  /** Milliseconds since 1970: files whose newest entry is older go. */
  readonly before: number
  /** The rule's name, for whoever reads the chain later. */
  readonly rule: string
  /** Says what would go, and changes nothing. */
  readonly dryRun?: boolean
}

export interface RetiredSegment { readonly file: string; readonly bytes: number; readonly first: number; readonly last: number; readonly from: string; readonly to: string }

interface RetireNeeds {
  readonly folder: string
  readonly chain: string
  readonly writer: Pick<ChainWriter, 'append'>
  readonly anchors: Anchors
  readonly keys: Pick<Keys, 'destroyThrough'>
  /** A folder that copies are put into. */
  readonly archive: string | undefined
  readonly timeOf: () => string
}

/** So many files go at once, so that the entry that names them stays small; the others wait for the next time. */
const MOST_AT_ONCE = 200
/** Anchors of what went that stay: entries that are still there may name them. */
const ANCHORS_KEPT = 10

interface Old extends RetiredSegment { readonly path: string; readonly firstEntry: Entry; readonly lastEntry: Entry; readonly sha256: string }

export async function retireSegments(needs: RetireNeeds, { before, rule, dryRun = false }: RetireOptions): Promise<Result<readonly RetiredSegment[]>> {
  const { folder, chain, writer, anchors, keys, archive } = needs
  const made = (await anchors.cuts()).filter((cut) => cut.chain === chain).at(-1)
  if (made !== undefined && !dryRun) await removeThrough(folder, made.through)
  const old = await oldSegments(needs, before, made?.through ?? 0)
  const told = (old.ok ? old.value : []).map(({ file, bytes, first, last, from, to }) => ({ file, bytes, first, last, from, to }))
  const [first, last] = [(old.ok ? old.value : [])[0], (old.ok ? old.value : []).at(-1)]
  if (!old.ok || dryRun || first === undefined || last === undefined) return ok(told, old.diagnostics)
  if (archive !== undefined) {
    const kept = await keepCopies(join(archive, chain), old.value)
    if (!kept.ok) return kept
  }
  const body: CutBody = {
    through: last.last, throughHash: last.lastEntry.hash, lastTime: last.to, rule,
    first: await firstOf(folder, first.firstEntry), before: first.firstEntry.prev,
    segments: old.value.map((one) => ({ file: one.file, first: one.first, last: one.last, hash: one.lastEntry.hash, sha256: one.sha256 })),
    ...(archive !== undefined && { archive }),
  }
  const said = await writer.append({ kind: 'cut', time: needs.timeOf(), body: body as unknown as Json })
  if (!said.ok) return said
  const gone = (await anchors.list()).filter((anchor) => anchor.chain === chain && anchor.seq <= last.last)
  const oldest = gone.at(-ANCHORS_KEPT)
  await anchors.addCut({ chain, seq: said.value.seq, hash: said.value.hash, through: last.last, ...(oldest !== undefined && { anchor: { number: oldest.number, digest: oldest.digest } }) })
  await removeThrough(folder, last.last)
  await keys.destroyThrough(chain, last.last)
  if (oldest !== undefined) await anchors.drop(chain, oldest.number)
  return ok(told, old.diagnostics)
}

/** The oldest files that hold nothing younger, whole and of this chain; never the one that is written. */
async function oldSegments({ folder, chain }: RetireNeeds, before: number, through: number): Promise<Result<readonly Old[]>> {
  const segments = await listSegments(folder)
  const old: Old[] = []
  for (const [at, segment] of segments.slice(0, -1).entries()) {
    if (old.length >= MOST_AT_ONCE) break
    if ((segments[at + 1]?.first ?? Infinity) <= through + 1) continue
    const read = await readWhole(segment, chain, old.at(-1)?.lastEntry)
    if (!read.ok) return old.length > 0 ? ok(old, read.diagnostics) : ok([], read.diagnostics)
    if (Date.parse(read.value.to) >= before) break
    old.push(read.value)
  }
  return ok(old)
}

async function readWhole({ file, path, first }: Segment, chain: string, previous: Entry | undefined): Promise<Result<Old>> {
  const altered = (why: string): Result<never> => fail(messages['audit-not-cut']({ at: file, why }))
  const { lines, rest } = await readLines(path)
  if (rest.length > 0) return altered('it ends within a line')
  let before = previous
  let begins: Entry | undefined
  let to = ''
  for (const line of lines) {
    const entry = readEntry(line)
    if (!entry.ok) return altered('a line of it was altered')
    if (entry.value.chain !== chain) return altered('it is of another chain')
    if (before !== undefined && (entry.value.seq !== before.seq + 1 || entry.value.prev !== before.hash)) return altered(`entry ${entry.value.seq} does not follow the one before`)
    begins ??= entry.value
    before = entry.value
    if (entry.value.time > to) to = entry.value.time
  }
  if (begins === undefined || before === undefined || begins.seq !== first) return altered('it does not begin with the entry of its name')
  return ok({ file, path, bytes: (await stat(path)).size, first, last: before.seq, from: begins.time, to, firstEntry: begins, lastEntry: before, sha256: sha256(await readFile(path)) })
}

/** The first entry that ever was: the one that is there, or as the last cut tells it. */
async function firstOf(folder: string, oldest: Entry): Promise<CutBody['first']> {
  if (oldest.prev === NOTHING_BEFORE) return { hash: oldest.hash, time: oldest.time }
  for (const { path } of (await listSegments(folder)).toReversed()) {
    for (const line of (await readLines(path)).lines.toReversed()) {
      const entry = readEntry(line)
      if (entry.ok && entry.value.kind === 'cut' && entry.value.chain === oldest.chain) return (entry.value.body as unknown as CutBody).first
    }
  }
  return { hash: oldest.hash, time: oldest.time }
}

/** Oldest first, so that what is left always begins where a cut says. */
async function removeThrough(folder: string, through: number): Promise<void> {
  const segments = await listSegments(folder)
  const gone = segments.filter((_, at) => (segments[at + 1]?.first ?? Infinity) <= through + 1)
  for (const { path } of gone) await unlink(path)
  if (gone.length > 0) await syncFolder(folder)
}

/** Under their own names, below the name of their chain; durable before this resolves. */
async function keepCopies(folder: string, segments: readonly Old[]): Promise<Result<void>> {
  try {
    // Not the folder above: one that is not there was misspelt, or is not mounted.
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => (error.code === 'EEXIST' ? undefined : Promise.reject(error)))
    for (const { file, path, sha256: hash } of segments) {
      const copy = join(folder, file)
      await copyFile(path, `${copy}.part`, constants.COPYFILE_FICLONE)
      await using handle = await open(`${copy}.part`, 'r+')
      await handle.chmod(0o400)
      await handle.sync()
      if (sha256(await readFile(`${copy}.part`)) !== hash) return fail(messages['audit-archive']({ folder, reason: 'a copy has other bytes' }))
      await rename(`${copy}.part`, copy)
    }
    await syncFolder(folder)
    return ok(undefined)
  } catch (error) {
    return fail(messages['audit-archive']({ folder, reason: (error as NodeJS.ErrnoException).code ?? String(error) }))
  }
}
