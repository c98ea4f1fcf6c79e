// What of a place may not be brought back any more: backups from before somebody was erased, and the bytes that only they lead to.
// First the place says so, which no restore passes by; then manifests go, so that no backup is seen broken; then bytes. Whoever is
// stopped in between begins again.

import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { tryAdvisoryLock } from '@tulle/store'
import { SCRATCH } from './contents.ts'
import { contentsOf, listBackups, readBackup } from './manifests.ts'
import { messages } from './messages.ts'
import { claimPlace, reasonOf } from './open-place.ts'
import type { Backup, Place } from './types.ts'

export interface RetireOptions {
  readonly store: Store
  readonly place: Place
  /** What every address of the warehouse begins with: backups of other warehouses are left alone. */
  readonly warehouse: string
  /** ISO 8601, UTC: backups of earlier moments go. */
  readonly before: string
  readonly signal: AbortSignal
}

export interface Retired {
  /** Ids of backups. */
  readonly removed: readonly string[]
  readonly contents: number
  /** Backups of other warehouses from before that moment: whoever shares the place has them. */
  readonly others: number
}

/** Refused while a backup is made: it may lead to bytes that nothing leads to yet. */
export async function retireBackups(options: RetireOptions): Promise<Result<Retired>> {
  const { store, place } = options
  try {
    const locked = await tryAdvisoryLock(store, 'backup', () => retire(options))
    return locked.got ? locked.value : fail(messages['backup-in-progress']({}))
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string' && (error as NodeJS.ErrnoException).path !== undefined) return fail(messages['backup-place-unusable']({ place: place.name, reason: reasonOf(error) }))
    throw error
  }
}

async function retire({ place, warehouse, before, signal }: RetireOptions): Promise<Result<Retired>> {
  const claimed = await claimPlace(place)
  const said = claimed.ok ? await sayRetired(place, { warehouse, before }) : claimed
  if (!said.ok) return said
  const sorted = await sortBackups(place, { warehouse, before })
  if (!sorted.ok) return sorted
  const { gone, kept, others } = sorted.value
  for (const id of gone) {
    signal.throwIfAborted()
    const removed = await place.objects.remove(place.objects.address(`backups/${id}.json`))
    if (!removed.ok) return removed
  }
  const wanted = new Set(kept.flatMap(({ manifest }) => contentsOf(manifest)).map(([, { sha256 }]) => sha256))
  const isShared = kept.some(({ manifest }) => manifest.warehouse !== warehouse)
  const contents = await sweep(place, { wanted, signal, ...(isShared && { before: Date.parse(before) }) })
  if (!contents.ok) return contents
  await sweepScratch(place, Date.parse(before))
  return ok({ removed: gone, contents: contents.value, others })
}

async function sortBackups(place: Place, { warehouse, before }: { readonly warehouse: string; readonly before: string }): Promise<Result<{ readonly gone: readonly string[]; readonly kept: readonly Backup[]; readonly others: number }>> {
  const ids = await listBackups(place)
  if (!ids.ok) return ids
  const gone: string[] = []
  const kept: Backup[] = []
  for (const id of ids.value) {
    const read = await readBackup(place, id)
    // Nobody can restore it; what it led to is only known to be unwanted where it would have gone anyway.
    if (!read.ok && read.diagnostics[0]?.code === 'backup-damaged' && momentOf(id) < before) gone.push(id)
    else if (!read.ok) return read
    else if (isRetired(read.value.manifest, [{ warehouse, before }])) gone.push(id)
    else kept.push(read.value)
  }
  return ok({ gone, kept, others: kept.filter(({ manifest }) => manifest.takenAt < before).length })
}

/** `20260102T030405.678Z-…` → `2026-01-02T03:04:05.678Z`. */
const momentOf = (id: string): string => id.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(.*)-[0-9a-f]{16}$/u, '$1-$2-$3:$4:$5')

/** Bytes that no backup leads to. In a place that others use too, only those that were there before: somebody may be bringing them now. */
async function sweep({ objects }: Place, { wanted, before, signal }: { readonly wanted: ReadonlySet<string>; readonly before?: number; readonly signal: AbortSignal }): Promise<Result<number>> {
  const unwanted: string[] = []
  for await (const address of objects.list('objects')) if (!wanted.has(address.slice(address.lastIndexOf('/') + 1))) unwanted.push(address)
  let removed = 0
  for (const address of unwanted) {
    signal.throwIfAborted()
    if (before !== undefined) {
      const facts = await objects.facts(address)
      if (!facts.ok) return facts
      if (facts.value.since >= before) continue
    }
    const gone = await objects.remove(address)
    if (!gone.ok) return gone
    removed += 1
  }
  for await (const one of objects.unfinished('objects')) {
    if (before !== undefined && one.since >= before) continue
    const discarded = await one.discard()
    if (!discarded.ok) return discarded
  }
  return ok(removed)
}

/** What killed processes left. */
async function sweepScratch({ folder }: Place, before: number): Promise<void> {
  if (folder === undefined) return
  for (const name of await readdir(folder)) {
    if (!name.startsWith(SCRATCH)) continue
    if ((await stat(join(folder, name))).mtimeMs < before) await rm(join(folder, name), { recursive: true, force: true })
  }
}

interface Retirement { readonly warehouse: string; readonly before: string }

const retirement = z.object({ kind: z.literal('tulle-retired'), warehouse: z.string().max(2000), before: z.iso.datetime() })

async function sayRetired({ objects }: Place, { warehouse, before }: Retirement): Promise<Result<unknown>> {
  const kept = await objects.create(`retired/${before.replaceAll(/[-:]/gu, '')}.json`, Buffer.from(`${JSON.stringify({ kind: 'tulle-retired', warehouse, before })}\n`))
  return kept.ok || kept.diagnostics[0]?.code === 'object-exists' ? ok(undefined) : kept
}

/** Before which moments backups of which warehouses may not be brought back. What cannot be read is a refusal, never passed over. */
export async function readRetirements({ objects }: Place): Promise<Result<readonly Retirement[]>> {
  const found: Retirement[] = []
  for await (const address of objects.list('retired')) {
    const bytes = await objects.read(address)
    if (!bytes.ok) return bytes
    const read = retirement.safeParse(parsed(bytes.value))
    if (!read.success) return fail(messages['backup-damaged']({ file: address, problem: 'it does not say which backups may not be brought back' }))
    found.push(read.data)
  }
  return ok(found)
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

export const isRetired = ({ warehouse, takenAt }: { readonly warehouse: string; readonly takenAt: string }, retirements: readonly Retirement[]): boolean =>
  retirements.some((one) => one.warehouse === warehouse && takenAt < one.before)
