// Reads who vouches for people besides local accounts. No setting: local accounts alone.

import { readFileSync } from 'node:fs'
import type { IssuerSettings } from '@tulle/access'
import type { Diagnostic } from '@tulle/kernel'
import { ROLES } from '@tulle/policy'
import type { Role } from '@tulle/policy'
import { messages } from './messages.ts'

const ISSUER = 'TULLE_OIDC_ISSUER'

export function readOidcSettings(environment: NodeJS.ProcessEnv, diagnostics: Diagnostic[]): IssuerSettings | undefined {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined
  const refuse = (name: string, value: string, want: string): void => void diagnostics.push(messages['bad-setting']({ name, value, want }))
  const issuer = read(ISSUER)
  if (issuer === undefined) return undefined
  if (!isSafe(issuer)) refuse(ISSUER, issuer, 'an address such as https://login.example.com; http only on this machine')
  const clientId = read('TULLE_OIDC_CLIENT_ID')
  if (clientId === undefined) refuse('TULLE_OIDC_CLIENT_ID', '', 'the name under which the issuer knows this Tulle')
  const secretFile = read('TULLE_OIDC_CLIENT_SECRET_FILE')
  const secret = secretFile === undefined ? undefined : secretIn(secretFile)
  if (secretFile !== undefined && (secret === undefined || secret === '')) refuse('TULLE_OIDC_CLIENT_SECRET_FILE', secretFile, 'a file that holds the secret and can be read')
  const teams = pairsOf(read('TULLE_OIDC_TEAMS'))
  const roles = pairsOf(read('TULLE_OIDC_ROLES'))
  if (teams === 'malformed') refuse('TULLE_OIDC_TEAMS', read('TULLE_OIDC_TEAMS') ?? '', 'groups and teams such as "Customer Data=customer_data,…"')
  if (roles === 'malformed' || (roles !== undefined && [...roles.values()].some((role) => !ROLES.some((known) => known === role)))) refuse('TULLE_OIDC_ROLES', read('TULLE_OIDC_ROLES') ?? '', `groups and roles such as "data-stewards=steward,…"; the roles are ${ROLES.join(', ')}`)
  return {
    issuer,
    clientId: clientId ?? '',
    clientSecret: () => secret,
    audience: read('TULLE_OIDC_AUDIENCE'),
    groupsClaim: read('TULLE_OIDC_GROUPS_CLAIM') ?? 'groups',
    groups: { teams: teams === 'malformed' ? undefined : teams, roles: roles === undefined || roles === 'malformed' ? new Map() : (roles as ReadonlyMap<string, Role>) },
  }
}

function isSafe(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(?:localhost|127\.[\d.]+|\[::1\])$/u.test(url.hostname))
}

function secretIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}

/** `group=name,other group=name`. */
function pairsOf(text: string | undefined): ReadonlyMap<string, string> | 'malformed' | undefined {
  if (text === undefined) return undefined
  const pairs = text.split(',').map((pair) => /^\s*([^=]+?)\s*=\s*([^=\s]+)\s*$/u.exec(pair))
  return pairs.some((pair) => pair === null) ? 'malformed' : new Map(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']))
}
