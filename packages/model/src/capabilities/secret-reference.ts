// Secrets stand in no specification: only their names do. A value that looks like one is a finding of its own, which does not
// repeat it.

import { z } from 'zod'
import type { Diagnostic, Json, Place } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Path } from '../yaml/locate.ts'

const SECRET_NAME = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/u, 'must be a name in capitals, like WAREHOUSE_PASSWORD')

/** `{secret: NAME}`: the operator's environment, file or store holds the value. */
export const secretReference = z.strictObject({ secret: SECRET_NAME.describe('The name of a secret that the platform holds as TULLE_SECRET_<name>, or in the file that TULLE_SECRETS_FILE names.') })

const SECRET_KEY = /^(?:.*_)?(?:password|passwd|passphrase|token|client_secret|secret_access_key|secret_key|private_key|api_key|apikey)$|^(?:proxy-)?authorization$|^cookie$|(?:^|-)(?:api-key|apikey|token|secret|password)$/iu
const URL_WITH_SECRET = /^[a-z][a-z0-9+.-]*:\/\/[^/\s?#]*:[^/\s?#]*@|[?&](?:[a-z_-]*(?:token|secret|password|signature|api_?key)|sig|code)=/iu

/** The line itself is what must not be shown. */
const withoutText = ({ file, line, column }: Place): Place => ({ file, line, column })

/** The properties that name secrets, of the capability types that have such. */
export function namingSecrets(type: string, properties: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  if (type === 'workflow' || type === 'kafka-output-port' || type.endsWith('input-port')) return properties
  return type === 'data-product' && properties['alerts'] !== undefined ? { alerts: properties['alerts'] } : {}
}

/** Every value that had better be a reference, with its place. */
export function literalSecrets(properties: Json, place: (path: Path) => Place): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const walk = (value: Json, path: Path): void => {
    const name = path.findLast((step): step is string => typeof step === 'string') ?? ''
    if (typeof value === 'string' || typeof value === 'number') {
      const isSecret = name === 'secret' ? !SECRET_NAME.safeParse(value).success : SECRET_KEY.test(name)
      if (isSecret || (typeof value === 'string' && URL_WITH_SECRET.test(value))) found.push(messages['literal-secret']({ name }, { place: withoutText(place(path)) }))
    } else if (Array.isArray(value)) value.forEach((one, i) => walk(one as Json, [...path, i]))
    else if (value !== null && typeof value === 'object') for (const [key, one] of Object.entries(value)) walk(one as Json, [...path, key])
  }
  walk(properties, [])
  return found
}
