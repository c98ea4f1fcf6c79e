// The protocol's endpoints that are served here, as data: what is advertised, matched and tested is this table.

import type { Operation } from './types.ts'

export interface Route {
  readonly operation: Operation
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  /** Below the catalogue's address; `{…}` is one segment. */
  readonly path: string
  /** What may be answered, beside 401 and 503 which any request may get. */
  readonly statuses: readonly number[]
  readonly audited: boolean
}

const NAMESPACE = '/v1/namespaces/{namespace}'
const route = (operation: Operation, method: Route['method'], path: string, statuses: readonly number[], audited = false): Route => ({ operation, method, path, statuses, audited })

export const ROUTES: readonly Route[] = [
  route('getConfig', 'GET', '/v1/config', [200, 404]),
  route('listNamespaces', 'GET', '/v1/namespaces', [200, 400, 404]),
  route('createNamespace', 'POST', '/v1/namespaces', [200, 400, 403, 409], true),
  route('loadNamespaceMetadata', 'GET', NAMESPACE, [200, 400, 404]),
  route('namespaceExists', 'HEAD', NAMESPACE, [204, 400, 404]),
  route('dropNamespace', 'DELETE', NAMESPACE, [204, 400, 403, 404, 409], true),
  route('updateProperties', 'POST', `${NAMESPACE}/properties`, [200, 400, 403, 404, 422], true),
  route('listTables', 'GET', `${NAMESPACE}/tables`, [200, 400, 404]),
  route('createTable', 'POST', `${NAMESPACE}/tables`, [200, 400, 403, 404, 409], true),
  route('loadTable', 'GET', `${NAMESPACE}/tables/{table}`, [200, 304, 400, 403, 404, 500], true),
  route('tableExists', 'HEAD', `${NAMESPACE}/tables/{table}`, [204, 400, 404]),
  route('updateTable', 'POST', `${NAMESPACE}/tables/{table}`, [200, 400, 403, 404, 409, 500], true),
  route('dropTable', 'DELETE', `${NAMESPACE}/tables/{table}`, [204, 400, 403, 404], true),
  route('registerTable', 'POST', `${NAMESPACE}/register`, [200, 400, 403, 404, 409], true),
  route('reportMetrics', 'POST', `${NAMESPACE}/tables/{table}/metrics`, [204, 400, 404], true),
  route('renameTable', 'POST', '/v1/tables/rename', [204, 400, 403, 404, 409], true),
  route('commitTransaction', 'POST', '/v1/transactions/commit', [204, 400, 403, 404, 409, 500], true),
  route('listViews', 'GET', `${NAMESPACE}/views`, [200, 400, 404]),
  route('createView', 'POST', `${NAMESPACE}/views`, [200, 400, 403, 404, 409], true),
  route('loadView', 'GET', `${NAMESPACE}/views/{view}`, [200, 400, 404], true),
  route('viewExists', 'HEAD', `${NAMESPACE}/views/{view}`, [204, 400, 404]),
  route('replaceView', 'POST', `${NAMESPACE}/views/{view}`, [200, 400, 404, 409], true),
  route('dropView', 'DELETE', `${NAMESPACE}/views/{view}`, [204, 400, 404], true),
  route('renameView', 'POST', '/v1/views/rename', [204, 400, 404, 409], true),
]

/** As `GET /v1/config` advertises it: with the prefix that the protocol's description has. */
export const printEndpoint = ({ method, path }: Route): string => `${method} ${path === '/v1/config' ? path : path.replace('/v1/', '/v1/{prefix}/')}`

export interface Matched { readonly route: Route; readonly segments: Readonly<Record<string, string>> }

/**
 * Finds the route of an undecoded path. Segments are decoded once, after the path is cut: what is encoded twice, or hides
 * a slash, stays inside its name and is refused there.
 */
export function matchRoute(method: string, path: string): Matched | undefined {
  const given = path.split('/')
  for (const route of ROUTES) {
    if (route.method !== method) continue
    const segments = matchPath(route.path.split('/'), given)
    if (segments !== undefined) return { route, segments }
  }
  return undefined
}

function matchPath(wanted: readonly string[], given: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (wanted.length !== given.length) return undefined
  const segments: Record<string, string> = {}
  for (const [i, want] of wanted.entries()) {
    const text = given[i] ?? ''
    if (!want.startsWith('{')) {
      if (want !== text) return undefined
      continue
    }
    const decoded = decode(text)
    if (decoded === undefined) return undefined
    segments[want.slice(1, -1)] = decoded
  }
  return segments
}

function decode(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}
