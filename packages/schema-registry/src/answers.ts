// How Confluent's API says what went wrong: one table from a diagnostic's code to status and error code.

import type { Diagnostic } from '@tulle/kernel'
import type { RegistryAnswer } from './types.ts'

const CODES: Readonly<Record<string, readonly [status: number, code: number]>> = {
  'subject-missing': [404, 40401],
  'schema-version-missing': [404, 40402],
  'schema-missing': [404, 40403],
  'schema-id-missing': [404, 40403],
  'subject-soft-deleted': [404, 40404],
  'subject-not-soft-deleted': [404, 40405],
  'version-soft-deleted': [404, 40406],
  'version-not-soft-deleted': [404, 40407],
  'compatibility-not-set': [404, 40408],
  'mode-not-set': [404, 40409],
  'registry-route-missing': [404, 404],
  'schema-incompatible': [409, 409],
  'schema-invalid': [422, 42201],
  'schema-type-unknown': [422, 42201],
  'schema-version-invalid': [422, 42202],
  'compatibility-invalid': [422, 42203],
  'mode-invalid': [422, 42204],
  'subject-read-only': [422, 42205],
  'subject-declared': [422, 42205],
  'mode-not-possible': [422, 42205],
  'reference-exists': [422, 42206],
  'registry-request-invalid': [422, 422],
  'bad-input': [422, 422],
  'body-too-large': [413, 413],
  'not-signed-in': [401, 401],
  'wrong-password': [401, 401],
  'cross-site': [401, 401],
  'registry-forbidden': [403, 40301],
  'too-many-requests': [429, 42901],
  'not-ready': [503, 50301],
  'rights-out-of-sight': [503, 50301],
  'database-unreachable': [503, 50301],
}

const TYPE = { 'content-type': 'application/vnd.schemaregistry.v1+json' }

export const registryAnswer = (body: unknown, status = 200): RegistryAnswer => ({ status, headers: TYPE, body: JSON.stringify(body) })

/** What was found wrong, as the API says it. */
export function registryError(diagnostics: readonly Diagnostic[]): RegistryAnswer {
  const first = diagnostics.find(({ severity }) => severity === 'error') ?? diagnostics[0]
  const [status, code] = CODES[first?.code ?? ''] ?? [500, 50001]
  return registryAnswer({ error_code: code, message: diagnostics.map(({ message }) => message).slice(0, 5).join(' ') }, status)
}
