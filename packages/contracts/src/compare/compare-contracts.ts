// Two versions of a contract to what changed for its consumers, each change with its severity and reason. Pure: both
// documents are read already, and nothing that they refer to is followed.

import { canonicalJson } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { isObj, nameOf, objsOf, propertiesOf, schemaOf, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import type { Found } from './compare-columns.ts'
import { compareColumns, compareRules, pairByName } from './compare-columns.ts'
import { both, severityIn, worst } from './severity.ts'
import type { ChangeSeverity, Compatibility, ContractChange, Direction, PortKind } from './types.ts'

export interface CompareOptions { readonly port?: PortKind; readonly direction?: Direction }

/** Compares the documents of two versions. Equal documents have no changes; the order of changes is that of the contract. */
export function compareContracts(before: Json, after: Json, { port = 'sql', direction = 'full' }: CompareOptions = {}): Compatibility {
  const found = [...compareSchemas(before, after, port), ...(isObj(before) && isObj(after) ? compareSections(before, after) : [])]
  const changes = found.map(({ path, effect }): ContractChange => ({ path, severity: severityIn(effect, direction), reason: effect.reason }))
  const severity = worst(changes.map((change) => change.severity))
  const fits = versionFits(versionOf(before), versionOf(after), severity)
  return { severity, changes, ...(fits !== undefined && { versionFits: fits }) }
}

/**
 * Compares with every version that somebody may still read or have kept, oldest first. That each step was harmless does not say that all
 * of them are: a column that went and came back with another type meets its old values in what was kept from before.
 */
export function compareWithHistory(history: readonly Json[], after: Json, options: CompareOptions = {}): Compatibility {
  const [last, ...earlier] = history.toReversed()
  const newest = last === undefined ? { severity: 'none' as const, changes: [] } : compareContracts(last, after, options)
  const known = new Set(newest.changes.map(({ path, reason }) => `${path}\0${reason}`))
  const older = earlier.flatMap((before) => {
    const version = isObj(before) ? textOf(before['version']) : undefined
    return compareContracts(before, after, options).changes.flatMap((change): readonly ContractChange[] => {
      const key = `${change.path}\0${change.reason}`
      if (change.severity !== 'breaking' || known.has(key)) return []
      known.add(key)
      return [{ ...change, reason: `${change.reason} (since ${version ?? 'an earlier version'})` }]
    })
  })
  if (older.length === 0) return newest
  const fits = versionFits(last === undefined ? undefined : versionOf(last), versionOf(after), 'breaking')
  return { severity: 'breaking', changes: [...newest.changes, ...older], ...(fits !== undefined && { versionFits: fits }) }
}

function compareSchemas(before: Json, after: Json, port: PortKind): readonly Found[] {
  const pairs = pairByName(schemaOf(before), schemaOf(after), port)
  const met = new Set(pairs.values())
  return [
    ...[...pairs].flatMap(([object, next]): readonly Found[] => {
      const name = nameOf(object)
      if (next === undefined) return [{ path: name, effect: { forward: 'breaking', backward: 'none', reason: 'is removed with all its columns' } }]
      return [...compareColumns(name, propertiesOf(object), propertiesOf(next), port), ...compareRules(object, next).map((reason) => ({ path: name, effect: both('minor', reason) }))]
    }),
    ...schemaOf(after).filter((object) => !met.has(object)).map((object) => ({ path: nameOf(object), effect: both('minor', 'is added') })),
  ]
}

/** The sections that consumers live by, and the one of their members that names an entry. */
function compareSections(before: Obj, after: Obj): readonly Found[] {
  return [
    ...compareEntries('servers', 'server', before, after, (was, is) => {
      const moved = WHERE.filter((key) => was[key] !== is[key])
      return moved.length > 0 ? both('breaking', `is at another place (${moved.join(', ')})`) : both('minor', 'is described otherwise')
    }, 'breaking'),
    ...compareEntries('slaProperties', 'property', before, after, (was, is) => both('minor', `changes from ${short(was['value'])} to ${short(is['value'])}`), 'minor'),
    ...compareEntries('roles', 'role', before, after, () => both('minor', 'gives other access'), 'minor'),
    ...plain.filter(([key]) => canonicalJson(before[key] ?? null) !== canonicalJson(after[key] ?? null)).map(([key, severity]) => ({ path: key, effect: both(severity, `changes${key === 'status' ? ` from ${short(before[key])} to ${short(after[key])}` : ''}`) })),
  ]
}

const plain: readonly (readonly [string, ChangeSeverity])[] = [['status', 'minor'], ['price', 'minor'], ['support', 'none'], ['team', 'none'], ['description', 'none'], ['tags', 'none']]
const WHERE = ['type', 'host', 'port', 'account', 'project', 'catalog', 'database', 'dataset', 'schema', 'location', 'path', 'endpointUrl', 'serviceName', 'stream', 'format', 'delimiter'] as const
const short = (value: Json | undefined): string => JSON.stringify(value ?? null).slice(0, 80)

function compareEntries(section: string, key: string, before: Obj, after: Obj, judge: (was: Obj, is: Obj) => Found['effect'], gone: ChangeSeverity): readonly Found[] {
  const entries = (document: Obj): ReadonlyMap<string, Obj> => new Map(objsOf(document[section]).map((entry, i) => [textOf(entry[key]) ?? String(i), entry]))
  const [was, is] = [entries(before), entries(after)]
  return [
    ...[...was].flatMap(([name, entry]): readonly Found[] => {
      const next = is.get(name)
      if (next === undefined) return [{ path: `${section}.${name}`, effect: { forward: gone, backward: 'none', reason: 'is removed' } }]
      return canonicalJson(entry) === canonicalJson(next) ? [] : [{ path: `${section}.${name}`, effect: judge(entry, next) }]
    }),
    ...[...is.keys()].filter((name) => !was.has(name)).map((name) => ({ path: `${section}.${name}`, effect: both('minor', 'is added') })),
  ]
}

const versionOf = (document: Json): readonly number[] | undefined => {
  const [, ...parts] = /^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?/u.exec(isObj(document) ? String(document['version'] ?? '') : '') ?? []
  return parts.length === 0 ? undefined : parts.map((part) => Number(part ?? 0))
}

function versionFits(before: readonly number[] | undefined, after: readonly number[] | undefined, severity: ChangeSeverity): boolean | undefined {
  if (before === undefined || after === undefined) return undefined
  const [major = 0, minor = 0] = before
  const [newMajor = 0, newMinor = 0] = after
  if (severity === 'breaking') return newMajor > major
  return severity === 'none' || newMajor > major || (newMajor === major && newMinor > minor)
}
