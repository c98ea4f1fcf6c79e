// What may be said of an account: a role, teams and purposes that there are, attributes that policies can ask for.

import type { Diagnostic, Json } from '@tulle/kernel'
import { isName } from '@tulle/kernel'
import { ROLES } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { messages } from './messages.ts'
import { readPurposes } from './product-facts.ts'

export const checkRole = (role: string): readonly Diagnostic[] =>
  ROLES.some((known) => known === role) ? [] : [messages['unknown-role']({ role: role.slice(0, 100), known: ROLES })]

const MOST = 100
const LONGEST = 1000

export function checkAttributes(attributes: Readonly<Record<string, Json>>): readonly Diagnostic[] {
  const names = Object.keys(attributes)
  if (names.length > MOST) return [messages['bad-attribute']({ name: names[MOST] ?? '', why: `is the first of more than ${MOST}` })]
  return names.flatMap((name) => {
    if (!isName(name)) return [messages['bad-attribute']({ name: name.slice(0, 100), why: 'is no name' })]
    return isValue(attributes[name] ?? null) ? [] : [messages['bad-attribute']({ name, why: 'is neither a text, a number, yes or no, nor a list of texts' })]
  })
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= LONGEST && !value.includes('\0') && value.isWellFormed()

const isValue = (value: Json): boolean =>
  isText(value) || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)) || (Array.isArray(value) && value.length <= MOST && value.every(isText))

export async function checkTeams(store: Store, teams: readonly string[]): Promise<readonly Diagnostic[]> {
  if (teams.length === 0) return []
  const declared = await store.db.selectFrom('resource').select('ref').where('kind', '=', 'technical-team').where('archived_at', 'is', null).execute()
  const known = declared.map(({ ref }) => ref.slice(ref.indexOf(':') + 1))
  return teams.filter((team) => !known.includes(team)).map((team) => messages['unknown-subject']({ kind: 'team', subject: team.slice(0, 100), known }))
}

export async function checkPurposes(store: Store, purposes: readonly string[]): Promise<readonly Diagnostic[]> {
  if (purposes.length === 0) return []
  const known = await readPurposes(store)
  return purposes.filter((purpose) => !known.includes(purpose)).map((purpose) => messages['unknown-purpose']({ purpose: purpose.slice(0, 100), known }))
}
