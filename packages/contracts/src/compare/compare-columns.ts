// How the columns of two versions differ, column by column and as deep as they are nested. Pure.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { columnTypeOf } from '@tulle/model'
import type { TypedProperty } from '@tulle/model'
import { isObj, memberOf, nameOf, objsOf, propertiesOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import type { Effect, PortKind } from './types.ts'
import { both } from './severity.ts'
import { compareTypes } from './compare-types.ts'

export interface Found { readonly path: string; readonly effect: Effect }

/** Two lists of columns with one owner; `path` names the owner. */
export function compareColumns(path: string, before: readonly Obj[], after: readonly Obj[], port: PortKind): readonly Found[] {
  const pairs = pairByName(before, after, port)
  const met = new Set(pairs.values())
  const newNames = new Map(after.filter((property) => !met.has(property)).flatMap((property) => [idOf(property)].filter((id) => id !== undefined).map((id) => [id, nameOf(property)])))
  const found: Found[] = []
  for (const [property, next] of pairs) {
    const at = `${path}.${nameOf(property)}`
    if (next === undefined) {
      found.push({ path: at, effect: removed(property, newNames.get(idOf(property) ?? '')) })
      continue
    }
    if (nameOf(next) !== nameOf(property)) found.push({ path: at, effect: both('none', `is written ${nameOf(next)}; SQL reads both alike`) })
    found.push(...compareProperty(at, property, next, port))
  }
  for (const property of after) if (!met.has(property)) found.push({ path: `${path}.${nameOf(property)}`, effect: added(property, port) })
  const kept = [...pairs.values()].filter((next) => next !== undefined)
  const order = after.filter((property) => met.has(property))
  if (kept.some((next, at) => next !== order[at])) found.push({ path, effect: port === 'stream' ? both('none', 'its columns are in another order') : both('minor', 'its columns are in another order: whoever reads by position meets others') })
  return found
}

/**
 * Each thing of the old list with the one of the new list that readers find under its name. SQL takes capitals and small letters for
 * the same, files and messages do not; the same spelling goes first. Of two of one name the last counts, as YAML has it.
 */
export function pairByName(before: readonly Obj[], after: readonly Obj[], port: PortKind): ReadonlyMap<Obj, Obj | undefined> {
  const was = [...new Map(before.map((one) => [nameOf(one), one])).values()]
  const is = new Map(after.map((one) => [nameOf(one), one]))
  const names = new Set(was.map(nameOf))
  const free = new Map([...is.values()].filter((one) => !names.has(nameOf(one))).map((one) => [nameOf(one).toLowerCase(), one]))
  return new Map(was.map((old) => {
    const same = is.get(nameOf(old))
    if (same !== undefined || port !== 'sql') return [old, same]
    const alike = free.get(nameOf(old).toLowerCase())
    free.delete(nameOf(old).toLowerCase())
    return [old, alike]
  }))
}

const idOf = (property: Obj): string | undefined => textOf(memberOf(property, 'id'))
const typeOf = (property: Obj): string => columnTypeOf(property as TypedProperty) ?? 'string'
const isRequired = (property: Obj): boolean => property['required'] === true || property['isNullable'] === false || isKey(property)
const isUnique = (property: Obj): boolean => property['unique'] === true || property['isUnique'] === true
const isKey = (property: Obj): boolean => property['primaryKey'] === true || property['isPrimaryKey'] === true

function removed(property: Obj, newName: string | undefined): Effect {
  const reason = newName === undefined ? `is removed (${typeOf(property)})` : `is renamed to ${newName}`
  return { forward: 'breaking', backward: newName === undefined ? 'none' : 'breaking', reason }
}

/** SQL ports serve the newest rows, where the column is filled; files and messages that are kept lack it. */
function added(property: Obj, port: PortKind): Effect {
  const required = isRequired(property)
  return { forward: 'minor', backward: required && port !== 'sql' ? 'breaking' : 'minor', reason: required ? `is added (${typeOf(property)}, required); what was written before lacks it` : `is added (${typeOf(property)})` }
}

function compareProperty(path: string, before: Obj, after: Obj, port: PortKind): readonly Found[] {
  const found: Found[] = []
  const say = (effect: Effect): void => void found.push({ path, effect })
  found.push(...compareShape(path, before, after, port))
  if (isRequired(before) !== isRequired(after)) {
    say(isRequired(after)
      ? { forward: 'none', backward: 'breaking', reason: 'becomes required: what was written before may lack it' }
      : { forward: 'breaking', backward: 'none', reason: 'becomes optional: whoever reads it may meet nulls' })
  }
  if (isUnique(before) !== isUnique(after)) say(isUnique(after) ? both('minor', 'becomes unique') : { forward: 'breaking', backward: 'none', reason: 'is no longer unique: joins on it may multiply rows' })
  if (isKey(before) !== isKey(after)) say(both('breaking', isKey(after) ? 'becomes part of the primary key' : 'leaves the primary key'))
  else if (isKey(after) && before['primaryKeyPosition'] !== after['primaryKeyPosition']) say(both('breaking', 'has another place in the primary key'))
  for (const [key, effect] of TOLD) if (differs(before[key], after[key])) say(effect)
  if (differs(boundsOf(before), boundsOf(after))) say(both('minor', 'has other bounds (logicalTypeOptions): values may appear that did not, or no longer'))
  for (const reason of compareRules(before, after)) say(both('minor', reason))
  return found
}

const TOLD: readonly (readonly [string, Effect])[] = [
  ['classification', both('minor', 'has another classification: policies may mask it otherwise')],
  ['relationships', both('minor', 'refers to other columns')],
  ['partitioned', both('none', 'is laid out otherwise')],
  ['description', both('none', 'is described otherwise')],
  ['businessName', both('none', 'has another business name')],
  ['tags', both('none', 'has other tags')],
]

function boundsOf(property: Obj): Json {
  const options = property['logicalTypeOptions']
  if (!isObj(options)) return {}
  // What decides the type is told as a type.
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== 'timezone' && key !== 'required'))
}

const differs = (before: Json | undefined, after: Json | undefined): boolean => before !== after && canonicalJson(before ?? null) !== canonicalJson(after ?? null)

/** A struct is compared by its members, a list by its elements, anything else by its type. */
function compareShape(path: string, before: Obj, after: Obj, port: PortKind): readonly Found[] {
  const shape = (property: Obj): 'list' | 'struct' | 'plain' => (property['logicalType'] === 'array' || isObj(property['items']) ? 'list' : propertiesOf(property).length > 0 ? 'struct' : 'plain')
  const [was, is] = [shape(before), shape(after)]
  if (was !== is || was === 'plain') {
    const effect = compareTypes(typeOf(before), typeOf(after), port)
    return effect.reason === '' ? [] : [{ path, effect }]
  }
  if (was === 'struct') return compareColumns(path, propertiesOf(before), propertiesOf(after), port)
  const items = (property: Obj): Obj => (isObj(property['items']) ? property['items'] : {})
  return compareProperty(`${path}[]`, items(before), items(after), port)
}

/** The rules of an object or a column that came, went or changed, each as a reason. */
export function compareRules(before: Obj, after: Obj): readonly string[] {
  if (!differs(before['quality'], after['quality'])) return []
  const printed = (rules: readonly Obj[]): ReadonlyMap<string, Obj> => new Map(rules.map((rule) => [canonicalJson(rule), rule]))
  const [was, is] = [printed(objsOf(before['quality'])), printed(objsOf(after['quality']))]
  const name = (rule: Obj): string => (textOf(rule['name']) ?? textOf(rule['metric']) ?? textOf(rule['rule']) ?? textOf(rule['type']) ?? 'a rule').slice(0, 100)
  return [
    ...[...was].filter(([key]) => !is.has(key)).map(([, rule]) => `no longer promises ${name(rule)} as it did`),
    ...[...is].filter(([key]) => !was.has(key)).map(([, rule]) => `promises ${name(rule)}`),
  ]
}
