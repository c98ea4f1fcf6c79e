// Reads every byte that a place's backups are made of, and says what is not as it was kept. Changes nothing.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { takeFile } from './contents.ts'
import { contentsOf, listBackups, readBackup } from './manifests.ts'
import { messages } from './messages.ts'
import type { Content, Place, Tell } from './types.ts'

export interface Verified { readonly backups: readonly string[]; readonly contents: number; readonly bytes: number }

export interface VerifyOptions {
  /** Only this one; all unless told. */
  readonly backup?: string
  readonly signal: AbortSignal
  readonly tell?: Tell
}

const MOST_FINDINGS = 100

export async function verifyBackups(place: Place, { backup, signal, tell }: VerifyOptions): Promise<Result<Verified>> {
  const ids = await listBackups(place)
  if (!ids.ok) return ids
  const wanted = backup === undefined ? ids.value : [backup]
  if (wanted.length === 0) return fail(messages['backup-missing']({ place: place.name }))
  const findings: Diagnostic[] = []
  const contents = new Map<string, Content & { readonly what: string }>()
  for (const id of wanted) {
    const read = await readBackup(place, id)
    if (read.ok) for (const [what, content] of contentsOf(read.value.manifest)) contents.set(content.sha256, { ...content, what })
    else findings.push(...read.diagnostics)
  }
  let bytes = 0
  for (const [i, { what, ...content }] of [...contents.values()].entries()) {
    if (signal.aborted) return fail(messages['verify-stopped']({}))
    tell?.({ phase: 'objects', done: i, total: contents.size, bytes })
    const file = await takeFile(place, content, what)
    if (!file.ok) findings.push(...file.diagnostics)
    bytes += content.bytes
  }
  return findings.length > 0 ? fail(...findings.slice(0, MOST_FINDINGS)) : ok({ backups: wanted, contents: contents.size, bytes })
}
