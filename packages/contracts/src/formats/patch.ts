// What one value lacks to be another, as plain data. So a format with one free place carries whatever it has no word for.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { isObj } from '../document.ts'

const sameJson = (a: Json, b: Json): boolean => canonicalJson(a) === canonicalJson(b)

/** The patch that makes `to` of `from`; undefined where they are equal. */
export function patchFrom(from: Json, to: Json): Json | undefined {
  if (sameJson(from, to)) return undefined
  if (isObj(from) && isObj(to)) {
    const members = Object.keys(to).flatMap((key): [string, Json][] => {
      const patch = Object.hasOwn(from, key) ? patchFrom(from[key] ?? null, to[key] ?? null) : { value: to[key] ?? null }
      return patch === undefined ? [] : [[key, patch]]
    })
    const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key))
    return { ...(members.length > 0 && { members: Object.fromEntries(members) }), ...(gone.length > 0 && { gone }) }
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length) {
    const items = (to as readonly Json[]).flatMap((item, i): [string, Json][] => {
      const patch = patchFrom((from as readonly Json[])[i] ?? null, item)
      return patch === undefined ? [] : [[String(i), patch]]
    })
    return { items: Object.fromEntries(items) }
  }
  return { value: to }
}

/** The inverse; a patch that does not fit, because somebody edited beside it, changes only what it fits. */
export function applyPatch(from: Json, patch: Json | undefined): Json {
  if (!isObj(patch)) return from
  if (Object.hasOwn(patch, 'value')) return patch['value'] ?? null
  const { members, gone, items } = patch
  if (isObj(from)) {
    const left = new Map(Object.entries(from))
    for (const key of Array.isArray(gone) ? (gone as readonly Json[]) : []) left.delete(String(key))
    for (const [key, inner] of isObj(members) ? Object.entries(members) : []) {
      if (left.has(key) || (isObj(inner) && Object.hasOwn(inner, 'value'))) left.set(key, applyPatch(left.get(key) ?? null, inner))
    }
    return Object.fromEntries(left)
  }
  if (Array.isArray(from) && isObj(items)) return (from as readonly Json[]).map((item, i) => (Object.hasOwn(items, String(i)) ? applyPatch(item, items[String(i)]) : item))
  return from
}
