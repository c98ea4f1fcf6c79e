// Reads what connected input ports may reach, and where secrets are found. A file of secrets that others can read is refused.

import { readFileSync, statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import type { Diagnostic } from '@tulle/kernel'
import { isNetworkEntry } from '@tulle/sources'
import type { Secrets, SourceLimits } from '@tulle/sources'
import { messages } from './messages.ts'

export interface SourceSettings {
  readonly hosts: readonly string[]
  readonly limits: SourceLimits
}

const SECRET_NAME = /^[A-Z][A-Z0-9_]{0,63}$/u
const USUAL_GIGABYTES = 10
const LARGEST_SECRETS_FILE = 1024 * 1024

/** `TULLE_SECRET_<name>`, else the line `<name>=…` of the file, which is read anew each time: a secret may be changed under way. */
export function readSecrets(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): Secrets {
  const file = environment['TULLE_SECRETS_FILE'] || undefined
  const fault = file === undefined ? undefined : secretsFileFault(file)
  if (fault !== undefined) diagnostics.push(messages['bad-setting']({ name: 'TULLE_SECRETS_FILE', value: file ?? '', want: `the whole path of a file that its owner alone may read (${fault})` }))
  return (name) => environment[`TULLE_SECRET_${name}`] || (file === undefined ? undefined : secretsIn(file).get(name))
}

export function readSourceSettings(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): SourceSettings {
  const hosts = (environment['TULLE_SOURCE_HOSTS'] ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '')
  for (const host of hosts) if (!isNetworkEntry(host)) diagnostics.push(messages['bad-setting']({ name: 'TULLE_SOURCE_HOSTS', value: host, want: 'hosts, addresses or ranges such as api.example.com, db.internal:5432 or 10.0.0.0/8, with commas between' }))
  const gigabytes = Number(environment['TULLE_SOURCE_GB'] || USUAL_GIGABYTES)
  if (!(gigabytes > 0 && gigabytes <= 1_000_000)) diagnostics.push(messages['bad-setting']({ name: 'TULLE_SOURCE_GB', value: environment['TULLE_SOURCE_GB'] ?? '', want: 'a number of gigabytes above 0' }))
  return { hosts, limits: { bytes: gigabytes * 1024 ** 3, files: 10_000, pages: 100_000 } }
}

function secretsFileFault(file: string): string | undefined {
  if (!isAbsolute(file)) return 'this path is not whole'
  const facts = statSync(file, { throwIfNoEntry: false })
  if (facts === undefined) return 'it is not there'
  if (!facts.isFile()) return 'it is no file'
  if ((facts.mode & 0o077) !== 0) return 'others may read it: chmod 600'
  return facts.size > LARGEST_SECRETS_FILE ? 'it is larger than a megabyte' : undefined
}

function secretsIn(file: string): ReadonlyMap<string, string> {
  if (secretsFileFault(file) !== undefined) return new Map()
  const lines = readFileSync(file, 'utf8').split(/\r?\n/u).map((line) => /^(?<name>[^=#\s]+)=(?<value>.*)$/u.exec(line)?.groups)
  return new Map(lines.flatMap((found) => (found !== undefined && SECRET_NAME.test(found['name'] ?? '') ? [[found['name'] as string, found['value'] as string] as const] : [])))
}
