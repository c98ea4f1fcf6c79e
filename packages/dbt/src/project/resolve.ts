// What nodes mean by the names that they read, and whether they may.

import type { Diagnostic } from '@tulle/kernel'
import { didYouMean, orderByDependencies } from '@tulle/kernel'
import type { MacroIndex } from '../context/macro-index.ts'
import { messages } from '../messages.ts'
import { placeOf } from '../jinja/limits.ts'
import type { Group, Node, Package, ProjectSettings, RefCall, Source } from '../types.ts'
import type { Draft } from './draft.ts'
import { enabled } from './draft.ts'
import { usedMacros } from './read-macros.ts'

export interface Resolved {
  readonly nodes: ReadonlyMap<string, Node>
  readonly disabled: ReadonlyMap<string, Node>
  readonly byName: ReadonlyMap<string, readonly Named[]>
}
type Named = Pick<Node, 'id' | 'name' | 'package' | 'version' | 'latestVersion'>

const REFERABLE = new Set(['model', 'seed', 'snapshot'])

/** The node that a `ref` means: that of the package it names, else of its own, else any. Without a version, the latest. */
export function findNode<N extends Named>({ byName, nodes }: { readonly byName: ReadonlyMap<string, readonly Named[]>; readonly nodes: ReadonlyMap<string, N> }, { package: pack, name, version }: RefCall, forPackage: string): N | undefined {
  const named = (byName.get(name) ?? []).filter((one) => (pack === undefined || one.package === pack) && (version === undefined ? one.version === undefined || one.version === one.latestVersion : one.version === version))
  const found = named.find((one) => one.package === forPackage) ?? named[0]
  return found === undefined ? undefined : nodes.get(found.id)
}

interface ToResolve {
  readonly drafts: ReadonlyMap<string, Draft>
  readonly sources: ReadonlyMap<string, Source>
  readonly packages: ReadonlyMap<string, Package>
  readonly index: MacroIndex
  readonly settings: ProjectSettings
  readonly groups: ReadonlyMap<string, Group>
  readonly found: Diagnostic[]
}

export function resolveNodes({ drafts, sources, packages, index, settings, groups, found }: ToResolve): Resolved {
  const live = new Map([...drafts].filter(([, draft]) => enabled(draft.config)))
  const byName = new Map<string, Draft[]>()
  for (const draft of live.values()) {
    if (!REFERABLE.has(draft.type)) continue
    const named = byName.get(draft.name)
    if (named === undefined) byName.set(draft.name, [draft])
    else named.push(draft)
  }
  const sourceIds = new Map([...sources.values()].map((one) => [`${one.package}\u0000${one.source}\u0000${one.name}`, one.id]))
  const groupNames = new Set([...groups.values()].map((group) => group.name))
  const nodes = new Map<string, Node>()
  const disabled = new Map<string, Node>()
  for (const draft of drafts.values()) {
    const { entry: _entry, ...facts } = draft
    if (!live.has(draft.id)) {
      disabled.set(draft.id, { ...facts, needs: [], macros: [] })
      continue
    }
    const needs = new Set<string>()
    let lost = false
    for (const call of draft.refs) {
      const to = findNode({ byName, nodes: live }, call, draft.package)
      if (to !== undefined) {
        needs.add(to.id)
        checkAccess(draft, to, call, found)
      } else if (foreignOf(call, packages, settings) !== undefined) {
        const { schema = '', name = '' } = foreignOf(call, packages, settings) ?? {}
        needs.add(`foreign.${schema}.${name}`)
      } else {
        lost = true
        if (draft.type === 'test' && isDisabled(call, drafts)) break
        found.push(messages['dbt-ref-unknown']({ ref: shown(call), of: `The ${draft.type} "${draft.name}"`, hint: isDisabled(call, drafts) ? ' It is disabled.' : didYouMean(call.name, [...byName.keys()]) }, { place: placeOfCall(draft, call.name) }))
      }
    }
    for (const [source, table] of draft.sources) {
      const id = sourceIds.get(`${draft.package}\u0000${source}\u0000${table}`) ?? [...sources.values()].find((one) => one.source === source && one.name === table)?.id
      if (id !== undefined) needs.add(id)
      else if (settings.sourceAddress?.(source, table) !== undefined) needs.add(`source.${draft.package}.${source}.${table}`)
      else {
        lost = true
        found.push(messages['dbt-source-unknown']({ source: `${source}.${table}`, of: `The ${draft.type} "${draft.name}"`, hint: didYouMean(table, [...sources.values()].map((one) => one.name)) }, { place: placeOfCall(draft, table) }))
      }
    }
    if (draft.group !== undefined && !groupNames.has(draft.group)) found.push(messages['dbt-group-unknown']({ group: draft.group, of: draft.name, hint: didYouMean(draft.group, [...groupNames]) }, { place: { file: draft.file, line: 1, column: 1 } }))
    // A test of something that is not there any more is no test.
    if (lost && draft.type === 'test') disabled.set(draft.id, { ...facts, needs: [], macros: [] })
    else nodes.set(draft.id, { ...facts, needs: [...needs].toSorted(), macros: usedMacros(index, draft.template.body, draft.package) })
  }
  const { circles } = orderByDependencies(new Map([...nodes.values()].map((node) => [node.id, node.needs.filter((id) => nodes.has(id))])))
  for (const circle of circles) {
    const first = nodes.get(circle[0] ?? '')
    found.push(messages['dbt-circle']({ circle: circle.map((id) => nodes.get(id)?.name ?? id) }, first === undefined ? {} : { place: { file: first.file, line: 1, column: 1 } }))
  }
  return { nodes, disabled, byName }
}

function checkAccess(from: Draft, to: Draft, call: RefCall, found: Diagnostic[]): void {
  if (from.type === 'test' && from.test !== undefined) return
  if (to.access === 'private' && to.group !== from.group) found.push(messages['dbt-access']({ from: from.name, to: to.name, why: `private to the group "${to.group ?? ''}"` }, { place: placeOfCall(from, call.name) }))
  if (to.access === 'protected' && to.config['restrict-access'] === true && to.package !== from.package) found.push(messages['dbt-access']({ from: from.name, to: to.name, why: `protected in the project "${to.package}"` }, { place: placeOfCall(from, call.name) }))
}

/** A package of the folder holds what it says; the project itself may stand for its product. */
const foreignOf = ({ package: pack, name, version }: RefCall, packages: ReadonlyMap<string, Package>, settings: ProjectSettings) =>
  (pack === undefined || packages.get(pack)?.root !== false ? settings.foreign?.(pack, name, version) : undefined)

const isDisabled = ({ name, package: pack }: RefCall, drafts: ReadonlyMap<string, Draft>): boolean => [...drafts.values()].some((one) => one.name === name && (pack === undefined || one.package === pack) && !enabled(one.config) && REFERABLE.has(one.type))
const shown = ({ package: pack, name, version }: RefCall): string => `${pack === undefined ? '' : `${pack}.`}${name}${version === undefined ? '' : `, version ${version}`}`

function placeOfCall({ file, template }: Draft, name: string) {
  const at = template.text.search(new RegExp(`['"]${name.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')}['"]`, 'u'))
  return at === -1 ? { file, line: 1, column: 1 } : { ...placeOf(file, template.text, at + 1), length: name.length }
}
