// A request of the Iceberg REST protocol to its answer. Knows no HTTP server: whoever mounts it brings the caller's rights.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { JsonReader, parseExactJson } from '@tulle/lake'
import { errorAnswer } from './answers.ts'
import { messages } from './messages.ts'
import { createNamespace, dropNamespace, listNamespaces, loadNamespace, namespaceExists, updateProperties } from './namespaces.ts'
import { parseName, parseNamespace } from './names.ts'
import { jsonReply } from './replies.ts'
import { matchRoute, printEndpoint, ROUTES } from './routes.ts'
import type { Matched } from './routes.ts'
import { commitTransaction, createTable, dropTable, listTables, loadOneTable, registerTable, renameTable, reportMetrics, tableExists, updateTable } from './tables.ts'
import type { Authority, Call, CatalogAnswer, CatalogRequest, CatalogRoom, Handler, Operation } from './types.ts'
import { createView, dropView, listViews, loadView, renameView, replaceView, viewExists } from './views.ts'

const getConfig: Handler = async ({ query, room }) => {
  const asked = query.get('warehouse') ?? ''
  if (asked !== '' && asked !== room.warehouse) return fail(messages['warehouse-unknown']({ warehouse: asked, known: room.warehouse }))
  // A token is as good as its session: there is nothing to exchange it for.
  return jsonReply({ defaults: { 'token-refresh-enabled': 'false' }, overrides: {}, endpoints: ROUTES.filter((route) => route.operation !== 'getConfig').map(printEndpoint) })
}

const HANDLERS: Readonly<Record<Operation, Handler>> = {
  getConfig, listNamespaces, createNamespace, loadNamespaceMetadata: loadNamespace, namespaceExists, dropNamespace, updateProperties,
  listTables, createTable, loadTable: loadOneTable, tableExists, updateTable, dropTable, registerTable, renameTable, reportMetrics,
  commitTransaction, listViews, createView, loadView, viewExists, replaceView, dropView, renameView,
}

/** Answers a request of a caller who is known. What goes wrong inside is thrown. */
export async function serveCatalog(room: CatalogRoom, authority: Authority, request: CatalogRequest): Promise<CatalogAnswer> {
  const matched = matchRoute(request.method, request.path)
  if (matched === undefined) return errorAnswer([messages['catalog-route-missing']({ method: request.method, path: request.path.slice(0, 200) })])
  const { operation, audited } = matched.route
  const call = callOf(room, authority, request, matched)
  const reply = call.ok ? await HANDLERS[operation](call.value) : call
  if (audited) {
    const { namespace, table, view } = matched.segments
    const named = namespace === undefined ? [] : [{ namespace: namespace.replaceAll('\u001f', '.').slice(0, 200), name: (table ?? view ?? '').slice(0, 200) }]
    const recorded = await authority.record({
      operation,
      tables: reply.ok ? (reply.value.touched ?? named) : named,
      outcome: reply.ok ? 'ok' : (reply.diagnostics[0]?.code ?? 'internal-error'),
      reasons: reply.ok ? [] : reply.diagnostics.map((d) => d.message),
    })
    if (!recorded.ok) return errorAnswer(recorded.diagnostics, operation)
  }
  if (!reply.ok) return errorAnswer(reply.diagnostics, operation)
  const { status, headers = {}, body } = reply.value
  return { status, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers }, ...(body !== undefined && { body }) }
}

function callOf(room: CatalogRoom, authority: Authority, request: CatalogRequest, { route, segments }: Matched): Result<Call> {
  const namespace = segments['namespace'] === undefined ? ok('') : parseNamespace(segments['namespace'])
  if (!namespace.ok) return namespace
  const table = segments['table'] === undefined ? ok('') : parseName(segments['table'])
  if (!table.ok) return table
  const view = segments['view'] === undefined ? ok('') : parseName(segments['view'])
  if (!view.ok) return view
  const body = route.method === 'POST' ? parseExactJson(request.body, 'The request body') : ok(null)
  if (!body.ok) return fail(...body.diagnostics.map((d) => messages['catalog-request-invalid']({ problem: d.message })))
  return ok({
    room, authority, query: request.query, ifNoneMatch: request.ifNoneMatch,
    names: { namespace: namespace.value, table: table.value, view: view.value },
    body: new JsonReader(body.value, 'The request body'),
  })
}
