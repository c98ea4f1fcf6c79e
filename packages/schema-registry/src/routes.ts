// The addresses of Confluent's API that are served here, as data.

export type Operation =
  | 'root' | 'types' | 'contexts' | 'schemas' | 'schemaById' | 'schemaTextById' | 'subjectsOfId' | 'versionsOfId' | 'subjects' | 'lookup' | 'deleteSubject' | 'versions' | 'register' | 'version' | 'versionText' | 'referencedBy' | 'deleteVersion'
  | 'testVersion' | 'testAll' | 'getConfig' | 'setConfig' | 'dropConfig' | 'getMode' | 'setMode' | 'dropMode' | 'serverId' | 'serverVersion'

interface Route { readonly operation: Operation; readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'; /** `{…}` is one segment. */ readonly path: string; readonly changes?: boolean }

const SUBJECT = '/subjects/{subject}'
const VERSION = `${SUBJECT}/versions/{version}`

export const ROUTES: readonly Route[] = [
  { operation: 'root', method: 'GET', path: '/' },
  { operation: 'types', method: 'GET', path: '/schemas/types' },
  { operation: 'contexts', method: 'GET', path: '/contexts' },
  { operation: 'schemas', method: 'GET', path: '/schemas' },
  { operation: 'schemaById', method: 'GET', path: '/schemas/ids/{id}' },
  { operation: 'schemaTextById', method: 'GET', path: '/schemas/ids/{id}/schema' },
  { operation: 'subjectsOfId', method: 'GET', path: '/schemas/ids/{id}/subjects' },
  { operation: 'versionsOfId', method: 'GET', path: '/schemas/ids/{id}/versions' },
  { operation: 'subjects', method: 'GET', path: '/subjects' },
  { operation: 'lookup', method: 'POST', path: SUBJECT },
  { operation: 'deleteSubject', method: 'DELETE', path: SUBJECT, changes: true },
  { operation: 'versions', method: 'GET', path: `${SUBJECT}/versions` },
  { operation: 'register', method: 'POST', path: `${SUBJECT}/versions`, changes: true },
  { operation: 'version', method: 'GET', path: VERSION },
  { operation: 'versionText', method: 'GET', path: `${VERSION}/schema` },
  { operation: 'referencedBy', method: 'GET', path: `${VERSION}/referencedby` },
  { operation: 'deleteVersion', method: 'DELETE', path: VERSION, changes: true },
  { operation: 'testVersion', method: 'POST', path: '/compatibility/subjects/{subject}/versions/{version}' },
  { operation: 'testAll', method: 'POST', path: '/compatibility/subjects/{subject}/versions' },
  { operation: 'getConfig', method: 'GET', path: '/config' },
  { operation: 'setConfig', method: 'PUT', path: '/config', changes: true },
  { operation: 'dropConfig', method: 'DELETE', path: '/config', changes: true },
  { operation: 'getConfig', method: 'GET', path: '/config/{subject}' },
  { operation: 'setConfig', method: 'PUT', path: '/config/{subject}', changes: true },
  { operation: 'dropConfig', method: 'DELETE', path: '/config/{subject}', changes: true },
  { operation: 'getMode', method: 'GET', path: '/mode' },
  { operation: 'setMode', method: 'PUT', path: '/mode', changes: true },
  { operation: 'getMode', method: 'GET', path: '/mode/{subject}' },
  { operation: 'setMode', method: 'PUT', path: '/mode/{subject}', changes: true },
  { operation: 'dropMode', method: 'DELETE', path: '/mode/{subject}', changes: true },
  { operation: 'serverId', method: 'GET', path: '/v1/metadata/id' },
  { operation: 'serverVersion', method: 'GET', path: '/v1/metadata/version' },
]

const CUT = ROUTES.map((route) => ({ route, parts: route.path.split('/') }))

export interface Matched { readonly route: Route; readonly named: Readonly<Record<string, string>> }

/** Finds the route of an undecoded path. Segments are decoded once, after the path is cut, so a subject may hold a slash. */
export function matchRoute(method: string, path: string): Matched | undefined {
  const given = (path === '' ? '/' : path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).split('/')
  for (const { route, parts } of CUT) {
    if (route.method !== method || parts.length !== given.length) continue
    const named: Record<string, string> = {}
    const fits = parts.every((part, i) => {
      if (!part.startsWith('{')) return part === given[i]
      const text = decode(given[i] ?? '')
      if (text !== undefined) named[part.slice(1, -1)] = text
      return text !== undefined
    })
    if (fits) return { route, named }
  }
  return undefined
}

function decode(text: string): string | undefined {
  try {
    return text === '' ? undefined : decodeURIComponent(text)
  } catch {
    return undefined
  }
}
