// Tables by the protocol: found, made, changed, named anew, given up.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { checkInside, commit, loadTable, printTableName, readMetadataFile, readSchema, readSortOrder, tableOf } from '@tulle/lake'
import type { Pointer, Table, TableName } from '@tulle/lake'
import { commitTables, newMetadata, stageNew } from './commit-tables.ts'
import { checkLocation } from './locations.ts'
import { asPublished, etagOf, partReply, stagedReply, tableReply } from './bodies.ts'
import { mayManage, mayRead, mayWrite, partOf, seeNamespace, tableMissing } from './rights.ts'
import { messages } from './messages.ts'
import { levelsOf, parseName, readIdentifier } from './names.ts'
import { pageOf } from './pages.ts'
import { readSpecFields, readTableChange } from './parse-commit.ts'
import type { TableUpdate } from './parse-commit.ts'
import { badRequest, jsonReply, NO_CONTENT } from './replies.ts'
import type { Call, Handler, Reply } from './types.ts'

const nameIn = ({ names }: Call): TableName => ({ namespace: names.namespace, name: names.table })

export const listTables: Handler = async (call) => {
  const { namespace } = call.names
  const seen = await seeNamespace(call, namespace)
  if (!seen.ok) return seen
  const names = seen.value.kind === 'governed' ? seen.value.namespace.tables.map((table) => table.name) : (await call.room.lake.catalog.list(namespace)).map((table) => table.name)
  return listReply(call, names)
}

/** A page of identifiers. */
export function listReply(call: Call, names: readonly string[]): Result<Reply> {
  const page = pageOf(names, (name) => name, call.query)
  if (!page.ok) return page
  return jsonReply({ identifiers: page.value.items.map((name) => ({ namespace: levelsOf(call.names.namespace), name })), 'next-page-token': page.value.next })
}

export const loadOneTable: Handler = async (call) => {
  const snapshots = call.query.get('snapshots') ?? 'all'
  if (snapshots !== 'all' && snapshots !== 'refs') return fail(messages['catalog-request-invalid']({ problem: 'snapshots is "all" or "refs".' }))
  const part = await partOf(call, nameIn(call))
  if (part !== undefined) {
    const loaded = await part()
    return loaded.ok ? ok(partReply(loaded.value)) : loaded
  }
  const allowed = await mayRead(call, nameIn(call))
  if (!allowed.ok) return allowed
  const table = await loadTable(call.room.lake, nameIn(call))
  if (!table.ok) return table
  const writes = (await mayWrite(call, nameIn(call))).ok
  const etag = etagOf(table.value, writes ? snapshots : `published-${snapshots}`)
  const known = (call.ifNoneMatch ?? '').split(',').some((tag) => tag.trim().replace(/^W\//u, '') === etag)
  return ok(known ? { status: 304, headers: { etag } } : tableReply(writes ? table.value : asPublished(table.value), snapshots, etag))
}

/** A table that may be read only in part is there, too. */
export const tableExists: Handler = async (call) => {
  const name = nameIn(call)
  const seen = await seeNamespace(call, name.namespace)
  if (!seen.ok) return seen
  const there = seen.value.kind === 'governed' ? seen.value.namespace.tables.some((table) => table.name === name.name) : (await call.room.lake.catalog.find(name)) !== undefined
  return there ? ok(NO_CONTENT) : fail(tableMissing(name))
}

export const createTable: Handler = async (call) => {
  const { body, room } = call
  const name = parseName(body.get('name').text())
  const [location, properties] = [body.get('location'), body.get('properties')]
  const [spec, order] = [body.get('partition-spec'), body.get('write-order')]
  const updates: readonly TableUpdate[] = [
    ...(location.present ? [{ action: 'set-location', location: location.text() } as const] : []),
    { action: 'add-schema', schema: readSchema(body.get('schema'), 0), lastColumnId: 0 },
    { action: 'set-current-schema', id: -1 },
    { action: 'add-spec', fields: spec.present ? readSpecFields(spec) : [] },
    { action: 'set-default-spec', id: -1 },
    { action: 'add-sort-order', fields: order.present ? readSortOrder(order).fields : [] },
    { action: 'set-default-sort-order', id: -1 },
    ...(properties.present ? propertiesOf(properties.texts()) : []),
  ]
  const isStaged = body.get('stage-create').present && body.get('stage-create').boolean()
  if (body.findings.length > 0) return badRequest(body)
  if (!name.ok) return name
  const table = { namespace: call.names.namespace, name: name.value }
  const allowed = await mayManage(call, table)
  if (!allowed.ok) return allowed
  if ((await room.lake.catalog.find(table)) !== undefined || (await room.views.find(table)) !== undefined) return fail(messages['catalog-name-taken']({ name: printTableName(table) }))
  if (isStaged) {
    const metadata = await newMetadata(call, table, updates)
    return metadata.ok ? ok({ ...stagedReply(metadata.value), touched: [table] }) : metadata
  }
  const staged = await stageNew(call, table, updates)
  return staged.ok ? asNew(table, await commit(room.lake, [staged.value])) : staged
}

/** `format-version` is no property of a table but of its making. */
function propertiesOf({ 'format-version': version, ...properties }: Readonly<Record<string, string>>): readonly TableUpdate[] {
  return [...(version === undefined ? [] : [{ action: 'upgrade-format-version', version: Number(version) } as const]), { action: 'set-properties', properties }]
}

/** Of two who make the same table, the second hears that there is one. */
function asNew(name: TableName, made: Result<readonly Table[]>): Result<Reply> {
  if (made.ok) return ok({ ...tableReply(made.value[0] as Table), touched: [name] })
  return made.diagnostics[0]?.code === 'commit-conflict' ? fail(messages['catalog-name-taken']({ name: printTableName(name) })) : made
}

export const updateTable: Handler = async (call) => {
  const change = readTableChange(call.body)
  const identifier = call.body.get('identifier')
  const named = identifier.present ? readIdentifier(identifier) : ok(nameIn(call))
  if (call.body.findings.length > 0) return badRequest(call.body)
  if (!named.ok) return named
  if (printTableName(named.value) !== printTableName(nameIn(call))) return fail(messages['catalog-request-invalid']({ problem: 'The body names another table than the address.' }))
  const done = await commitTables(call, [{ ...change, name: nameIn(call) }])
  return done.ok ? ok(tableReply(done.value[0] as Table)) : done
}

export const commitTransaction: Handler = async (call) => {
  const changes = call.body.get('table-changes').list().map((json) => ({ name: readIdentifier(json.get('identifier')), ...readTableChange(json) }))
  if (call.body.findings.length > 0) return badRequest(call.body)
  const named = []
  for (const change of changes) {
    if (!change.name.ok) return change.name
    named.push({ ...change, name: change.name.value })
  }
  const done = await commitTables(call, named)
  return done.ok ? ok({ ...NO_CONTENT, touched: named.map((change) => change.name) }) : done
}

/** Purging removes the files once nothing leads to them any more; where that is not sure, or a backup copies them, they stay. */
export const dropTable: Handler = async (call) => {
  const name = nameIn(call)
  const { lake } = call.room
  const allowed = await mayRead(call, name)
  if (!allowed.ok) return allowed
  const managed = await mayManage(call, name)
  if (!managed.ok) return managed
  const pointer = await lake.catalog.find(name)
  if (pointer === undefined) return fail(tableMissing(name))
  const purge = call.query.get('purgeRequested')?.toLowerCase() === 'true'
  const table = purge ? await loadTable(lake, name) : undefined
  const outcome = await lake.catalog.swap([{ name, expected: pointer, next: undefined }])
  if (outcome === 'conflict') return dropTable(call)
  if (table?.ok === true && (await call.room.mayRemove?.()) !== false) await removeFiles(call, table.value)
  return ok(NO_CONTENT)
}

async function removeFiles({ room: { lake } }: Call, table: Table): Promise<void> {
  const folder = lake.objects.pathOf(table.location)
  if (!folder.ok) return
  for await (const address of lake.objects.list(folder.value)) await lake.objects.remove(address)
}

export const registerTable: Handler = async (call) => {
  const { body, room: { lake, views } } = call
  const name = parseName(body.get('name').text())
  const address = body.get('metadata-location').text()
  const overwrite = body.get('overwrite').present && body.get('overwrite').boolean()
  if (body.findings.length > 0) return badRequest(body)
  if (!name.ok) return name
  const table = { namespace: call.names.namespace, name: name.value }
  const allowed = await mayManage(call, table)
  if (!allowed.ok) return allowed
  if (overwrite) return fail(messages['catalog-request-invalid']({ problem: 'A table that is there is changed by a commit, not overwritten.' }))
  if ((await lake.catalog.find(table)) !== undefined || (await views.find(table)) !== undefined) return fail(messages['catalog-name-taken']({ name: printTableName(table) }))
  const pointer = await registered(call, address)
  if (!pointer.ok) return pointer
  if ((await lake.catalog.swap([{ name: table, expected: undefined, next: pointer.value.pointer }])) === 'conflict') return fail(messages['catalog-name-taken']({ name: printTableName(table) }))
  return ok({ ...tableReply(tableOf(table, address, pointer.value.table, pointer.value.pointer)), touched: [table] })
}

/** INVARIANT: where the file lies is checked before it is read, and what it says before it is pointed to. */
async function registered(call: Call, address: string): Promise<Result<{ readonly pointer: Pointer; readonly table: Table['metadata'] }>> {
  const { lake } = call.room
  const folder = address.replace(/\/metadata\/[^/]+$/u, '')
  const place = await checkLocation(call, folder)
  if (!place.ok) return place
  const metadata = await readMetadataFile(lake, address)
  if (!metadata.ok) return fail(...metadata.diagnostics.slice(0, 5).map((d) => messages['catalog-request-invalid']({ problem: d.message })))
  const inside = checkInside(lake, metadata.value.location, address, 'the request')
  if (!inside.ok) return inside
  const own = await checkLocation(call, metadata.value.location)
  if (!own.ok) return own
  const uuid = metadata.value.uuid === '' ? lake.ids.uuid() : metadata.value.uuid
  return ok({ pointer: { uuid, metadataLocation: address }, table: { ...metadata.value, uuid } })
}

export const renameTable: Handler = async (call) => {
  const { lake, views } = call.room
  const [source, destination] = [readIdentifier(call.body.get('source')), readIdentifier(call.body.get('destination'))]
  if (call.body.findings.length > 0) return badRequest(call.body)
  if (!source.ok) return source
  if (!destination.ok) return destination
  const readable = await mayRead(call, source.value)
  if (!readable.ok) return readable
  for (const name of [source.value, destination.value]) {
    const allowed = await mayManage(call, name)
    if (!allowed.ok) return allowed
  }
  const pointer = await lake.catalog.find(source.value)
  if (pointer === undefined) return fail(tableMissing(source.value))
  if ((await views.find(destination.value)) !== undefined) return fail(messages['catalog-name-taken']({ name: printTableName(destination.value) }))
  const outcome = await lake.catalog.swap([{ name: source.value, expected: pointer, next: undefined }, { name: destination.value, expected: undefined, next: pointer }])
  return outcome === 'swapped' ? ok({ ...NO_CONTENT, touched: [source.value, destination.value] }) : fail(messages['catalog-name-taken']({ name: printTableName(destination.value) }))
}

/** Reports are checked and counted by the audit; nothing is decided by them. */
export const reportMetrics: Handler = async (call) => {
  const { body } = call
  const type = body.get('report-type').text()
  body.get('table-name').text()
  body.get('snapshot-id').long()
  body.get('metrics').members()
  if (type === 'commit-report') {
    body.get('sequence-number').long()
    body.get('operation').text()
  } else {
    body.get('schema-id').integer()
    body.get('projected-field-ids').list().map((id) => id.integer())
    body.get('projected-field-names').list().map((name) => name.text())
  }
  if (body.findings.length > 0) return badRequest(body)
  const allowed = (await partOf(call, nameIn(call))) === undefined ? await mayRead(call, nameIn(call)) : ok(undefined)
  if (!allowed.ok) return allowed
  return (await call.room.lake.catalog.find(nameIn(call))) === undefined ? fail(tableMissing(nameIn(call))) : ok(NO_CONTENT)
}
