// Equal values, equal fingerprints: canonical JSON under SHA-256.

import { hash } from 'node:crypto'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** JSON with sorted keys and without undefined members, so that equal values print alike. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item as Json)).join(',')}]`
  let text = ''
  const members = value as Readonly<Record<string, Json | undefined>>
  for (const key of Object.keys(members).sort()) {
    const member = members[key]
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/** The SHA-256 of a text or of bytes, in lower-case hex. */
export const sha256 = (content: string | Uint8Array): string => hash('sha256', content)

/** A fingerprint of a JSON value: 64 hex digits. */
export const fingerprintOf = (value: Json): string => sha256(canonicalJson(value))
