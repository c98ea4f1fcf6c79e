// Namespaces by the protocol. Those of data products are there as long as the product is, and only to be looked at.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { levelsOf, parseLevels, parseNamespace } from './names.ts'
import { pageOf } from './pages.ts'
import { messages } from './messages.ts'
import { badRequest, jsonReply, NO_CONTENT } from './replies.ts'
import { seeNamespace } from './rights.ts'
import type { Call, FreeNamespace, Handler } from './types.ts'

export const listNamespaces: Handler = async (call) => {
  const asked = call.query.get('parent') ?? ''
  const parent = asked === '' ? ok('') : parseNamespace(asked)
  if (!parent.ok) return parent
  const names = await namesSeen(call)
  const below = parent.value === '' ? '' : `${parent.value}.`
  // A namespace is there where one below it is.
  if (parent.value !== '' && !names.some((name) => name === parent.value || name.startsWith(below))) return fail(messages['namespace-missing']({ namespace: parent.value }))
  const depth = below.split('.').length
  const children = new Set(names.filter((name) => name.startsWith(below) && name !== parent.value).map((name) => levelsOf(name).slice(0, depth).join('.')))
  const page = pageOf([...children], (name) => name, call.query)
  return page.ok ? jsonReply({ namespaces: page.value.items.map(levelsOf), 'next-page-token': page.value.next }) : page
}

async function namesSeen({ authority, room }: Call): Promise<readonly string[]> {
  const governed = (await authority.governed()).map((namespace) => namespace.name)
  if (!authority.free.allowed) return governed
  const free: string[] = []
  for (const { name } of await room.namespaces.list()) if (!(await authority.isGoverned(name))) free.push(name)
  return [...governed, ...free]
}

export const createNamespace: Handler = async ({ authority, room, body }) => {
  const name = parseLevels(body.get('namespace').list().map((level) => level.text()))
  const properties = body.get('properties').present ? body.get('properties').texts() : {}
  if (body.findings.length > 0) return badRequest(body)
  if (!name.ok) return name
  if (!authority.free.allowed) return fail(messages['catalog-forbidden']({ reason: authority.free.reason }))
  const made = !(await authority.isGoverned(name.value)) && (await room.namespaces.create({ name: name.value, properties }))
  return made ? jsonReply({ namespace: levelsOf(name.value), properties }) : fail(messages['namespace-exists']({ namespace: name.value }))
}

export const loadNamespace: Handler = async (call) => {
  const seen = await seeNamespace(call, call.names.namespace)
  return seen.ok ? jsonReply({ namespace: levelsOf(call.names.namespace), properties: seen.value.namespace.properties }) : seen
}

export const namespaceExists: Handler = async (call) => {
  const seen = await seeNamespace(call, call.names.namespace)
  return seen.ok ? ok(NO_CONTENT) : seen
}

export const dropNamespace: Handler = async (call) => {
  const free = await freeNamespace(call)
  if (!free.ok) return free
  const { room, names: { namespace } } = call
  const [tables, views, all] = await Promise.all([room.lake.catalog.list(namespace), room.views.list(namespace), room.namespaces.list()])
  if (tables.length > 0 || views.length > 0 || all.some((other) => other.name.startsWith(`${namespace}.`))) return fail(messages['namespace-not-empty']({ namespace }))
  return (await room.namespaces.drop(namespace)) ? ok(NO_CONTENT) : fail(messages['namespace-missing']({ namespace }))
}

export const updateProperties: Handler = async (call) => {
  const { body, room, names: { namespace } } = call
  const removals = body.get('removals').present ? body.get('removals').list().map((key) => key.text()) : []
  const updates = body.get('updates').present ? body.get('updates').texts() : {}
  if (body.findings.length > 0) return badRequest(body)
  const free = await freeNamespace(call)
  if (!free.ok) return free
  const twice = removals.find((key) => Object.hasOwn(updates, key))
  if (twice !== undefined) return fail(messages['namespace-properties-overlap']({ key: twice.slice(0, 100) }))
  let before: FreeNamespace['properties'] = {}
  const changed = await room.namespaces.change(namespace, (properties) => {
    before = properties
    return { ...Object.fromEntries(Object.entries(properties).filter(([key]) => !removals.includes(key))), ...updates }
  })
  if (changed === undefined) return fail(messages['namespace-missing']({ namespace }))
  return jsonReply({ updated: Object.keys(updates), removed: removals.filter((key) => Object.hasOwn(before, key)), missing: removals.filter((key) => !Object.hasOwn(before, key)) })
}

async function freeNamespace(call: Call): Promise<Result<void>> {
  const { authority, names: { namespace } } = call
  const seen = await seeNamespace(call, namespace)
  if (!seen.ok) return seen
  if (seen.value.kind === 'governed') return fail(messages['declared-elsewhere']({ what: `The namespace ${namespace}` }))
  return authority.free.allowed ? ok(undefined) : fail(messages['catalog-forbidden']({ reason: authority.free.reason }))
}
