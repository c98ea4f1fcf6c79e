// Views by the protocol: statements kept for engines that read them. Tulle keeps them and never runs them.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { parseViewMetadata, printTableName, printViewMetadata, readSchema, readViewVersion } from '@tulle/lake'
import type { Pointer, TableName, ViewMetadata } from '@tulle/lake'
import { applyViewUpdates, readViewUpdate } from './apply-view-updates.ts'
import type { ViewUpdate } from './apply-view-updates.ts'
import { viewReply } from './bodies.ts'
import { checkLocation, newLocation } from './locations.ts'
import { messages } from './messages.ts'
import { parseName, readIdentifier } from './names.ts'
import { badRequest, NO_CONTENT } from './replies.ts'
import { mayManage, seeNamespace } from './rights.ts'
import { listReply } from './tables.ts'
import type { Call, Handler, Reply } from './types.ts'

const nameIn = ({ names }: Call): TableName => ({ namespace: names.namespace, name: names.view })
const taken = (name: TableName): Result<never> => fail(messages['catalog-name-taken']({ name: printTableName(name) }))

export const listViews: Handler = async (call) => {
  const seen = await seeNamespace(call, call.names.namespace)
  if (!seen.ok) return seen
  return listReply(call, seen.value.kind === 'free' ? (await call.room.views.list(call.names.namespace)).map((view) => view.name) : [])
}

export const createView: Handler = async (call) => {
  const { body, room: { lake, views } } = call
  const name = parseName(body.get('name').text())
  const schema = readSchema(body.get('schema'), 0)
  const version = readViewVersion(body.get('view-version'))
  const properties = body.get('properties').present ? body.get('properties').texts() : {}
  const chosen = body.get('location').present ? body.get('location').text() : undefined
  if (body.findings.length > 0) return badRequest(body)
  if (!name.ok) return name
  const view = { namespace: call.names.namespace, name: name.value }
  const allowed = await mayManage(call, view)
  if (!allowed.ok) return allowed
  if ((await lake.catalog.find(view)) !== undefined || (await views.find(view)) !== undefined) return taken(view)
  const uuid = lake.ids.uuid()
  const location = (chosen ?? newLocation(call, view, uuid)).replace(/\/+$/u, '')
  const place = await checkLocation(call, location)
  if (!place.ok) return place
  const empty: ViewMetadata = { uuid, location, currentVersionId: 0, versions: [], versionLog: [], schemas: [], properties, carried: {} }
  const metadata = applyViewUpdates(empty, [{ action: 'add-schema', schema }, { action: 'add-view-version', version: { ...version, schemaId: -1 } }, { action: 'set-current-view-version', id: -1 }])
  if (!metadata.ok) return metadata
  const made = await put(call, view, undefined, metadata.value)
  return made.ok ? (made.value === 'conflict' ? taken(view) : ok({ ...made.value, touched: [view] })) : made
}

export const loadView: Handler = async (call) => {
  const found = await findView(call, nameIn(call))
  return found.ok ? ok(viewReply(found.value.pointer.metadataLocation, found.value.metadata)) : found
}

export const viewExists: Handler = async (call) => {
  const found = await findPointer(call, nameIn(call))
  return found.ok ? ok(NO_CONTENT) : found
}

export const replaceView: Handler = async (call) => {
  const { body } = call
  const updates = body.get('updates').list().map(readViewUpdate)
  const required = body.get('requirements').present ? body.get('requirements').list().map((json) => {
    json.get('type').oneOf(['assert-view-uuid'])
    return json.get('uuid').text()
  }) : []
  if (body.findings.length > 0) return badRequest(body)
  return replace(call, updates, required)
}

async function replace(call: Call, updates: readonly ViewUpdate[], required: readonly string[]): Promise<Result<Reply>> {
  const found = await findView(call, nameIn(call))
  if (!found.ok) return found
  const { pointer, metadata } = found.value
  const other = required.find((uuid) => uuid.toLowerCase() !== metadata.uuid)
  if (other !== undefined) return fail(messages['requirement-failed']({ table: printTableName(nameIn(call)), requirement: 'assert-view-uuid', found: `it has ${metadata.uuid}, not ${other.slice(0, 100)}` }))
  const next = applyViewUpdates(metadata, updates)
  if (!next.ok) return next
  const done = await put(call, nameIn(call), pointer, next.value)
  return done.ok ? (done.value === 'conflict' ? replace(call, updates, required) : ok(done.value)) : done
}

export const dropView: Handler = async (call) => {
  const found = await findPointer(call, nameIn(call))
  if (!found.ok) return found
  await call.room.views.swap([{ name: nameIn(call), expected: found.value, next: undefined }])
  return ok(NO_CONTENT)
}

export const renameView: Handler = async (call) => {
  const { lake, views } = call.room
  const [source, destination] = [readIdentifier(call.body.get('source')), readIdentifier(call.body.get('destination'))]
  if (call.body.findings.length > 0) return badRequest(call.body)
  if (!source.ok) return source
  if (!destination.ok) return destination
  const found = await findPointer(call, source.value)
  if (!found.ok) return found
  const there = await seeNamespace(call, destination.value.namespace)
  if (!there.ok) return there
  const allowed = await mayManage(call, destination.value)
  if (!allowed.ok) return allowed
  if ((await lake.catalog.find(destination.value)) !== undefined) return taken(destination.value)
  const outcome = await views.swap([{ name: source.value, expected: found.value, next: undefined }, { name: destination.value, expected: undefined, next: found.value }])
  return outcome === 'swapped' ? ok({ ...NO_CONTENT, touched: [source.value, destination.value] }) : taken(destination.value)
}

async function findPointer(call: Call, name: TableName): Promise<Result<Pointer>> {
  const seen = await seeNamespace(call, name.namespace)
  const pointer = seen.ok && seen.value.kind === 'free' ? await call.room.views.find(name) : undefined
  return pointer === undefined ? fail(messages['view-missing']({ view: printTableName(name) })) : ok(pointer)
}

async function findView(call: Call, name: TableName): Promise<Result<{ readonly pointer: Pointer; readonly metadata: ViewMetadata }>> {
  const pointer = await findPointer(call, name)
  if (!pointer.ok) return pointer
  const bytes = await call.room.lake.objects.read(pointer.value.metadataLocation)
  if (!bytes.ok) return bytes
  const metadata = parseViewMetadata(Buffer.from(bytes.value).toString('utf8'), pointer.value.metadataLocation)
  return metadata.ok ? ok({ pointer: pointer.value, metadata: metadata.value }) : metadata
}

/** Writes the next metadata file and moves the pointer to it. */
async function put(call: Call, name: TableName, expected: Pointer | undefined, metadata: ViewMetadata): Promise<Result<Reply | 'conflict'>> {
  const { lake, views } = call.room
  const folder = lake.objects.pathOf(metadata.location)
  if (!folder.ok) return folder
  const file = `${folder.value}/metadata/${String(metadata.versions.length).padStart(5, '0')}-${lake.ids.uuid()}.metadata.json`
  const written = await lake.objects.create(file, Buffer.from(printViewMetadata(metadata), 'utf8'))
  if (!written.ok) return written
  const outcome = await views.swap([{ name, expected, next: { uuid: metadata.uuid, metadataLocation: written.value } }])
  return ok(outcome === 'swapped' ? viewReply(written.value, metadata) : 'conflict')
}
