// Where rows go that contracts have archived: a folder or a prefix of a bucket, neither within what it is to outlive nor around it.

import { chmod, mkdir } from 'node:fs/promises'
import { isAbsolute, resolve, sep } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import { localObjects, objectMessages, openS3Objects } from '@tulle/objects'
import { messages } from './messages.ts'
import type { S3Warehouse } from './s3-settings.ts'

interface ColdStoreSettings { readonly coldStore?: string; readonly s3At: (address: string) => Result<S3Warehouse> }

const NAME = 'TULLE_COLD_STORE'
const WANT = 'a whole path outside of TULLE_HOME, or s3://bucket/prefix outside of the warehouse'

export function readColdStore(environment: NodeJS.ProcessEnv, { home, s3 }: { readonly home: string; readonly s3: S3Warehouse | undefined }, diagnostics: Diagnostic[]): Pick<ColdStoreSettings, 'coldStore'> {
  const { [NAME]: value } = environment
  if (value === undefined || value === '') return {}
  const bucket = /^s3:\/\/[^/]+\/[^?#]+$/u.test(value)
  const apart = bucket ? s3 === undefined || areApart(value, `s3://${s3.bucket}/${s3.prefix}`, '/') : isAbsolute(value) && areApart(resolve(value), home, sep)
  if (!apart) diagnostics.push(messages['bad-setting']({ name: NAME, value, want: WANT }))
  return { coldStore: bucket ? value : resolve(value) }
}

function areApart(one: string, other: string, separator: string): boolean {
  const [a, b] = [one, other].map((path) => (path.endsWith(separator) ? path : `${path}${separator}`)) as [string, string]
  return !a.startsWith(b) && !b.startsWith(a)
}

/** Copies of a bucket's objects pass through `cacheFolder`. */
export function coldStoreAt({ coldStore: name, s3At }: ColdStoreSettings, cacheFolder: string): (() => Promise<Result<Objects>>) | undefined {
  if (name === undefined) return undefined
  return async () => {
    if (name.startsWith('s3://')) {
      const s3 = s3At(name)
      return s3.ok ? openS3Objects({ ...s3.value, cache: { folder: cacheFolder, limitBytes: s3.value.cacheBytes } }) : s3
    }
    try {
      // Whoever else may walk into its parent does not see whole rows.
      await mkdir(name, { recursive: true, mode: 0o700 })
      await chmod(name, 0o700)
      return ok(localObjects(name))
    } catch (error) {
      return fail(objectMessages['object-unwritable']({ address: name, reason: (error as NodeJS.ErrnoException).code ?? 'the system refuses' }))
    }
  }
}
