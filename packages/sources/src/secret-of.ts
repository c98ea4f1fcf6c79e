// The secret that a setting refers to. Its value goes into one request and nowhere else.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Secrets } from './types.ts'
import { messages } from './messages.ts'

/** Undefined where the setting is not there. */
export function secretOf(secrets: Secrets, port: string, setting: Json | undefined): Result<string | undefined> {
  const name = (setting as { readonly secret?: string } | undefined)?.secret
  if (name === undefined) return ok(undefined)
  const held = secrets(name)
  return held === undefined ? fail(messages['source-secret-missing']({ port, secret: name })) : ok(held)
}

/** A text of others without the secrets that it repeats. */
export const withoutSecrets = (text: string, secrets: readonly (string | undefined)[]): string =>
  secrets.reduce<string>((clean, secret) => (secret === undefined || secret.length < 3 ? clean : clean.replaceAll(secret, '…')), text)

/** One line of what others say, short enough to be shown. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim().replace(/\.$/u, '').slice(0, 300)
