// Which files a port has now, as one fingerprint of names and versions. Nothing is read of them.

import { stat } from 'node:fs/promises'
import type { Result } from '@tulle/kernel'
import { fingerprintOf, ok } from '@tulle/kernel'
import type { InputPort } from '@tulle/model'
import { lookAtFiles } from '@tulle/sources'
import type { Workshop } from './types.ts'
import { findSourceFiles } from './source-files.ts'

/** Undefined where there are none. */
export async function lookForFiles({ meshFolder, sources }: Pick<Workshop, 'meshFolder' | 'sources'>, product: string, port: InputPort, signal: AbortSignal): Promise<Result<string | undefined>> {
  const name = `${product}.${port.name}`
  const settings = port.kind === 'file' ? { path: port.path } : port.kind === 'connected' && port.system === 'files' ? port.settings : undefined
  if (settings === undefined) return ok(undefined)
  const path = String(settings['path'])
  if (/^(?:s3|https?):\/\//u.test(path)) return lookAtFiles(sources, { port: name, settings, signal })
  const found = await findSourceFiles(meshFolder, { port: name, path, isCollection: port.kind === 'file' && port.format === 'files' })
  if (!found.ok) return found.diagnostics.every(({ code }) => code === 'source-missing') ? ok(undefined) : found
  const seen: (readonly [string, number, number])[] = []
  for (const file of found.value) {
    const facts = await stat(file.path).catch(() => undefined)
    if (facts !== undefined) seen.push([file.shown, facts.size, facts.mtimeMs])
  }
  return ok(seen.length === 0 ? undefined : fingerprintOf(seen.map((one) => [...one])))
}
