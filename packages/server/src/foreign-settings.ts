// Reads what products may read of other platforms: which catalogues are asked, and where their tables may lie. A catalogue
// says which files a table is, so storage of our own is never among it: it would show what only grants may show.

import { isAbsolute, resolve, sep } from 'node:path'
import type { Diagnostic } from '@tulle/kernel'
import { messages } from './messages.ts'
import { readS3Place } from './s3-settings.ts'
import type { S3Warehouse } from './s3-settings.ts'

export interface ForeignSettings {
  readonly hosts: ReadonlySet<string>
  readonly folders: readonly string[]
  readonly buckets: readonly S3Warehouse[]
}

/** What is Tulle's own. */
interface Own { readonly home: string; readonly s3: S3Warehouse | undefined }

const HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/u

export function readForeignSettings(environment: NodeJS.ProcessEnv, own: Own, diagnostics: Diagnostic[]): ForeignSettings {
  const listed = (name: string): readonly string[] => (environment[name] ?? '').split(',').map((one) => one.trim()).filter((one) => one !== '')
  const refuse = (name: string, value: string, want: string): void => void diagnostics.push(messages['bad-setting']({ name, value, want }))
  const hosts = listed('TULLE_CATALOG_HOSTS').map((host) => host.toLowerCase())
  for (const host of hosts) if (!HOST.test(host)) refuse('TULLE_CATALOG_HOSTS', host, 'hosts such as catalog.example.com or 127.0.0.1:8181, with commas between')
  const storage = listed('TULLE_CATALOG_STORAGE')
  const buckets = storage.filter((one) => one.startsWith('s3://')).map((address) => readS3Place(environment, { name: 'TULLE_CATALOG_STORAGE', address }, diagnostics))
  const folders = storage.filter((one) => !one.startsWith('s3://'))
  for (const folder of folders) {
    if (!isAbsolute(folder)) refuse('TULLE_CATALOG_STORAGE', folder, 'whole paths of folders or addresses such as s3://bucket/folder, with commas between')
    else if (overlap(resolve(folder), own.home, sep)) refuse('TULLE_CATALOG_STORAGE', folder, `outside of ${own.home}, which is Tulle's own`)
  }
  for (const { bucket, prefix } of buckets) {
    if (own.s3?.bucket === bucket && overlap(prefix, own.s3.prefix, '/')) refuse('TULLE_CATALOG_STORAGE', `s3://${bucket}/${prefix}`, "outside of TULLE_WAREHOUSE, which is Tulle's own")
  }
  return { hosts: new Set(hosts), folders: folders.map((folder) => resolve(folder)), buckets }
}

/** True where one of two folders lies in the other, or is it. An empty one is all of a bucket. */
function overlap(a: string, b: string, separator: string): boolean {
  const [one, other] = [a, b].map((folder) => (folder === '' || folder.endsWith(separator) ? folder : folder + separator)) as [string, string]
  return one.startsWith(other) || other.startsWith(one)
}
