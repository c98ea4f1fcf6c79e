// The table of endpoints as an OpenAPI 3.1 document, for the reference page and for clients in other languages.

import { z } from 'zod'
import type { Json } from '@tulle/kernel'
import type { Endpoint } from './endpoint.ts'
import { API_ROOT, TAGS } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { STREAM_TYPE } from './event-stream.ts'
import { problem, PROBLEM_TYPE, statusOf } from './problem.ts'

export interface ApiInfo { readonly title: string; readonly version: string; readonly url?: string }

type Document = { readonly [key: string]: Json }

// Every endpoint may answer these; those that need a session also `not-signed-in`.
const ANYWHERE = ['bad-request', 'internal-error', 'not-ready']

/** Describes the whole API. Equal info gives an equal document. */
export function openApi(info: ApiInfo): Document {
  const shared = new SharedSchemas()
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const path = API_ROOT + endpoint.path.replace(/:([A-Za-z]+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(name, endpoint, shared) }
  }
  return {
    openapi: '3.1.0',
    info: { title: info.title, version: info.version },
    ...(info.url !== undefined && { servers: [{ url: info.url }] }),
    tags: TAGS.map((name) => ({ name })),
    paths,
    components: {
      schemas: shared.all(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'The token that POST /session answers.' } },
    },
  }
}

function operation(name: string, endpoint: Endpoint, shared: SharedSchemas): Document {
  const success = endpoint.status === 204
    ? { description: 'Done.' }
    : { description: 'Done.', content: { [endpoint.stream === 'sse' ? STREAM_TYPE : 'application/json']: { schema: shared.print(endpoint.response) } } }
  return {
    operationId: name,
    summary: endpoint.summary,
    tags: [endpoint.tag],
    security: endpoint.auth === 'public' ? [] : [{ token: [] }],
    parameters: [...parameters('path', endpoint.params, shared), ...parameters('query', endpoint.query, shared)],
    ...(endpoint.body !== undefined && { requestBody: { required: true, content: { 'application/json': { schema: shared.print(endpoint.body) } } } }),
    responses: { [String(endpoint.status ?? 200)]: success, ...problems(endpoint, shared) },
  }
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined, shared: SharedSchemas): readonly Document[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = shared.print(schema) as { properties?: Record<string, Document>; required?: readonly string[] }
  return Object.entries(properties).map(([name, property]) => ({ name, in: place, required: required.includes(name), schema: property }))
}

function problems(endpoint: Endpoint, shared: SharedSchemas): Document {
  const codes = [...ANYWHERE, ...(endpoint.auth === 'signed-in' ? ['not-signed-in'] : []), ...(endpoint.errors ?? [])]
  const byStatus = Object.groupBy(codes, (code) => String(statusOf(code)))
  return Object.fromEntries(Object.entries(byStatus).map(([status, group = []]) => [
    status,
    { description: group.join(', '), content: { [PROBLEM_TYPE]: { schema: shared.print(problem) } } },
  ]))
}

/** Prints schemas, and keeps those with an id of their own for the document's components. */
class SharedSchemas {
  readonly #schemas = new Map<string, Json>()
  /** What refuses is the same schema a hundred times. */
  readonly #printed = new Map<z.ZodType, Document>()

  /** Written as the caller writes it: what has a default is not required, and unknown members are no one's promise. */
  print(schema: z.ZodType): Document {
    const known = this.#printed.get(schema)
    if (known !== undefined) return known
    const { $defs = {}, $schema: _, ...printed } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as Record<string, unknown>
    for (const [id, definition] of Object.entries($defs as Record<string, Json>)) this.#schemas.set(id, pointToComponents(definition))
    const document = pointToComponents(printed as Document) as Document
    this.#printed.set(schema, document)
    return document
  }

  all(): Document {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}

function pointToComponents(value: Json): Json {
  if (Array.isArray(value)) return value.map(pointToComponents)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) =>
    [key, key === '$ref' && typeof member === 'string' ? member.replace('#/$defs/', '#/components/schemas/') : pointToComponents(member as Json)]))
}
