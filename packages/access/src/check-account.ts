// What may be said of an account: a role that there is, attributes that policies can ask for.

import type { Diagnostic, Json } from '@tulle/kernel'
import { isName } from '@tulle/kernel'
import { ROLES } from '@tulle/policy'
import { messages } from './messages.ts'

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
